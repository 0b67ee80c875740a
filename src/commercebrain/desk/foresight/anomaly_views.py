"""The list of what is unusual in the latest month, and the page of one: evidence, base, calendar, peers, who made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.export import TYPES
from commercebrain.desk.core.formatting import DASH, percent, unit_words, units_said
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, NumberRange, Panel
from commercebrain.desk.core.page import Page
from commercebrain.desk.figures.explorer.labels import dimension
from commercebrain.desk.figures.explorer.questions import dataset_of
from commercebrain.desk.foresight import charts, queries, unusual, words
from commercebrain.desk.foresight.asking import Asked, read
from commercebrain.desk.foresight.views import base_words, subject_of
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.outlook.anomalies import Anomaly, BreakdownOfGap, Contribution, Found

KINDS = {"drop": _("unusually low"), "rise": _("unusually high")}
SHAPES = {"drop": "▼", "rise": "▲"}
#: Parts of a gap that a line of the list names.
NAMED = 3


def asked_of(request: HttpRequest) -> Asked:
    """The question of the address: what it says, and what is usual where it says nothing."""
    code = request.GET.get("code", "").strip()
    begun = unusual.default(request.user, code)
    if begun is None:
        raise unusual.nothing_watched()
    region = request.GET.get("region", "").strip() or begun.region
    told = {key: request.GET[key] for key in request.GET}
    told["by"] = told.get("by", "").strip() or ",".join(begun.by)
    return read(code or begun.code, region, told)


def _always(_row: Any, _value: Any) -> bool:
    return True


class Question(Filter):
    """A part of the question of the page: it decides what the rows are, and shows what was asked where nothing was said."""

    def shown(self, params: Any, request: Any, value: Any, fault: str) -> dict[str, Any]:
        """As every filter is drawn, with the part of the question that is answered."""
        drawn = super().shown(params, request, value, fault)
        asked = getattr(request, "foresight_asked", None)
        if asked is not None and not fault:
            part = getattr(asked, self.key)
            drawn["value"] = ",".join(part) if isinstance(part, tuple) else part
        return drawn


def _indicators(request: HttpRequest) -> list[tuple[str, str]]:
    return [(one.indicator.code, words.say(one.indicator.name)) for one in unusual.watched()]


def _places(request: HttpRequest) -> list[tuple[str, str]]:
    return unusual.places(request.user)


def _dimensions(request: HttpRequest) -> list[tuple[str, str]]:
    code = request.GET.get("code", "").strip() or unusual.FIRST
    item = queries.indicator_of(code)
    if item is None:
        return []
    dataset = dataset_of(item)
    return [(one, dimension(one, dataset.code if dataset else None)) for one in unusual.dimensions_of(item)]


def subject(one: Anomaly) -> str:
    """What the anomaly is of."""
    return " · ".join(words.say(name) for name in one.names) or _t("the whole")


def address(one: Anomaly, asked: Asked) -> str:
    """Its page, of the same question as the list."""
    query = asked.query(key="|".join(one.key))
    return reverse("foresight:anomaly", args=[one.indicator, one.region]) + (f"?{query}" if query else "")


@dataclass(frozen=True)
class Line:
    """An anomaly in the list, with the question that it answers."""

    one: Anomaly
    asked: Asked

    def amount(self, value: float | None) -> str:
        """A value with the indicator's own places."""
        return words.amount(value, self.one.decimals)


def made_by(one: Anomaly) -> str:
    """The largest parts of the gap in one line; "" where nothing was broken down."""
    if not one.breakdowns:
        return ""
    first = one.breakdowns[0]
    told = [f"{words.say(part.words)} {percent(part.share, 0)}" for part in first.parts[:NAMED] if part.share > 0]
    return f"{words.say(first.words)}{'：' if words.chinese() else ': '}{words.listed(told)}" if told else ""


def peers_told(one: Anomaly) -> str:
    """What the peers did, in a few words."""
    if one.peers is None:
        return DASH
    told = _t("%(who)s: median %(change)s, %(moved)s of %(count)s with it") % {
        "who": words.say(one.peers.words), "change": words.changed(one.peers.change), "moved": one.peers.moved,
        "count": one.peers.count,
    }  # fmt: skip
    return told + (" · " + _t("shared cause") if one.peers.wide else "")


class Anomalies(ListPage):
    """The members of a break-down whose latest month is not what it should have been, the most striking first."""

    template_name = "foresight/anomalies.html"
    title = _("Anomalies")
    search_hint = _("name or code")
    search_fields = ("key",)
    page_size = 50
    columns = (
        Column("subject", _("what"), value=lambda row: subject(row.one), sort=lambda row: subject(row.one),
               link=lambda row: address(row.one, row.asked)),
        Column("kind", _("verdict"), value=lambda row: f"{SHAPES[row.one.kind]} {KINDS[row.one.kind]}",
               sort=lambda row: row.one.kind),
        Column("value", _("value"), value="one.value", number=True, show=Line.amount, sort=lambda row: row.one.value),
        Column("expected", _("expected value"), value="one.expected", number=True, show=Line.amount,
               sort=lambda row: row.one.expected),
        Column("gap", _("gap to expectation"), value="one.gap", number=True, show=Line.amount,
               sort=lambda row: row.one.gap),
        Column("change", _("gap, % of expected"), value=lambda row: None if row.one.change is None else row.one.change * 100,
               number=True, decimals=1, show=lambda row, _value: words.signed(row.one.change),
               sort=lambda row: row.one.change),
        Column("score", _("surprise"), value="one.score", number=True, decimals=1,
               sort=lambda row: abs(row.one.score)),
        Column("year_on_year", _("year on year"), value=lambda row: words.changed(row.one.year_on_year),
               sort=lambda row: row.one.year_on_year),
        Column("base", _("base effect"), value=lambda row: words.changed(row.one.base_effect),
               sort=lambda row: row.one.base_effect),
        Column("calendar", _("calendar"), value=lambda row: words.factor(row.one.calendar), hidden=True),
        Column("peers", _("peers"), value=lambda row: peers_told(row.one)),
        Column("made_by", _("who made the gap"), value=lambda row: made_by(row.one) or DASH),
    )  # fmt: skip
    filters = (
        Question("code", _("indicator"), options=_indicators, test=_always),
        Question("region", _("region"), options=_places, test=_always),
        Question("by", _("members"), options=_dimensions, test=_always),
        Filter("kind", _("verdict"), options=tuple(KINDS.items()), test=lambda row, value: row.one.kind == value),
        NumberRange("size", _("expected value"), lookup="one.expected"),
    )
    empty_hint = _("Every member that was judged lies within its 95% interval.")
    answered: Found | None = None
    fault: str = ""

    def rows(self, request: HttpRequest) -> Sequence[Line]:
        """Those of the question, within this person's reach; none where it cannot be answered."""
        try:
            asked = asked_of(request)
            request.foresight_asked = asked
            exported = request.GET.get("export", "") in TYPES
            self.answered = unusual.anomalies_of(request.user, asked, exported=exported)
        except UserError as error:
            if request.GET.get("export", "") in TYPES:
                raise
            self.fault = error.say(words.language())
            return []
        return [Line(one, asked) for one in self.answered.anomalies]

    def found(self, row: Any, text: str) -> bool:
        """By name or code of the member."""
        wanted = text.casefold()
        return any(
            wanted in told.casefold()
            for told in (*row.one.key, *(n.zh for n in row.one.names), *(n.en for n in row.one.names))
        )

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many of how many, and how many chance alone would bring."""
        if self.answered is None:
            return self.fault
        return told_of(self.answered, total)

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The unit of the numbers, and what could not be judged."""
        if self.answered is None:
            return {"empty_title": self.fault, "empty_hint": ""}
        notes = [*(words.say(one) for one in self.answered.notes), *not_judged(self.answered)]
        day = self.answered.as_of or today()
        return {"empty_title": _t("Nothing unusual"), "notes": notes, "day": day, "synthetic": self.answered.synthetic}


def told_of(found: Found, total: int) -> str:
    """The first line of the list."""
    item = queries.indicator_of(found.indicator)
    place = Region.objects.filter(code=found.region, valid_to=None).first()
    unit = unit_words(item.display_unit) if item else ""
    told = _t("%(place)s %(name)s%(unit)s, %(month)s: %(n)s of %(judged)s members are unusual; chance alone would bring %(false)s.") % {
        "place": place or "", "name": words.say(item.name) if item else "", "month": words.month_said(found.month),
        "unit": words.aside("", unit),
        "n": total, "judged": found.judged, "false": words.amount(found.expected_false, 1),
    }  # fmt: skip
    return told.strip()


def not_judged(found: Found) -> list[str]:
    """How many had no verdict and why, in one sentence; none where all had one."""
    unjudged = [(words.reason_words(code), n) for code, n in sorted(found.unjudged.items()) if n]
    told = words.listed(words.aside(why, str(n)) for why, n in unjudged)
    return [_t("Not judged: %(told)s.") % {"told": told}] if told else []


class AnomalyPanel(Page):
    """What is unusual, in a few lines on the first page; asked for once that page is open, empty where nothing is held."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The panel alone."""
        begun = unusual.default(request.user)
        item = queries.indicator_of(begun.code) if begun else None
        if begun is None or item is None or dataset_of(item) is None:
            return HttpResponse("")
        try:
            found = unusual.anomalies_of(request.user, begun)
            whole = queries.outlook_of(request.user, Asked(begun.code, begun.region))
        except UserError:
            return HttpResponse("")
        context = {
            "found": found, "count": len(found.anomalies), "name": words.say(item.name),
            "place": Region.objects.filter(code=begun.region, valid_to=None).first(),
            "month": words.month_said(found.month), "by": dimension(begun.by[0], item.dataset) if begun.by else "",
            "lines": [(subject(one), address(one, begun), f"{SHAPES[one.kind]} {KINDS[one.kind]}", words.changed(one.change))
                      for one in found.anomalies[:NAMED]],
            "ahead": words.ahead_line(whole), "whole": whole.asked.address(),
            "all": f"{reverse('foresight:anomalies')}?{begun.query(code=begun.code, region=begun.region)}",
        }  # fmt: skip
        return render(request, "foresight/panel.html", context)


class AnomalyPage(DetailPage):
    """One member's latest month: the sentence, the evidence, the base, the calendar, the peers, who made the gap."""

    template_name = "foresight/anomaly.html"
    history = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Anomaly | None:
        """By the question of the address and the member's codes; none where it is not unusual, or not there."""
        item, _place = subject_of(request, kwargs["indicator"], kwargs["region"])
        self.item: Indicator = item
        key = tuple(filter(None, request.GET.get("key", "").split("|")))
        try:
            self.asked = read(kwargs["indicator"], kwargs["region"], request.GET)
            return unusual.anomaly_of(request.user, self.asked, key)
        except UserError:
            return None

    def heading(self, thing: Anomaly) -> str:
        """The member, the indicator and the month."""
        return f"{subject(thing)} · {words.say(self.item.name)} · {words.month_said(thing.month)}"

    def answer(self, request: HttpRequest, thing: Anomaly) -> str:
        """The value, what was expected and who made most of the gap, in one breath; the whole sentence stands below."""
        told = _t("%(month)s: %(value)s") % {
            "month": words.month_said(thing.month), "value": words.amount(thing.value, thing.decimals, thing.unit),
        } + words.comma() + _t("expected %(expected)s (80%% interval %(span)s), %(verdict)s") % {
            "expected": words.amount(thing.expected, thing.decimals),
            "span": words.span(thing.low80, thing.high80, thing.decimals), "verdict": KINDS[thing.kind],
        }  # fmt: skip
        if thing.change is not None:
            told += words.comma() + _t("%(change)s against expectation") % {"change": words.changed(thing.change)}
        return told

    def fields(self, request: HttpRequest, thing: Anomaly) -> Sequence[Field]:
        """Value, expectation, base and calendar."""
        places, unit = thing.decimals, thing.unit
        told = [
            Field(_("verdict"), f"{SHAPES[thing.kind]} {KINDS[thing.kind]}"),
            Field(_("value"), words.amount(thing.value, places, unit)),
            Field(_("expected value"), words.amount(thing.expected, places, unit)),
            Field(_("80% interval"), words.span(thing.low80, thing.high80, places)),
            Field(_("95% interval"), words.span(thing.low95, thing.high95, places)),
            Field(_("gap to expectation"), words.amount(thing.gap, places, unit)),
            Field(_("surprise"), _t("%(n)s times its usual error") % {"n": words.amount(abs(thing.score), 1)}),
            Field(_("year on year"), words.changed(thing.year_on_year)),
            Field(_("base a year before"), base_words(thing.base_effect)),
            Field(_("year on year, had the base been usual"), words.changed(thing.year_on_year_less_base)),
            Field(_("calendar"), words.factor(thing.calendar)),
            Field(_("calendar a year before"), words.factor(thing.calendar_year_before)),
        ]
        if thing.joint is not None:
            told.append(Field(_("January and February together, year on year"), words.changed(thing.joint)))
        return told

    def panels(self, request: HttpRequest, thing: Anomaly) -> Sequence[Panel]:
        """Peers, then who made the gap along each dimension."""
        return [self._peers(thing), *(self._parts(thing, one) for one in thing.breakdowns)]

    @staticmethod
    def _peers(thing: Anomaly) -> Panel:
        one = thing.peers
        if one is None:
            return Panel(_("Peers"), empty=_("There is no group of peers to compare with."))
        rows = [
            [_t("group"), words.say(one.words)],
            [_t("judged"), one.count],
            [_t("median distance from expectation"), words.changed(one.change)],
            [_t("median surprise"), words.amount(one.score, 1)],
            [_t("outside their 80% interval in the same direction"), one.moved],
            [_t("reading"), _t("the group as a whole moved: the cause is shared") if one.wide
             else _t("the group did not move: the cause is its own")],
        ]  # fmt: skip
        return Panel(_("Peers"), (), rows)

    def _parts(self, thing: Anomaly, parts: BreakdownOfGap) -> Panel:
        title = _t("Who made the gap: by %(what)s (the named ones %(share)s of it)") % {
            "what": words.say(parts.words), "share": percent(parts.named_share, 0),
        }  # fmt: skip
        title = f"{title} · {unit}" if (unit := unit_words(thing.unit)) else title
        headers = [words.say(parts.words), _t("value"), _t("expected value"), _t("gap to expectation"), _t("share of the gap"),
                   _t("gap, % of expected"), _t("surprise")]  # fmt: skip
        return Panel(title, headers, [self._part(thing, parts, one) for one in parts.parts])

    def _part(self, thing: Anomaly, parts: BreakdownOfGap, one: Contribution) -> list[Any]:
        places = thing.decimals
        where = dict(zip(thing.by, ((code,) for code in thing.key), strict=True)) | {parts.dimension: (one.key,)}
        link = (
            Asked(thing.indicator, thing.region, (), where, self.asked.as_of).address()
            if one.kind == "member"
            else None
        )
        return [
            Field("", words.say(one.words), link), words.amount(one.value, places), words.amount(one.expected, places),
            words.amount(one.gap, places), percent(one.share), words.signed(one.change), words.amount(one.score, 1),
        ]  # fmt: skip

    def back(self) -> tuple[str, Any]:
        """The list with the same question."""
        asked = self.asked
        query = asked.query(code=asked.code, region=asked.region)
        return f"{reverse('foresight:anomalies')}?{query}", _("Anomalies")

    def extra(self, request: HttpRequest, thing: Anomaly) -> dict[str, Any]:
        """The evidence: the member's own series."""
        where = dict(self.asked.where) | dict(zip(thing.by, ((code,) for code in thing.key), strict=True))
        alone = Asked(thing.indicator, thing.region, (), where, self.asked.as_of)
        context: dict[str, Any] = {
            "synthetic": thing.synthetic,
            "chinese": words.chinese(),
            "sentence": units_said(words.say(thing.sentence)),
            "day": self.asked.as_of or today(),
            "series": alone.address(),
            "unit": unit_words(thing.unit),
        }
        try:
            found = queries.outlook_of(request.user, alone)
        except UserError:
            return context
        return context | {"evidence": charts.evidence(found) if found.months else None}

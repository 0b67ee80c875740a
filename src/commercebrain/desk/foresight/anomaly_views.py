"""The list of what is unusual in the latest month, and its few lines on the first page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.export import TYPES
from commercebrain.desk.core.formatting import DASH, percent, unit_words
from commercebrain.desk.core.generic import Column, Filter, ListPage, NumberRange
from commercebrain.desk.core.page import Page
from commercebrain.desk.figures.explorer.labels import dimension
from commercebrain.desk.figures.explorer.questions import dataset_of
from commercebrain.desk.foresight import queries, unusual, words
from commercebrain.desk.foresight.asking import Asked, read
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.outlook.anomalies import Anomaly, Found, told_in

#: The verdicts that a line can have.
KINDS = ("drop", "rise")
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
    return [(one.indicator.code, reader.said(one.indicator.name)) for one in unusual.watched()]


def _places(request: HttpRequest) -> list[tuple[str, str]]:
    return unusual.places(request.user)


def _asked(request: HttpRequest) -> Asked | None:
    """The question that the rows answer; where it could not be read, the one that it begins with."""
    read_already: Asked | None = getattr(request, "foresight_asked", None)
    return read_already or unusual.default(request.user, request.GET.get("code", "").strip())


def _item(request: HttpRequest) -> Indicator | None:
    asked = _asked(request)
    return None if asked is None else queries.indicator_of(asked.code)


def _unit(request: HttpRequest) -> str:
    asked, item = _asked(request), _item(request)
    return unit_words(told_in(item.display_unit, asked.by)) if asked is not None and item is not None else ""


def _dimensions(request: HttpRequest) -> list[tuple[str, str]]:
    item = _item(request)
    if item is None:
        return []
    dataset = dataset_of(item)
    return [(one, dimension(one, dataset.code if dataset else None)) for one in unusual.dimensions_of(item)]


def subject(one: Anomaly) -> str:
    """What the anomaly is of."""
    return " · ".join(reader.said(name) for name in one.names) or _t("the whole")


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
    told = [f"{reader.said(part.words)} {percent(part.share, 0)}" for part in first.parts[:NAMED] if part.share > 0]
    return f"{reader.said(first.words)}{'：' if reader.chinese() else ': '}{words.listed(told)}" if told else ""


def peers_told(one: Anomaly) -> str:
    """What the peers did, in a few words."""
    if one.peers is None:
        return DASH
    told = _t("%(who)s: median %(change)s, %(moved)s of %(count)s with it") % {
        "who": reader.said(one.peers.words), "change": words.changed(one.peers.change), "moved": one.peers.moved,
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
        Column("kind", _("verdict"), value=lambda row: words.verdict(row.one.kind),
               sort=lambda row: row.one.kind),
        Column("value", _("value"), unit=_unit, value="one.value", number=True, show=Line.amount, sort=lambda row: row.one.value),
        Column("expected", _("expected value"), unit=_unit, value="one.expected", number=True, show=Line.amount,
               sort=lambda row: row.one.expected),
        Column("gap", _("gap to expectation"), unit=_unit, value="one.gap", number=True, show=Line.amount,
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
        Filter(
            "kind",
            _("verdict"),
            options=[(kind, words.VERDICTS[kind][0]) for kind in KINDS],
            test=lambda row, value: row.one.kind == value,
        ),
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
            self.fault = error.say(reader.language())
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
        notes = [*(reader.said(one) for one in self.answered.notes), *not_judged(self.answered)]
        day = self.answered.as_of or today()
        return {"empty_title": _t("Nothing unusual"), "notes": notes, "day": day, "synthetic": self.answered.synthetic}


def told_of(found: Found, total: int) -> str:
    """The first line of the list."""
    item = queries.indicator_of(found.indicator)
    place = Region.objects.filter(code=found.region, valid_to=None).first()
    unit = unit_words(told_in(item.display_unit, found.by)) if item else ""
    told = _t("%(place)s %(name)s%(unit)s, %(month)s: %(n)s of %(judged)s members are unusual; chance alone would bring %(false)s.") % {
        "place": place or "", "name": reader.said(item.name) if item else "", "month": words.month_said(found.month),
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
            "found": found, "count": len(found.anomalies), "name": reader.said(item.name),
            "place": Region.objects.filter(code=begun.region, valid_to=None).first(),
            "month": words.month_said(found.month), "by": dimension(begun.by[0], item.dataset) if begun.by else "",
            "lines": [(subject(one), address(one, begun), words.verdict(one.kind), words.changed(one.change))
                      for one in found.anomalies[:NAMED]],
            "ahead": words.ahead_line(whole), "whole": whole.asked.address(),
            "all": f"{reverse('foresight:anomalies')}?{begun.query(code=begun.code, region=begun.region)}",
        }  # fmt: skip
        return render(request, "foresight/panel.html", context)

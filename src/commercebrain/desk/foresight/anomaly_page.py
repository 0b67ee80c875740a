"""The page of one unusual month: the sentence, the evidence, the base, the calendar, the peers, who made the gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import percent, unit_words, units_said
from commercebrain.desk.core.generic import DetailPage, Field, Panel
from commercebrain.desk.foresight import charts, queries, unusual, words
from commercebrain.desk.foresight.anomaly_views import subject
from commercebrain.desk.foresight.asking import read
from commercebrain.desk.foresight.views import base_words, subject_of
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.outlook.anomalies import Anomaly, BreakdownOfGap, Contribution


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
        return f"{subject(thing)} · {reader.said(self.item.name)} · {words.month_said(thing.month)}"

    def answer(self, request: HttpRequest, thing: Anomaly) -> str:
        """The value, what was expected and who made most of the gap, in one breath; the whole sentence stands below."""
        told = _t("%(month)s: %(value)s") % {
            "month": words.month_said(thing.month), "value": words.amount(thing.value, thing.decimals, thing.unit),
        } + words.comma() + _t("expected %(expected)s (80%% interval %(span)s), %(verdict)s") % {
            "expected": words.amount(thing.expected, thing.decimals),
            "span": words.span(thing.low80, thing.high80, thing.decimals), "verdict": words.VERDICTS[thing.kind][0],
        }  # fmt: skip
        if thing.change is not None:
            told += words.comma() + _t("%(change)s against expectation") % {"change": words.changed(thing.change)}
        return told

    def fields(self, request: HttpRequest, thing: Anomaly) -> Sequence[Field]:
        """Value, expectation, base and calendar."""
        places, unit = thing.decimals, thing.unit
        told = [
            Field(_("verdict"), words.verdict(thing.kind)),
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
            [_t("group"), reader.said(one.words)],
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
            "what": reader.said(parts.words), "share": percent(parts.named_share, 0),
        }  # fmt: skip
        amounts = [
            words.aside(one, unit_words(thing.unit))
            for one in (_t("value"), _t("expected value"), _t("gap to expectation"))
        ]
        headers = [reader.said(parts.words), *amounts, _t("share of the gap"), _t("gap, % of expected"), _t("surprise")]
        rows = [self._part(thing, parts, one) for one in parts.parts]
        return Panel(title, headers, rows, numbers=range(1, len(headers)))

    def _part(self, thing: Anomaly, parts: BreakdownOfGap, one: Contribution) -> list[Any]:
        places = thing.decimals
        alone = self.asked.alone((*thing.by, parts.dimension), (*thing.key, one.key))
        link = alone.address() if one.kind == "member" else None
        return [
            Field("", reader.said(one.words), link), words.amount(one.value, places), words.amount(one.expected, places),
            words.amount(one.gap, places), percent(one.share), words.signed(one.change), words.amount(one.score, 1),
        ]  # fmt: skip

    def back(self) -> tuple[str, Any]:
        """The list with the same question."""
        asked = self.asked
        query = asked.query(code=asked.code, region=asked.region)
        return f"{reverse('foresight:anomalies')}?{query}", _("Anomalies")

    def extra(self, request: HttpRequest, thing: Anomaly) -> dict[str, Any]:
        """The evidence: the member's own series."""
        alone = self.asked.alone(thing.by, thing.key)
        context: dict[str, Any] = {
            "synthetic": thing.synthetic,
            "chinese": reader.chinese(),
            "sentence": units_said(reader.said(thing.sentence)),
            "day": self.asked.as_of or today(),
            "series": alone.address(),
            "unit": unit_words(thing.unit),
        }
        try:
            found = queries.outlook_of(request.user, alone)
        except UserError:
            return context
        return context | {"evidence": charts.evidence(found) if found.months else None}

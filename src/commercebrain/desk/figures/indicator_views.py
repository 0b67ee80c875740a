"""The catalogue of indicators: every indicator with how it is counted, and what is held of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import area_name, catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.core.formatting import DASH, number, unit_words
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.desk.figures.explorer.labels import dimension
from commercebrain.desk.figures.explorer.questions import (
    dataset_of,
    first_question,
    offered_dimensions,
    offered_transforms,
)
from commercebrain.desk.figures.explorer.views import figures_for
from commercebrain.desk.figures.queries import regions
from commercebrain.desk.plans.queries import targets
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.vintages import in_force

JOINS = {"sum": _("adds up"), "last": _("the last counts"), "mean": _("mean"), "none": _("computed anew")}
ORIGINS = {"records": _("records"), "observations": _("published figures"), "formula": _("formula")}
CLASSES = {"public": _("public"), "internal": _("internal"), "confidential": _("confidential")}
BETTER = {"higher": _("higher is better"), "lower": _("lower is better"), "hold": _("to be held")}
FREQUENCY = {"day": _("daily"), "week": _("weekly"), "month": _("monthly"), "quarter": _("quarterly"), "year": _("yearly")}  # fmt: skip
HELD = {"yes": _("held"), "no": _("nothing yet")}


def origin(indicator: Indicator) -> str:
    """Where its figures come from: records, published figures, or other indicators."""
    return "formula" if indicator.formula else "records" if indicator.of_records else "observations"


def adds(indicator: Indicator) -> str:
    """How it joins over time and over place, in words."""
    return _t("time: %(time)s; place: %(place)s") % {
        "time": JOINS[indicator.adds.time], "place": JOINS[indicator.adds.place],
    }  # fmt: skip


class HeldNow:
    """Of what anything is held within a reader's sight: one pass over the lake."""

    def __init__(self, request: HttpRequest) -> None:
        reach = reach_for(request.user)
        self._root = Path(settings.LAKE_ROOT)
        self._known: set[str] = set()
        self._records: dict[str, bool] = {}
        for row in store().observations(today()):
            indicator = catalogue().indicators.get(row.indicator)
            if indicator is not None and reach.sees(row.region, indicator.classification):
                self._known.add(row.indicator)

    def has(self, indicator: Indicator) -> bool:
        """Whether the indicator has, or is computed from, anything that is held."""
        dataset = dataset_of(indicator)
        if dataset is None:
            return indicator.code in self._known
        if dataset.code not in self._records:
            self._records[dataset.code] = bool(in_force(self._root, dataset, today()))
        return self._records[dataset.code]


class IndicatorRow:
    """One line of the list."""

    def __init__(self, indicator: Indicator, held: HeldNow) -> None:
        self.indicator, self.code = indicator, indicator.code
        self.name, self.area = indicator.name, indicator.area
        self.synonyms = " ".join(indicator.synonyms)
        self.origin = origin(indicator)
        self.held = "yes" if held.has(indicator) else "no"


class Indicators(ListPage):
    """Every declared indicator; whoever signs in may read what is measured and how."""

    title = _("Indicators")
    search_fields = ("name.zh", "name.en", "code", "synonyms")
    search_hint = _("name or code")
    columns = (
        Column("name", _("indicator"), value=lambda row: reader.said(row.name), sort=lambda row: row.code,
               link=lambda row: reverse("web:indicator", args=[row.code])),
        Column("code", _("code"), sort=lambda row: row.code),
        Column("area", _("area"), value=lambda row: area_name(row.area), sort=lambda row: row.area),
        Column("unit", _("unit"), value=lambda row: unit_words(row.indicator.display_unit)),
        Column("frequency", _("frequency"), value=lambda row: str(FREQUENCY.get(row.indicator.frequency or "", DASH))),
        Column("adds", _("how it adds up"), value=lambda row: adds(row.indicator)),
        Column("origin", _("comes from"), value=lambda row: str(ORIGINS[row.origin]), sort=lambda row: row.origin),
        Column("class", _("classification"), value=lambda row: str(CLASSES[row.indicator.classification]),
               sort=lambda row: row.indicator.classification),
        Column("owner", _("unit in charge"), value=lambda row: row.indicator.owner or DASH),
        Column("held", _("figures"), value=lambda row: str(HELD[row.held]), sort=lambda row: row.held),
    )  # fmt: skip
    filters = (
        Filter("area", _("area"), options=lambda request: [(code, area_name(code)) for code in catalogue().areas],
               test=lambda row, value: row.area == value),
        Filter("origin", _("comes from"), options=lambda request: list(ORIGINS.items()), test=lambda row, value: row.origin == value),
        Filter("held", _("figures"), options=lambda request: list(HELD.items()), test=lambda row, value: row.held == value),
    )  # fmt: skip

    def rows(self, request: HttpRequest) -> Sequence[IndicatorRow]:
        """All of the catalogue."""
        held = HeldNow(request)
        return [IndicatorRow(one, held) for one in catalogue().indicators.values()]

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many there are, and of how many anything is held."""
        return _t("%(n)s indicators; figures are held of %(held)s.") % {
            "n": total, "held": sum(row.held == "yes" for row in rows),
        }  # fmt: skip


class IndicatorPage(DetailPage):
    """One indicator: what it is, how it is counted, what may be asked of it, its newest figure, what is promised by it."""

    history = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Indicator | None:
        """By its code."""
        return catalogue().indicators.get(kwargs["code"])

    def heading(self, thing: Indicator) -> str:
        """Its name."""
        return reader.said(thing.name)

    def answer(self, request: HttpRequest, thing: Indicator) -> str:
        """The newest figure of the place with which the explorer begins, else that nothing is held."""
        begun = first_question(request.user, thing.code)
        if begun is None:
            return _t("Nothing is held of it yet that you may see.")
        asked = begun.request.with_(by=(), transform="level", options={})
        try:
            found = figures_for(request.user, asked)
        except UserError as fault:
            return fault.say(reader.language())
        known = [row for row in found.rows() if row["value"] is not None]
        if not known:
            return _t("Nothing is held of it yet that you may see.")
        place = regions().get(asked.region)
        told = _t("%(place)s · %(period)s: %(value)s %(unit)s") % {
            "place": place or "", "period": known[-1]["period"].say(reader.language()),
            "value": number(known[-1]["value"], found.decimals), "unit": unit_words(found.unit),
        }  # fmt: skip
        return told.lstrip(" ·") + (f" · {_t('synthetic data')}" if found.synthetic else "")

    def fields(self, request: HttpRequest, thing: Indicator) -> Sequence[Field]:
        """What is declared of it."""
        dataset = dataset_of(thing)
        declared = thing.formula or " ".join(filter(None, (thing.measure, thing.where and f"where {thing.where}")))
        asked = f"{reverse('web:explorer')}?code={thing.code}"
        wide = (thing.valid.from_ or thing.valid.to) and f"{thing.valid.from_ or '…'} – {thing.valid.to or '…'}"
        return [
            Field(_("code"), thing.code),
            Field(_("definition"), reader.said(thing.definition)),
            *([Field(_("numerator"), reader.said(thing.numerator))] if thing.numerator else []),
            *([Field(_("denominator"), reader.said(thing.denominator))] if thing.denominator else []),
            Field(_("comes from"), ORIGINS[origin(thing)] if dataset is None else reader.said(dataset.record)),
            *([Field(_("counted as"), declared)] if declared else []),
            Field(_("unit"), unit_words(thing.display_unit)),
            Field(_("how it adds up"), adds(thing)),
            Field(_("frequency"), FREQUENCY.get(thing.frequency or "", DASH)),
            Field(_("direction"), BETTER[thing.better]),
            *([Field(_("calibre"), reader.said(thing.calibre.text) or thing.calibre.code)] if thing.calibre.code else []),
            Field(_("classification"), CLASSES[thing.classification]),
            Field(_("unit in charge"), thing.owner or DASH),
            *([Field(_("series"), reader.said(thing.series))] if thing.series else []),
            *([Field(_("holds"), wide)] if wide else []),
            Field(_("broken down by"), "、".join(self._dimensions(thing))),
            Field(_("transforms"), "、".join(reader.said(one.name) for one in offered_transforms(thing))),
            Field(_("ask it"), _("Explorer"), asked),
            *([Field(_("its series"), _("Figures"), f"{reverse('web:figures')}?q={thing.code}")] if dataset is None else []),
        ]  # fmt: skip

    @staticmethod
    def _dimensions(thing: Indicator) -> list[str]:
        dataset = dataset_of(thing)
        return [dimension(one, dataset.code if dataset else None) for one in offered_dimensions(thing, "")]

    def panels(self, request: HttpRequest, thing: Indicator) -> Sequence[Panel]:
        """The clauses that ask for it, the targets set in it, its worked examples."""
        sources = [
            [reader.said(catalogue().title(one.doc)), one.clause or DASH, f"“{one.quote}”" if one.quote else DASH]
            for one in thing.source
        ]
        promised = [
            [Field("", str(one), reverse("plans:target", args=[one.pk])), str(one.target_year or DASH)]
            for one in targets(request.user).filter(indicator=thing.code).select_related("region")[:50]
        ]
        worked = [
            [_plain(one.given), _plain(one.ask) if one.ask else DASH, _plain(one.get)] for one in thing.examples
        ]  # fmt: skip
        return [
            Panel(_("Clauses that ask for it"), [_("document"), _("clause"), _("words")], sources),
            Panel(_("Targets set in it"), [_("target"), _("year")], promised, _("No target in your sight is bound to it.")),
            Panel(_("Worked examples"), [_("given"), _("question"), _("result")], worked, _("It has none.")),
        ]  # fmt: skip

    def back(self) -> tuple[str, Any]:
        """The list."""
        return reverse("web:indicators"), _("Indicators")


def _plain(value: Any) -> str:
    """A part of an example as text, at most as long as a reader can use."""
    if isinstance(value, dict):
        return "；".join(f"{key}: {_plain(one)}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        told = [_plain(one) for one in value]
        return " / ".join(told[:4]) + (" …" if len(told) > 4 else "")
    return str(value)

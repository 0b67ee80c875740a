"""Targets as the engine sees them: their terms, their figures, their assessment, computed once per state."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import lake_version, reach_for, store
from commercebrain.desk.people.models import Person
from commercebrain.desk.plans import queries
from commercebrain.desk.plans.models import Nature, Target
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.indicators import Figure, Reach, Snapshot, history, series
from commercebrain.engine.outlook import Assessment, Settings, TargetTerms, assess
from commercebrain.engine.outlook.evidence import Beside
from commercebrain.engine.outlook.headline import Headline, headline, landing_unit
from commercebrain.engine.outlook.history import Answer, answers_over_time, by_month, release_days
from commercebrain.engine.outlook.parts_and_peers import beside
from commercebrain.engine.outlook.reasons import not_measurable

MOVES = 36  # days that a target's past answers are told of
KEPT = 4000  # assessments kept in one process; a target set has hundreds


@dataclass(frozen=True)
class TargetState:
    """A target as in force on a date with its assessment, as one reader may see it.

    ``unit`` is the unit of the assessment's values and landing; ``headline`` has the numbers of the first line.
    """

    target: Target
    terms: TargetTerms
    assessment: Assessment
    indicator: Indicator | None
    unit: str
    headline: Headline | None

    @property
    def state(self) -> str:
        """met, on_path, at_risk, off_path, unmet (binding only) or not_measurable."""
        return self.assessment.state

    @property
    def measurable(self) -> bool:
        """Whether it has a state at all."""
        return self.assessment.state != "not_measurable"


def bare(value: Decimal | None) -> Decimal | None:
    """The number without the zeros that the database's column appends, as a sentence would write it."""
    if value is None:
        return None
    whole = value.to_integral_value()
    return whole if value == whole else value.normalize()


def _direction(target: Target, better: str) -> str:
    """Which way is good: what the plan holds or caps, then what the catalogue declares, then the plan's words.

    A bare “1.9:1 → 1.5:1” in a table says nothing of it; the catalogue knows that less is better there.
    """
    if target.direction == "hold":
        return "hold"
    if target.comparator in ("<", "<=") or better == "lower":
        return "down"
    return target.direction or "up"


def terms_of(target: Target) -> TargetTerms:
    """The promise in numbers."""
    declared = catalogue().indicators.get(target.indicator)
    better = declared.better if declared else "hold"
    period = None
    if target.period_first is not None and target.period_last is not None:
        period = (target.period_first, target.period_last)
    words = {
        "name_zh": declared.name.zh if declared else target.indicator_text,
        "name_en": declared.name.en if declared else target.indicator_text,
        "series_zh": declared.series.zh if declared and declared.series else "",
        "series_en": declared.series.en if declared and declared.series else "",
    }
    average = target.kind == "growth_rate" and period is not None and "年均" in target.quote
    return TargetTerms(
        kind=target.kind,
        direction=_direction(target, better),
        value=bare(target.value),
        value_high=bare(target.value_high),
        target_year=target.target_year or (period[1] if period else None),
        unit=target.unit_text,
        comparator=target.comparator or ">=",
        base_value=bare(target.base_value),
        base_year=target.base_year,
        base_unit=target.base_unit,
        period=period,
        per=target.per or None,
        average=average,
        calibre=target.calibre,
        schedule=target.schedule_values() or None,
        better=better,
        binding=target.nature == Nature.BINDING,
        **words,
    )


_assessed: OrderedDict[tuple[Any, ...], Assessment] = OrderedDict()
_histories: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
_lock = Lock()


def _remember(held: OrderedDict[tuple[Any, ...], Any], key: tuple[Any, ...], value: Any) -> None:
    with _lock:
        held[key] = value
        while len(held) > KEPT:
            held.popitem(last=False)


def _settings() -> Settings:
    return Settings(on_path=Decimal(str(settings.CHANCE_ON_PATH)), off_path=Decimal(str(settings.CHANCE_OFF_PATH)))


@dataclass(frozen=True)
class Outlook:
    """One reader's view on one date: the figures known then, and what the reader may see of them."""

    figures: Snapshot
    version: tuple[Any, ...]
    reach: Reach
    on: date

    def history(self, code: str, region: str) -> list[Figure]:
        """All that is known of an indicator in a region, read once per state of the lake."""
        key = (self.version, self.reach, self.on, code, region)
        found: list[Figure] | None = _histories.get(key)
        if found is None:
            found = history(self.figures, catalogue(), code, region, reach=self.reach, as_of=self.on)
            _remember(_histories, key, found)
        return found

    def years(self, code: str, region: str) -> list[Figure]:
        """The yearly figures in order, the years between that are missing as figures without a value."""
        return series(
            self.figures, catalogue(), code, region, reach=self.reach, as_of=self.on,
            kinds=("year", "point", "span"),
        )  # fmt: skip

    def state(self, target: Target) -> TargetState:
        """The target as in force on this view's day, with its assessment."""
        live = target.in_force(self.on)
        return self.state_of(live, terms_of(live), live.region)

    def indicator(self, target: Target) -> Indicator | None:
        """The indicator that ``target`` is matched to."""
        return catalogue().indicators.get(target.indicator)

    def state_of(self, target: Target, terms: TargetTerms, region: Region | None) -> TargetState:
        """The assessment of ``terms`` in ``region``, which may be a part of ``target``'s own."""
        indicator = self.indicator(target)
        found = self._assessment(target, terms, indicator, region)
        return TargetState(target, terms, found, indicator, landing_unit(terms, found), headline(terms, found))

    def _assessment(
        self, target: Target, terms: TargetTerms, indicator: Indicator | None, region: Region | None
    ) -> Assessment:
        if indicator is None:
            return not_measurable(
                "no_indicator",
                terms,
                f"“{target.indicator_text}”还没有对应到指标目录，须由人员指定",
                f"“{target.indicator_text}” is not matched to the catalogue yet; a person has to choose",
            )
        if region is None:
            return not_measurable(
                "no_region",
                terms,
                f"“{target.region_text}”不是行政区划，没有单独的统计数据",
                f"“{target.region_text}” is no administrative region and has no statistics of its own",
            )
        settled = _settings()
        fixed = (replace(terms, schedule=None), tuple(sorted((terms.schedule or {}).items())), settled)
        key = (self.version, self.reach, self.on, indicator.code, region.code, fixed)
        found = _assessed.get(key)
        if found is None:
            known, helped_by = self.known(indicator.code, region.code)
            found = assess(terms, known, on=self.on, settings=settled, helped_by=helped_by)
            _remember(_assessed, key, found)
        return found

    def known(self, code: str, region: str) -> tuple[list[Figure], Beside]:
        """The figures of an indicator, and what helps its landing: all of it as this reader may see it."""
        key = ("beside", self.version, self.reach, self.on, code, region)
        helped_by: Beside | None = _histories.get(key)
        if helped_by is None:
            helped_by = beside(self.figures, catalogue(), code, region, self.on, self.history)
            _remember(_histories, key, helped_by)
        return self.history(code, region), helped_by

    def moved(self, state: TargetState) -> list[Answer]:
        """How the answer moved: ``state``'s target as it was known each time a figure came out, the latest
        :data:`MOVES` of them; with fewer than two there is nothing that moved."""
        region, indicator = state.target.region, state.indicator
        if region is None or indicator is None or not state.measurable:
            return []
        fixed = (replace(state.terms, schedule=None), tuple(sorted((state.terms.schedule or {}).items())), _settings())
        key = ("moved", self.version, self.reach, self.on, indicator.code, region.code, fixed)
        found: list[Answer] | None = _histories.get(key)
        if found is None:

            def known(day: date) -> tuple[list[Figure], Beside]:
                return replace(self, on=day).known(indicator.code, region.code)

            since = date((state.terms.base_year or self.on.year - 3) + 1, 1, 1)
            days = release_days(*self.known(indicator.code, region.code), since, self.on)[-MOVES:]
            found = by_month(answers_over_time(state.terms, known, days, settings=_settings()))
            _remember(_histories, key, found)
        return found if len(found) > 1 else []


def outlook(person: Person | AnonymousUser, on: date | None = None) -> Outlook:
    """The view of ``person`` on ``on`` (default: the business date)."""
    day = on or today()
    return Outlook(store(day), (str(settings.LAKE_ROOT), lake_version()), reach_for(person), day)


def assessments(
    person: Person | AnonymousUser, on: date | None = None, targets: Iterable[Target] | None = None
) -> list[TargetState]:
    """Every target that ``person`` may read, assessed on ``on``; one query, and no work that was done before.

    ``targets`` narrows to a query set of :func:`commercebrain.desk.plans.queries.targets`.
    """
    view = outlook(person, on)
    return [view.state(row) for row in (queries.targets(person) if targets is None else targets)]

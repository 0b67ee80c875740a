"""The facts that a bureau's rules are evaluated on: what the lake holds, the lists in force, the register, the targets.

They are put together for the system itself, which decides who is warned of what; who may see a signal is decided by the
unit that deals with it. Firms are those that the bureau and the units below it are in charge of.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Q

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import lake_version, store
from commercebrain.desk.lists import queries as lists
from commercebrain.desk.lists.exposure.answers import SYSTEM
from commercebrain.desk.lists.exposure.reported import employees
from commercebrain.desk.lists.kinds import kinds as list_kinds
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.scopes import units_below
from commercebrain.desk.plans.models import Target
from commercebrain.desk.plans.outlook import Outlook, TargetState
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.catalogue.models import Indicator, Words
from commercebrain.engine.expressions import Column
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.rules.facts.city import CityFacts, Register
from commercebrain.engine.rules.facts.exposure import ListFacts
from commercebrain.engine.rules.facts.indicators import IndicatorFacts, monthly

#: For how long after it came into force the version of a list hits anybody newly.
NEW_FOR = timedelta(days=92)
#: Columns of the register, by the name of the fact.
COLUMNS: Mapping[str, str] = {
    "size": "size",
    "industry": "industry",
    "county": "region__code",
    "township": "township__code",
    "tags": "tags",
    "established": "established_on",
}
#: States of a target in which it is behind its path.
BEHIND = ("off_path", "at_risk", "unmet")


def city(unit: Unit, on: date | None = None, subjects: Collection[str] | None = None) -> CityFacts:
    """The facts of a bureau's area as known on a day (default: the business date). ``subjects``: those that rules speak of
    (none: all); targets are assessed only where some rule speaks of indicators."""
    day = on or today()
    wanted = subjects is None or "indicator" in subjects
    return CityFacts(
        Path(settings.LAKE_ROOT), day, lists=lambda when: lists_on(unit, when), regions=(unit.region.code,),
        targets=targets(unit, day) if wanted else (), register=register(unit, day), names=names(),
    )  # fmt: skip


# --- firms -------------------------------------------------------------------------------------------------------------
def register(unit: Unit, on: date) -> Register:
    """The firms in business that the bureau and the units below are in charge of, with what the register says of them;
    firms that nobody is in charge of yet are those of the bureau's region."""
    own = Q(unit__in=units_below([unit], on)) | Q(unit=None, region__in=[one.pk for one in area(unit)])
    rows = Enterprise.objects.current().filter(own, status=Enterprise.Status.EXISTING).order_by("uscc")
    told = list(rows.values_list("uscc", "name_zh", "name_en", *COLUMNS.values()))
    codes = [row[0] for row in told]
    columns: dict[str, Column] = {}
    for place, name in enumerate(COLUMNS, 3):
        columns[name] = _column([frozenset(row[place]) if name == "tags" else row[place] for row in told])
    many = employees(on)
    held = np.array([many.get(code, -1) for code in codes], np.int64)
    columns["employees"] = Column(np.maximum(held, 0), held >= 0)
    return Register(codes, [Words(zh=row[1], en=row[2] or row[1]) for row in told], columns)


def _column(values: list[Any]) -> Column:
    made = np.empty(len(values), object)
    made[:] = values
    return Column(made, np.array([value not in ("", None) for value in values], bool))


def area(unit: Unit) -> list[Region]:
    """The bureau's region and everything below it, as they are now."""
    found: dict[int, Region] = {unit.region_id: unit.region}
    edge = [unit.region_id]
    while edge:
        below = {row.pk: row for row in Region.objects.filter(parent__in=edge, valid_to=None)}
        edge = [pk for pk in below if pk not in found]
        found |= below
    return list(found.values())


@lru_cache(maxsize=1)
def _shipped_names() -> Mapping[str, Words]:
    codes = load_catalogue().codes
    return ChainMap({}, dict(codes("countries")), dict(codes("products")))


def names() -> Mapping[str, Words]:
    """What places, countries and goods are called, by their codes."""
    rows = Region.objects.filter(valid_to=None).values_list("code", "name_zh", "name_en")
    return ChainMap({code: Words(zh=zh, en=en or zh) for code, zh, en in rows}, dict(_shipped_names()))


# --- lists -------------------------------------------------------------------------------------------------------------
def lists_on(unit: Unit, on: date) -> ListFacts:
    """The lists in force on a day that the bureau, a unit above or one below keeps.

    A list hits somebody newly while its version is younger than a quarter: then ``before`` holds the version before it
    (nothing where it is the first), afterwards it holds the version in force.
    """
    listed: dict[str, set[str]] = {}
    products: dict[str, list[ProductRow]] = {}
    before: dict[str, list[ProductRow]] = {}
    for code, kind in list_kinds().items():
        if kind.members == "register":
            continue
        if kind.subject == "firm":
            ids = lists.firms_on(code, unit, on)
            listed[code] = set(_codes(ids))
        elif kind.subject == "product":
            for book in _books(code, unit, on):
                version = lists.in_force(book, on)
                if version is None:
                    continue
                rows = lists.product_rows(version)
                products.setdefault(code, []).extend(rows)
                fresh = version.effective_on is not None and on - version.effective_on <= NEW_FOR
                earlier = lists.before(version) if fresh else version
                then = rows if earlier is version else lists.product_rows(earlier) if earlier is not None else []
                before.setdefault(code, []).extend(then)
    return ListFacts(listed=listed, products=products, before=before)


def _books(code: str, unit: Unit, on: date) -> Iterable[Any]:
    chain = {int(part) for part in unit.path.split("/") if part}
    return lists.books_in_force(code, on).filter(unit__in={*chain, *units_below([unit], on)}).order_by("pk")


def _codes(ids: Iterable[int]) -> Iterable[str]:
    wanted = sorted(ids)
    for at in range(0, len(wanted), 500):
        yield from Enterprise.objects.filter(pk__in=wanted[at : at + 500]).values_list("uscc", flat=True)


# --- targets and indicators --------------------------------------------------------------------------------------------
def targets(unit: Unit, on: date) -> list[IndicatorFacts]:
    """What is known of the indicators of the bureau's area: those with a target by their assessment, the others by their
    monthly figures. Of several targets of one indicator the one that stands worst speaks."""
    view = Outlook(store(on), (str(settings.LAKE_ROOT), lake_version()), SYSTEM, on)
    regions = {region.code: region for region in area(unit)}
    rows = Target.objects.filter(region__in=[region.pk for region in regions.values()]).exclude(indicator="")
    rows = rows.select_related("region", "document__unit", "finding").prefetch_related("adjustments")
    worst: dict[tuple[str, str], IndicatorFacts] = {}
    for row in rows:
        state = view.state(row)
        indicator, region = state.indicator, state.target.region
        if indicator is None or region is None or state.assessment.final:
            continue
        key = (indicator.code, region.code)
        made = _of_target(state, view, indicator, region)
        if key not in worst or _standing(made) < _standing(worst[key]):
            worst[key] = made
    last = (on.year * 100 + on.month) - (89 if on.month == 1 else 1)
    seen = {one[0] for one in worst} | set(_monthly_codes())
    plain = _monthly(view, [(code, unit.region.code) for code in seen] + list(worst), last, unit.region.synthetic)
    rest = [replace(one, has_target=False, binding=False) for key, one in plain.items() if key not in worst]
    return [*(_joined(one, plain.get(key)) for key, one in worst.items()), *rest]


def _of_target(state: TargetState, view: Outlook, indicator: Indicator, region: Region) -> IndicatorFacts:
    found = state.assessment
    schedules = (found.schedule_agreed, found.schedule_season, found.schedule_growth, found.schedule_straight)
    ahead = next((one.ahead for one in schedules if one is not None and one.ahead is not None), found.ahead)
    depth = None if state.headline is None or state.headline.gap is None else state.headline.depth
    return IndicatorFacts(
        indicator.code, region.code, indicator.name,
        value=_float(found.value_now.value if found.value_now else None), chance=_float(found.chance),
        attainment=None if depth is None else 1 - float(depth), ahead=None if ahead is None else float(ahead) * 100,
        off_path_months=_months_behind(state, view), binding=state.terms.binding, has_target=True,
        synthetic=region.synthetic,
    )  # fmt: skip


def _months_behind(state: TargetState, view: Outlook) -> int | None:
    """For how many answers in a row, as they came out, the target stood behind its path; None where it cannot be told."""
    if not state.measurable:
        return None
    if state.state not in BEHIND:
        return 0
    many = 0
    for answer in reversed(view.moved(state)):
        if answer.assessment.state not in BEHIND:
            break
        many += 1
    return many or 1


def _standing(one: IndicatorFacts) -> tuple[float, float]:
    """Which of two targets stands worse: the smaller chance, then the smaller lead."""
    return (2.0 if one.chance is None else one.chance, 1e9 if one.ahead is None else one.ahead)


@lru_cache(maxsize=1)
def _monthly_codes() -> tuple[str, ...]:
    """The indicators that are published by month."""
    found = load_catalogue().indicators
    return tuple(code for code, one in found.items() if one.frequency == "month")


def _monthly(
    view: Outlook, asked: Iterable[tuple[str, str]], last: int, synthetic: bool
) -> dict[tuple[str, str], IndicatorFacts]:
    """What the months of indicators let expect of the newest, by indicator and region."""
    indicators = load_catalogue().indicators
    values: dict[tuple[str, str], dict[int, float]] = {}
    for code, region in dict.fromkeys(asked):
        held = {
            figure.period.first[0] * 100 + figure.period.first[1]: float(figure.value)
            for figure in view.history(code, region)
            if figure.period.kind == "month" and figure.value is not None
        }
        if held:
            values[code, region] = held
    named = {code: indicators[code].name for code, _region in values}
    return {(one.indicator, one.region): one for one in monthly(values, named, last=last, synthetic=synthetic)}


def _joined(target: IndicatorFacts, plain: IndicatorFacts | None) -> IndicatorFacts:
    if plain is None:
        return target
    return replace(
        target, growth=plain.growth, gap=plain.gap, surprise=plain.surprise, months_silent=plain.months_silent,
        value=target.value if target.value is not None else plain.value,
    )  # fmt: skip


def _float(value: Any) -> float | None:
    return None if value is None else float(value)

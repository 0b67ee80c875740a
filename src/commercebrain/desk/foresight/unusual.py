"""What broke in the latest month, as the pages and the API ask for it: which questions are offered, and their answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, sources
from commercebrain.desk.figures.explorer.questions import dataset_of, first_question, held, offered_dimensions
from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.foresight.queries import State, indicator_of, lake_state, note_read
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.result import LEAST_MONTHS
from commercebrain.engine.indicators import Reach
from commercebrain.engine.outlook.anomalies import Anomaly, Found

#: Where the list begins: what the city exports, by the counties that export it.
FIRST, FIRST_BY = "customs_export_value", "county"
#: Answers kept in one process.
KEPT = 64


@dataclass(frozen=True)
class Watched:
    """An indicator that can be watched, with the dimensions by which its members are held against expectation."""

    indicator: Indicator
    dims: tuple[str, ...]


@lru_cache(maxsize=8)
def _watched(_codes: tuple[str, ...], _state: tuple[State, ...], _day: date) -> tuple[Watched, ...]:
    found = []
    for code in _codes:
        indicator = catalogue().indicators[code]
        dataset = dataset_of(indicator)
        if dataset is not None and len(held(dataset)) > LEAST_MONTHS:
            found.append(Watched(indicator, tuple(offered_dimensions(indicator, ""))))
    return tuple(found)


def watched() -> tuple[Watched, ...]:
    """The indicators counted from records of which enough months are held; whether a reader may ask is asked later."""
    codes = tuple(code for code, one in catalogue().indicators.items() if one.of_records and one.adds.time == "sum")
    states = {catalogue().indicators[code].dataset: lake_state(catalogue().indicators[code]) for code in codes}
    return _watched(codes, tuple(states.values()), today())


def default(person: Person, code: str = "") -> Asked | None:
    """The question to begin with: of ``code`` or of the first thing that can be watched; none where nothing is held."""
    begun = first_question(person, code or FIRST) or (None if code else first_question(person))
    if begun is None:
        return None
    request = begun.request
    indicator = indicator_of(request.code)
    dims = offered_dimensions(indicator, request.region) if indicator else []
    by = FIRST_BY if FIRST_BY in dims and request.region.endswith("00") else next(iter(dims), "")
    return Asked(request.code, request.region, tuple(filter(None, [by])))


def anomalies_of(person: Person, asked: Asked, *, exported: bool = False) -> Found:
    """What is unusual among the members of a break-down, within the reader's reach; without the causes of each.

    Raises :class:`UserError` for what cannot or may not be asked.
    """
    indicator = catalogue().indicator(asked.code)
    found = _found(lake_state(indicator), reach_for(person), today(), replace(asked, horizon=1))
    note_read(person, asked, found.judged, exported=exported)
    return found


@lru_cache(maxsize=KEPT)
def _found(_state: State, reach: Reach, day: date, asked: Asked) -> Found:
    from commercebrain.engine.outlook.anomalies import anomalies  # loads compiled kernels

    return anomalies(
        sources(asked.as_of), catalogue(), asked.code, asked.region, asked.by, where=dict(asked.where),
        as_of=asked.as_of or day, reach=reach,
    )  # fmt: skip


def anomaly_of(person: Person, asked: Asked, key: tuple[str, ...]) -> Anomaly | None:
    """One unusual member with who made its gap; none where the member is as expected, or is not there."""
    found = next((one for one in anomalies_of(person, asked).anomalies if one.key == key), None)
    if found is None:
        return None
    indicator = catalogue().indicator(asked.code)
    return _explained(lake_state(indicator), reach_for(person), today(), replace(asked, horizon=1), key)


@lru_cache(maxsize=KEPT)
def _explained(_state: State, reach: Reach, day: date, asked: Asked, key: tuple[str, ...]) -> Anomaly | None:
    raise NotImplementedError


def dimensions_of(indicator: Indicator) -> list[str]:
    """The dimensions whose members may be watched, single firms last."""
    return offered_dimensions(indicator, "")


def places(person: Person) -> list[tuple[str, str]]:
    """The regions to choose from: those in which units stand, of which this person may be told internal figures."""
    reach = reach_for(person)
    rows = Region.objects.valid_on(today()).filter(units__isnull=False).distinct().order_by("code")
    return [(one.code, str(one)) for one in rows if reach.sees(one.code, "internal")]


def nothing_watched() -> UserError:
    """The sentence where nothing can be watched yet."""
    return UserError(
        "foresight.nothing_watched",
        "还没有可监测的明细：导入13个月以上的明细数据后，这里列出最新一个月的异常。",
        "No records are held that could be watched; with more than 13 months of records taken in, what is unusual in the "
        "latest month stands here.",
    )

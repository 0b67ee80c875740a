"""What broke in the latest month, as the pages and the API ask for it: which questions are offered, and their answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, sources
from commercebrain.desk.figures.explorer.labels import AT_ONCE, FIRM
from commercebrain.desk.figures.explorer.questions import dataset_of, first_question, held, offered_dimensions
from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.foresight.queries import State, indicator_of, lake_state, note_read
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.result import LEAST_MONTHS
from commercebrain.engine.indicators import Reach
from commercebrain.engine.outlook.anomalies import Anomaly, Found
from commercebrain.engine.outlook.anomalies.names import Namer

#: By what the list begins: the markets.
FIRST_BY = "country"
#: Unusual members that are told at most; more say that the question is too wide.
MOST = 1_000
#: Answers kept in one process.
KEPT = 64
Key = tuple[State, Reach, date, Asked, int | None]


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
    """The question to begin with: of ``code`` or of what the explorer begins with; none where nothing is held."""
    begun = first_question(person, code)
    if begun is None:
        return None
    request = begun.request
    indicator = indicator_of(request.code)
    counted = indicator is not None and dataset_of(indicator) is not None
    # What is published by places is seldom published of their parts by month: there the place itself is judged.
    dims = offered_dimensions(indicator, request.region) if indicator is not None and counted else []
    by = FIRST_BY if FIRST_BY in dims else next(iter(dims), "")
    return Asked(request.code, request.region, tuple(filter(None, [by])))


def anomalies_of(person: Person, asked: Asked, *, exported: bool = False) -> Found:
    """What is unusual among the members of a break-down, within the reader's reach; the first with who made their gaps.

    Raises :class:`UserError` for what cannot or may not be asked.
    """
    indicator = catalogue().indicator(asked.code)
    found = _found(*_key(person, indicator, asked))
    note_read(person, asked, found.judged, exported=exported)
    for one in found.anomalies:
        _note_parts(person, asked, one, exported=exported)
    return found


def _note_parts(person: Person, asked: Asked, one: Anomaly, *, exported: bool = False) -> None:
    """Whoever is told which firms made a gap leaves a trail."""
    firms = sum(part.kind == "member" for of in one.breakdowns if of.dimension == FIRM for part in of.parts)
    if firms:
        note_read(person, replace(asked, by=(FIRM,)), firms, exported=exported)


def _key(person: Person, indicator: Indicator, asked: Asked) -> Key:
    """What an answer hangs on. Names of single firms are for the person, so whoever may be told some asks alone."""
    reach = reach_for(person)
    named_for = person.pk if reach.sees(asked.region, "confidential") else None
    return lake_state(indicator), reach, today(), replace(asked, horizon=1), named_for


def _firms(person: int) -> Namer:
    """Names of firms in the sight of a person; who is not in sight keeps the code."""

    def namer(_dimension: str, codes: tuple[str, ...]) -> dict[str, Words]:
        seen = Enterprise.objects.visible_to(Person.objects.get(pk=person))
        rows = seen.filter(uscc__in=codes[:AT_ONCE]).values_list("uscc", "name_zh", "name_en")
        return {code: Words(zh=zh or code, en=en or zh or code) for code, zh, en in rows}

    return namer


@lru_cache(maxsize=KEPT)
def _found(_state: State, reach: Reach, day: date, asked: Asked, named_for: int | None) -> Found:
    from commercebrain.engine.outlook.anomalies import anomalies  # loads compiled kernels

    return anomalies(
        sources(asked.as_of), catalogue(), asked.code, asked.region, asked.by, where=dict(asked.where),
        as_of=asked.as_of or day, reach=reach, most=MOST, namer=None if named_for is None else _firms(named_for),
    )  # fmt: skip


def anomaly_of(person: Person, asked: Asked, key: tuple[str, ...]) -> Anomaly | None:
    """One unusual member with who made its gap; none where the member is as expected, or is not there."""
    found = next((one for one in anomalies_of(person, asked).anomalies if one.key == key), None)
    if found is None:
        return None
    if found.breakdowns:
        return found
    indicator = catalogue().indicator(asked.code)
    narrowed = replace(asked, where=asked.alone(asked.by, key).where)
    # A series' verdict does not hang on its neighbours: asked for by itself it is the same, with who made its gap.
    alone = next((one for one in _found(*_key(person, indicator, narrowed)).anomalies if one.key == key), None)
    if alone is not None:
        _note_parts(person, asked, alone)
    return found if alone is None else replace(alone, peers=found.peers, rank=found.rank)


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

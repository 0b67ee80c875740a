"""Reads of the lake for the pages: which series there are, one series with its sources, batches and quarantine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import lake, reach_for, store
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import Indicator
from commercebrain.engine.indicators import Figure, history
from commercebrain.engine.lake import Batch, Names, QuarantineRow
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.observations import Observation

Reader = Person | AnonymousUser


@dataclass(frozen=True)
class SeriesRow:
    """One indicator of one region in the list of series: ``latest`` is its newest live figure, if any."""

    indicator: Indicator
    region: Region
    latest: Figure | None
    periods: int
    waiting: int


def regions(on: date | None = None) -> dict[str, Region]:
    """The regions of the register by code."""
    return {region.code: region for region in Region.objects.valid_on(on or today())}


def series_rows(person: Reader, as_of: date | None = None) -> list[SeriesRow]:
    """Every series that ``person`` may see as of a day, one pass over the lake's snapshot."""
    reach, known, day = reach_for(person), regions(as_of), as_of or today()
    snapshot = store(as_of)
    counted: dict[tuple[str, str], set[str]] = defaultdict(set)
    waiting: dict[tuple[str, str], int] = defaultdict(int)
    for row in snapshot.observations(day):
        key = (row.indicator, row.region)
        counted[key].add(row.period)
        waiting[key] += row.grade == "C"
    found = []
    for (code, region), periods in sorted(counted.items()):
        indicator, place = catalogue().indicators.get(code), known.get(region)
        if indicator is None or place is None or not reach.sees(region, indicator.classification):
            continue
        figures = [
            f for f in history(snapshot, catalogue(), code, region, reach=reach, as_of=day) if f.value is not None
        ]
        own = [f for f in figures if not f.calibre] or figures
        latest = max(own, key=lambda f: f.period.last, default=None)
        found.append(SeriesRow(indicator, place, latest, len(periods), waiting[code, region]))
    return found


def series_figures(person: Reader, code: str, region: str, as_of: date | None = None) -> list[Figure]:
    """All figures of one series in every calibre, each with its sources."""
    day = as_of or today()
    return history(store(as_of), catalogue(), code, region, reach=reach_for(person), as_of=day)


def series_observations(person: Reader, code: str, region: str, as_of: date | None = None) -> Sequence[Observation]:
    """The printed rows behind a series, all vintages, newest publication first; none outside the person's reach."""
    indicator = catalogue().indicator(code)
    if not reach_for(person).sees(region, indicator.classification):
        return []
    rows = lake().observations(as_of or today(), indicators=[code], regions=[region])
    return sorted(rows, key=lambda row: (row.published, row.period), reverse=True)


def names(person: Reader | None) -> Names:
    """What a sheet may call indicators and regions: the catalogue's words, and the regions this person enters for.

    ``None`` is the system itself and enters for every region.
    """
    allowed = enterable_regions(person)
    known: dict[str, list[str]] = defaultdict(list)
    for region in Region.objects.filter(valid_to=None):
        if allowed is None or region.code in allowed:
            known[region.code] += [region.name_zh, region.name_en]
    indicators: Mapping[str, Sequence[str]] = {
        code: [item.name.zh, item.name.en, *item.synonyms] for code, item in catalogue().indicators.items()
    }
    units = {code: item.unit for code, item in catalogue().indicators.items()}
    return Names(indicators=indicators, regions=known, units=units)


def enterable_regions(person: Reader | None) -> frozenset[str] | None:
    """The codes of the regions that ``person`` may bring figures for; None means every region."""
    if person is None:
        return None
    extent = extent_of(person, Right.ENTER, today())
    if extent.everything:
        return None
    found: set[str] = set()
    fresh = set(Region.objects.filter(units__in=extent.units).values_list("pk", flat=True))
    while fresh:  # at most as many rounds as there are tiers of administration
        found |= fresh
        fresh = set(Region.objects.filter(parent__in=fresh).values_list("pk", flat=True)) - found
    return frozenset(Region.objects.filter(pk__in=found).values_list("code", flat=True))


def may_enter(person: Reader) -> bool:
    """Whether ``person`` may bring in figures at all."""
    regions_ = enterable_regions(person)
    return regions_ is None or bool(regions_)


def enterable_records(person: Reader) -> list[RecordDataset]:
    """The datasets of records that ``person`` may bring files of: who enters for regions, and is cleared for all of them
    where the records are confidential. Records without a place are brought in by who enters for every region."""
    allowed = enterable_regions(person)
    if allowed is not None and not allowed:
        return []
    reach, found = reach_for(person), []
    for dataset in catalogue().records.values():
        seen = allowed is None or all(reach.sees(code, dataset.classification) for code in allowed)
        if seen and (dataset.place is not None or allowed is None):
            found.append(dataset)
    return found


def batches(person: Reader) -> list[Batch]:
    """What was taken in of observations, newest first, for whoever may enter figures, and their own files of records.

    Others' files of records are not among them: their quarantine holds single firms' lines, which entering figures gives
    no right to see.
    """
    own = person.get_username()
    held = [
        batch
        for batch in (lake().batches() if may_enter(person) else ())
        if batch.dataset == "observations" or (own and batch.by == own)
    ]
    return sorted(held, key=lambda batch: -batch.number)


def batch(person: Reader, identity: str) -> Batch | None:
    """One batch."""
    return next((row for row in batches(person) if row.batch == identity), None)


def quarantine(person: Reader, identity: str) -> list[QuarantineRow]:
    """The rows of a batch that were set aside."""
    return lake().quarantine(identity) if batch(person, identity) is not None else []

"""What a target promises, and what comes out when it is assessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from commercebrain.engine.indicators import Figure
from commercebrain.engine.periods import Period

Kind = Literal["level", "count", "share", "ratio", "rank", "cumulative", "increment", "growth_rate"]
#: ``unmet`` 未完成 is said of a binding indicator alone, and only when its time is over.
State = Literal["met", "on_path", "at_risk", "off_path", "unmet", "not_measurable"]
#: The words of ``formulas.md`` for two kinds, accepted beside the plan reader's.
KIND_ALIASES: dict[str, Kind] = {"annual_flow": "level", "stock": "count", "growth": "growth_rate"}


@dataclass(frozen=True, slots=True)
class TargetTerms:
    """A promise in numbers.

    ``value`` (and ``value_high`` of a range) is in ``unit``, ``base_value`` in
    ``base_unit`` (``unit`` where that is empty). ``direction`` is up, down or hold;
    for a hold ``better`` says which side of the band is harmless (higher, lower, or hold for neither).
    ``per`` is "year" where the number holds for every year of ``period``; ``average`` where it is a
    yearly average 年均.
    ``issued_year`` is when the document was issued: without a base, figures from that year on speak about it.
    ``name_*`` and ``series_*`` (the indicator's name and where its figures come from) go into the reasons.
    ``period`` is (first year, last year). ``schedule`` is an agreed table, year → value.
    """

    kind: str
    direction: str
    value: Decimal | None
    target_year: int | None
    unit: str = ""
    comparator: str = ">="
    value_high: Decimal | None = None
    base_value: Decimal | None = None
    base_year: int | None = None
    base_unit: str = ""
    period: tuple[int, int] | None = None
    per: str | None = None
    average: bool = False
    calibre: str = ""
    schedule: Mapping[int, Decimal] | None = None
    better: str = "hold"
    binding: bool = False
    issued_year: int | None = None
    name_zh: str = "该指标"
    name_en: str = "this indicator"
    series_zh: str = ""
    series_en: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The thresholds of states and the stated assumptions where a region's own history is too short.

    ``on_path`` and ``off_path`` bound the chance. ``hold_band`` is how far a held value may stray (fraction).
    ``floor_growth`` is the spread of one year's growth that own errors are weighed against (as much as ``own_errors`` of
    them), ``growth_weight`` how many years of no growth the own average growth is; both are what made the smallest
    interval scores on customs series (``tests/engine/outlook/test_landing_honesty.py``). ``floor_level`` is the spread
    assumed for ratios, shares, ranks and counts with fewer errors, as a fraction of the value. ``season_years`` is how many past years make the own season; after ``stale_years``
    past years without a figure there is no landing.
    """

    on_path: Decimal = Decimal("0.8")
    off_path: Decimal = Decimal("0.2")
    hold_band: Decimal = Decimal("0.05")
    floor_growth: float = 0.13
    growth_weight: float = 2.0
    floor_level: float = 0.05
    own_errors: int = 3
    season_years: int = 3
    stale_years: int = 3


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected value E(d) put through the same formulas as the value, and how far the value is ahead
    of it.

    ``attainment``, ``progress`` and ``ahead`` are fractions; ``ahead`` compares progress where there is
    a base, else attainment (0.03 is 3 percentage points ahead; negative is behind).
    """

    value: Decimal
    attainment: Decimal | None
    progress: Decimal | None
    ahead: Decimal | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where the target year ends if the rest of it goes like something on record."""

    code: Literal["year_to_date", "last_quarter", "flat"]
    zh: str
    en: str
    point: Decimal


@dataclass(frozen=True, slots=True)
class Landing:
    """落点: the forecast of the value at the end of the target year, with its bands and what they rest on."""

    point: Decimal
    low80: Decimal
    high80: Decimal
    low95: Decimal
    high95: Decimal
    method: str
    errors: int
    note_zh: str
    note_en: str
    scenarios: tuple[Scenario, ...] = ()


@dataclass(frozen=True, slots=True)
class PathPoint:
    """One year of a target's chart. ``missing`` marks a past year without a figure: shown as a gap,
    never as 0."""

    year: int
    straight: Decimal | None = None
    growth: Decimal | None = None
    agreed: Decimal | None = None
    actual: Decimal | None = None
    missing: bool = False
    forecast: Decimal | None = None
    low80: Decimal | None = None
    high80: Decimal | None = None
    low95: Decimal | None = None
    high95: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SeasonPoint:
    """One month of the current year: what past years' share makes of this year's target, the running total, and where
    that will be in the months to come."""

    period: Period
    share: Decimal
    expected: Decimal
    actual: Decimal | None
    forecast: Decimal | None = None
    low80: Decimal | None = None
    high80: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """How a target stands. Fractions throughout; the true figure is kept, only a bar is capped on drawing.

    ``missing`` names the series or years that are missing. ``final`` says that the target year's own
    figure is in.
    """

    state: State
    reason_zh: str
    reason_en: str
    missing: tuple[str, ...] = ()
    code: str = ""
    final: bool = False
    value_now: Figure | None = None
    value: Decimal | None = None
    attainment: Decimal | None = None
    progress: Decimal | None = None
    schedule_straight: Expected | None = None
    schedule_growth: Expected | None = None
    schedule_agreed: Expected | None = None
    schedule_season: Expected | None = None
    ahead: Decimal | None = None
    ytd: Figure | None = None
    ytd_attainment: Decimal | None = None
    year_target: Decimal | None = None
    required_growth: Decimal | None = None
    required_rest_growth: Decimal | None = None
    growth_so_far: Decimal | None = None
    best_three_year_growth: Decimal | None = None
    landing: Landing | None = None
    chance: Decimal | None = None
    path: tuple[PathPoint, ...] = ()
    season: tuple[SeasonPoint, ...] = ()
    disagreements: tuple[Figure, ...] = ()
    notes_zh: tuple[str, ...] = ()
    notes_en: tuple[str, ...] = ()

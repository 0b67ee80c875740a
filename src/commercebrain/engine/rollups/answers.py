"""Questions that stored tables answer at once: the panel, exposure to a list of measures, concentration, indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.rollups.firms import add_exposed, add_values, newest_county
from commercebrain.engine.rollups.panel import KINDS, REFERS, SUMS, idle, months_back, windows
from commercebrain.engine.rollups.shape import MEASURES, PANEL
from commercebrain.engine.working.columns import Array, Columns

if TYPE_CHECKING:
    from commercebrain.engine.rollups.reader import RollupReader


@dataclass(frozen=True)
class Panel:
    """Firms × months of one flow. ``columns``: name → (months × firms); ``firms`` are codes of ``uscc``.

    ``known``: column → for each month, how many months of its window were taken in; what was not taken in is missing
    from the sum, not zero.
    """

    months: list[int]
    firms: NDArray[np.int64]
    columns: dict[str, Array]
    known: dict[str, list[int]]


def panel(reader: RollupReader, flow: str, first: int = 0, last: int = 999912, columns: Sequence[str] = PANEL) -> Panel:
    """The panel of every firm that ever traded in ``flow``, for the known months from ``first`` to ``last``."""
    way = reader.dictionaries.of("flow").codes.get(flow)
    months = [month for month in reader.months if first <= month <= last]
    if way is None:
        return Panel(months, np.zeros(0, np.int64), {name: np.zeros((len(months), 0)) for name in columns}, {})
    seen = reader.firms_of(way)
    everyone = len(reader.dictionaries.of("uscc"))
    whole = len(seen) == everyone
    places = {name: place for place, name in enumerate(windows(1))}
    out: dict[str, Array] = {}
    values: dict[int, Array] = {}
    for name in columns:
        out[name] = table = np.empty((len(months), len(seen)), KINDS.get(name, np.int64))
        for row, month in zip(table, months, strict=True):
            held = _column(reader, name, month, way, everyone, values)
            row[:] = held if whole else held[seen]
    counts = [reader.panel_part(month).mapped("known") for month in months]
    known = {name: [int(count[places[name]]) for count in counts] for name in columns}
    return Panel(months, seen, out, known)


def _column(
    reader: RollupReader, name: str, month: int, way: int, firms: int, values: dict[int, Array]
) -> Array:  # fmt: skip
    """One column of one month and flow for all firms; ``values`` keeps what each month's value was."""
    stored, back = REFERS.get(name, (name, 0))
    there = months_back(month, back)
    if name not in SUMS and there in reader.versions:
        return _stored(reader, stored, there, way, firms)
    # The month referred to was not taken in, or nothing is stored; of the months in the window some may have been.
    if stored == "countries":
        return np.zeros(firms, np.uint32)
    far, near = windows(month)[name]
    total, many = np.zeros(firms, np.int64), 0
    for n in range(near, far + 1):
        one = months_back(month, n)
        if one in reader.versions:
            if one not in values:
                values[one] = _stored(reader, "value", one, way, firms)
            total += values[one]
            many += 1
    if name == "mean24":
        return total / many if many else np.full(firms, np.nan)
    return total


def _stored(reader: RollupReader, name: str, month: int, way: int, firms: int) -> Array:
    """A column as the month's partition holds it. Firms that came to be known later had traded nothing then."""
    part = reader.panel_part(month)
    held = part.mapped(name)[way] if way < part.shape(name)[0] else np.zeros(0, KINDS.get(name, np.int64))
    if len(held) == firms:
        return held
    known = int(part.mapped("known")[list(windows(1)).index(name)])
    return np.concatenate([held, np.full(firms - len(held), idle(name, known), held.dtype)])


@dataclass(frozen=True)
class Exposed:
    """By firm (codes of ``uscc``): all that it traded, the part on the list, and the duty on that part."""

    firms: NDArray[np.int64]
    total: NDArray[np.int64]
    exposed: NDArray[np.int64]
    duty: NDArray[np.float64]


def exposed(
    reader: RollupReader,
    products: Sequence[str],
    countries: Sequence[str],
    duties: Sequence[float] | None = None,
    *,
    flow: str = "export",
    year: int | None = None,
    before: bool = False,
) -> Exposed:
    """What each firm traded of ``products`` (first digits of a code, 2 to 10) with ``countries``, item by item.

    Of a ``year``, or of the last twelve months (``before``: of the twelve before them). ``duties`` are in per cent. A
    line is counted once for each item that takes it. Only firms with something on the list are given, in order.
    """
    dictionaries = reader.dictionaries
    part: Columns = reader.recent() if year is None else reader.year(year)
    value = part.mapped(f"exposure.{'value_cny' if year else 'before' if before else 'current'}")
    way = dictionaries.of("flow").codes.get(flow, -1)
    starts = part.mapped("exposure.starts")
    items: list[tuple[int, int, float]] = []
    lines = reader.product_codes
    country_codes = dictionaries.of("country").codes
    for place, (product, country) in enumerate(zip(products, countries, strict=True)):
        code = country_codes.get(country)
        if code is not None:
            duty = 0.0 if duties is None else float(duties[place])
            items += [(line, code, duty) for line in lines(product) if line + 1 < len(starts)]
    firms = len(dictionaries.of("uscc"))
    on_list, owed = np.zeros(firms, np.int64), np.zeros(firms, np.float64)
    wanted = np.array([(line, code) for line, code, _ in items], np.int64).reshape(-1, 2)
    add_exposed(
        np.ascontiguousarray(wanted[:, 0]),
        np.ascontiguousarray(wanted[:, 1]),
        np.array([duty for *_, duty in items], np.float64),
        starts,
        part.mapped("exposure.uscc"),
        part.mapped("exposure.country"),
        part.mapped("exposure.flow"),
        value,
        way,
        on_list,
        owed,
    )
    total = np.zeros(firms, np.int64)
    held = part.mapped("firms.value")[way] if way >= 0 else total
    total[: len(held)] = held if not before else part.mapped("firms.before")[way]
    found = np.flatnonzero(on_list)
    return Exposed(found, total[found], on_list[found], owed[found])


@dataclass(frozen=True)
class Concentration:
    """How concentrated a year's trade is among firms, by the codes of a column. ``hhi`` on a scale of 0 to 10,000."""

    year: NDArray[np.int64]
    code: NDArray[np.int64]
    firms: NDArray[np.int64]
    value: NDArray[np.int64]
    hhi: NDArray[np.float64]


def concentration(reader: RollupReader, column: str, flow: str) -> Concentration:
    """The Herfindahl index among firms by year and ``column`` (total, county, country, hs2); cells with firms only.

    Squares are summed exactly (128 bits) and divided once, so the digits do not depend on any order.
    """
    way = reader.dictionaries.of("flow").codes.get(flow)
    years: list[int] = []
    codes: list[int] = []
    rows: list[tuple[int, int, float]] = []
    for year in reader.manifest.years if way is not None else ():
        part = reader.year(year)
        kinds = ("firms", "value", "high", "low")
        many, value, high, low = (part.mapped(f"concentration.{column}.{kind}")[way].tolist() for kind in kinds)
        for code, firms in enumerate(many):
            if firms:
                squares = (high[code] << 64) + low[code]
                whole = value[code] * value[code]
                years.append(year)
                codes.append(code)
                rows.append((firms, value[code], 10000 * squares / whole if whole else float("nan")))
    counts, values, index = zip(*rows, strict=True) if rows else ((), (), ())
    return Concentration(
        np.array(years, np.int64),
        np.array(codes, np.int64),
        np.array(counts, np.int64),
        np.array(values, np.int64),
        np.array(index, np.float64),
    )


@dataclass(frozen=True)
class IndicatorBase:
    """Months × counties of one indicator: the sum of its measure."""

    months: list[int]
    counties: list[str]
    values: NDArray[np.int64]


def indicator_base(reader: RollupReader, code: str) -> IndicatorBase | None:
    """The stored monthly values of an additive indicator by county; None where it was not counted."""
    counties = reader.dictionary("county")
    values = np.zeros((len(reader.months), len(counties)), np.int64)
    for row, month in enumerate(reader.months):
        part = reader.base_part(month)
        place: Any = part.facts["places"].get(code)
        if place is None:
            return None
        held = part.mapped("values")[place[0], :, MEASURES.index(place[1])]
        values[row, : len(held)] = held
    return IndicatorBase(list(reader.months), counties, values)


@dataclass(frozen=True)
class FirmGoods:
    """Lines of one flow by firm, product and country, as codes of ``uscc``, ``hs10`` and ``country``; a combination may
    stand there more than once. ``total`` is what each firm traded in all."""

    firm: Array
    product: Array
    country: Array
    value: NDArray[np.int64]
    total: NDArray[np.int64]


def firm_goods(reader: RollupReader, months: Sequence[int], flow: str = "export") -> FirmGoods:
    """What firms traded of which goods with whom in ``months`` (known ones): from the file of the last months or of a year
    where these are just its months, else from the months themselves."""
    way = reader.dictionaries.of("flow").codes.get(flow, -1)
    firms = len(reader.dictionaries.of("uscc"))
    wanted, last = sorted(months), max(reader.months, default=0)
    recent = [month for month in reader.months if months_back(last, 24) < month]
    sources: list[tuple[Columns, str, str]] = []
    if wanted == [month for month in recent if month > months_back(last, 12)]:
        sources = [(reader.recent(), "exposure", "current")]
    elif wanted and wanted == [month for month in recent if month <= months_back(last, 12)]:
        sources = [(reader.recent(), "exposure", "before")]
    elif wanted and wanted == [month for month in reader.months if month // 100 == wanted[0] // 100]:
        sources = [(reader.year(wanted[0] // 100), "exposure", "value_cny")]
    kinds = {"uscc": np.uint32, "hs10": np.uint32, "country": np.uint16}
    parts: dict[str, list[Array]] = {**{name: [] for name in kinds}, "value": []}
    total = np.zeros(firms, np.int64)
    if sources:
        ((part, table, value),) = sources
        there = part.mapped(f"{table}.flow") == way
        for name, kind in kinds.items():
            parts[name].append(part.mapped(f"{table}.{name}")[there].astype(kind))
        parts["value"].append(part.mapped(f"{table}.{value}")[there].astype(np.int64))
        held = part.mapped("firms.before" if value == "before" else "firms.value")
        if 0 <= way < len(held):
            total[: held.shape[1]] = held[way]
    else:
        for month in wanted:
            lines, rollup = reader.month_files(month)
            there = lines.mapped("flow") == way
            for name, kind in kinds.items():
                parts[name].append(lines.mapped(name)[there].astype(kind))
            parts["value"].append(rollup.mapped("grain.value_cny")[there].astype(np.int64))
            add_values(parts["uscc"][-1], parts["value"][-1], total)

    def joined(name: str, kind: Any) -> Array:
        return np.concatenate(parts[name]) if parts[name] else np.zeros(0, kind)

    firm, product, country = (joined(name, kind) for name, kind in kinds.items())
    return FirmGoods(firm, product, country, joined("value", np.int64), total)


def firm_counties(reader: RollupReader) -> Array:
    """The county (code) of each firm's newest line; -1 where no month has one."""
    found = np.full(len(reader.dictionaries.of("uscc")), -1, np.int64)
    for month in reversed(reader.months):
        if (found >= 0).all():
            break
        lines, _ = reader.month_files(month)
        newest_county(lines.mapped("uscc"), lines.mapped("county"), found)
    return found

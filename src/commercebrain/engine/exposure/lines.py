"""Bases from lines in the lake: customs lines (tier A) by their roll-ups, and what firms report (tier B)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.clock import business_date
from commercebrain.engine.exposure.base import TIER_NAMES, Tier, TradeBase, made
from commercebrain.engine.exposure.declared import LineSource, line_sources, unlawful
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.tables import reader_of
from commercebrain.engine.indicators.vintages import in_force, state
from commercebrain.engine.lake.opened import reading
from commercebrain.engine.lake.records.known import lines
from commercebrain.engine.lake.records.layout import name_literal, text_literal
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import MonthVersion
from commercebrain.engine.lists.nomenclature import nomenclature
from commercebrain.engine.rollups.answers import firm_counties, firm_goods
from commercebrain.engine.rollups.panel import months_back
from commercebrain.engine.rollups.reader import RollupReader

Span = tuple[int, int]
#: Exchange rates: month (yyyymm) → 元 for one dollar.
Rates = Mapping[int, float]


class NotAvailableError(Exception):
    """A tier cannot be had; ``why`` says the reason to the reader."""

    def __init__(self, why: Words) -> None:
        super().__init__(why.en)
        self.why = why


def customs_base(
    root: Path, *, reach: Reach, as_of: date, span: Span | None = None, flow: str = "export", region: str = ""
) -> TradeBase:
    """Tier A: the trade of firms by customs lines, of the last twelve months known on ``as_of`` or of ``span``.

    Raises :class:`NotAvailableError` where there are no lines, no lawful ground, or no clearance for firms.
    """
    return lines_base(root, _source(Tier.CUSTOMS), reach=reach, as_of=as_of, span=span, flow=flow, region=region)


def reported_base(
    root: Path, *, reach: Reach, as_of: date, span: Span | None = None, region: str = "", rates: Rates | None = None
) -> TradeBase:
    """Tier B: what firms report by goods and market; as :func:`customs_base`. Dollars become 元 by ``rates``, else stay."""
    return lines_base(root, _source(Tier.FIRM_GOODS), reach=reach, as_of=as_of, span=span, region=region, rates=rates)


def _source(tier: Tier) -> LineSource:
    return next(one for one in line_sources() if one.tier == tier)


def lines_base(
    root: Path, source: LineSource, *, reach: Reach, as_of: date, span: Span | None = None, flow: str = "export",
    region: str = "", rates: Rates | None = None,
) -> TradeBase:  # fmt: skip
    """The base of any declared source of lines; see :func:`customs_base`."""
    dataset = source.declared
    # Lawful is what may be used today, whatever day the answer speaks of.
    if (why := unlawful(dataset, max(as_of, business_date()))) is not None:
        raise NotAvailableError(why)
    versions = in_force(root, dataset, as_of)
    last = max((one.month for one in versions), default=0)
    first, last = span if span is not None else (months_back(last, 11), last)
    inside = [one for one in versions if first <= one.month <= last]
    if not inside:
        raise NotAvailableError(_nothing(source, span, bool(versions)))
    if reach.sees("", dataset.classification) or (region and reach.sees(region, dataset.classification)):
        seen: frozenset[str] | None = None
    else:
        seen = _seen(root, source, inside, reach)
        if not seen:
            raise NotAvailableError(_no_firms(source))
    key = (str(root), source.dataset, state(root, dataset.code), tuple(sorted({one.batch for one in inside})))
    asked = (first, last, flow, region, seen, None if rates is None else tuple(sorted(rates.items())))
    return _kept((key, asked), lambda: _base(root, source, inside, (first, last), flow, region, seen, rates))


_bases: OrderedDict[Any, TradeBase] = OrderedDict()
_guard = Lock()
#: Bases that a process keeps: several windows of one lake, and the parts of it that persons may see.
_MOST = 8


def _kept(key: Any, make: Any) -> TradeBase:
    with _guard:
        if key in _bases:
            _bases.move_to_end(key)
            return _bases[key]
    base: TradeBase = make()
    with _guard:
        _bases[key] = base
        while len(_bases) > _MOST:
            _bases.popitem(last=False)
    return base


def _base(
    root: Path, source: LineSource, versions: Sequence[MonthVersion], span: Span, flow: str, region: str,
    seen: frozenset[str] | None, rates: Rates | None,
) -> TradeBase:  # fmt: skip
    dataset = source.declared
    keep = {**source.keep, **({"flow": flow} if "flow" in source.keep else {})}
    rolled = _rolled(root, source, versions)
    raw = _of_rollups(rolled, versions, flow) if rolled is not None else _of_lines(source, versions, keep)
    allowed = np.array([_within(county, region) and (seen is None or county in seen) for county in raw["county"]], bool)
    if not allowed.any():
        raise NotAvailableError(_no_firms(source) if seen is not None else _none_there(source, region))
    unit, note = dataset.columns[source.value].unit or "元", source.note
    if unit == "美元" and rates is not None:
        month = max(one.month for one in versions)
        rate = next((rates[m] for m in sorted(rates, reverse=True) if m <= month), None)
        if rate is not None:
            unit = "元"
            raw["value"] = np.rint(raw["value"] * rate).astype(np.int64)
            note = Words(zh=f"{note.zh}；美元按 {rate:g} 折算", en=f"{note.en}; dollars at {rate:g}")
    batches: dict[int, set[str]] = {}
    for one in versions:
        batches.setdefault(one.month, set()).add(one.batch)
    column = dataset.columns[source.product]
    return made(
        **raw,
        keep=allowed,
        tier=source.tier,
        span=span,
        months=tuple(sorted(batches)),
        synthetic=any(one.synthetic for one in versions),
        stock=source.of == "last",
        unit=unit,
        dataset=source.dataset,
        flow=flow,
        provider=dataset.provider,
        agreement=dataset.agreement,
        nomenclature=nomenclature(column.nomenclature).code if column.nomenclature else "CN",
        edition=column.edition or "",
        note=Words(zh=f"{note.zh}。", en=f"{note.en}."),
        batches={month: tuple(sorted(held)) for month, held in sorted(batches.items())},
    )


# -- from roll-ups


def _rolled(root: Path, source: LineSource, versions: Sequence[MonthVersion]) -> RollupReader | None:
    """The roll-ups, where they hold the value asked for, of just these months' vintages."""
    if (source.product, source.country, source.value) != ("hs10", "country", "value_cny") or source.of != "sum":
        return None
    reader = reader_of(root, source.dataset)
    if reader is None:
        return None
    wanted: dict[int, set[str]] = {}
    for one in versions:
        wanted.setdefault(one.month, set()).add(one.batch)
    held = reader.versions
    return reader if all(m in held and set(held[m].batches) == batches for m, batches in wanted.items()) else None


def _of_rollups(reader: RollupReader, versions: Sequence[MonthVersion], flow: str) -> dict[str, Any]:
    found = firm_goods(reader, sorted({one.month for one in versions}), flow)
    counties = reader.dictionary("county")
    return {
        "firms": reader.dictionary("uscc"),
        "products": reader.dictionary("hs10"),
        "countries": reader.dictionary("country"),
        "firm": found.firm,
        "product": found.product,
        "country": found.country,
        "value": found.value,
        "total": found.total,
        "county": [counties[code] if code >= 0 else "" for code in firm_counties(reader).tolist()],
    }


# -- from the lines themselves


def _of_lines(source: LineSource, versions: Sequence[MonthVersion], keep: Mapping[str, str]) -> dict[str, Any]:
    dataset = source.declared
    firm, place = name_literal(str(dataset.firm)), name_literal(dataset.place) if dataset.place else "''"
    product, country, value = (name_literal(one) for one in (source.product, source.country, source.value))
    where = " AND ".join(f"{name_literal(name)} = {text_literal(one)}" for name, one in keep.items()) or "true"
    # A line that the newest report of a month no longer has stands in the month all the same, under its earlier day.
    day = f", {name_literal(source.day)} DESC NULLS LAST" if source.day else ""
    latest = f"QUALIFY dense_rank() OVER (PARTITION BY {firm} ORDER BY month DESC{day}) = 1"
    newest = latest if source.of == "last" else ""
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE given AS SELECT {firm} AS uscc, {product} AS product, {country} AS country, "  # noqa: S608
            f"{value}::BIGINT AS value, {place} AS county, month FROM ({lines(dataset, versions)}) "
            f"WHERE {where} AND {value} IS NOT NULL {newest}"
        )
        codes: dict[str, list[str]] = {}
        for column in ("uscc", "product", "country"):
            found = connection.execute(f"SELECT DISTINCT {column} FROM given ORDER BY 1").fetchall()  # noqa: S608
            codes[column] = [row[0] for row in found]
            connection.execute(
                f"CREATE TABLE d_{column} AS SELECT unnest($1::VARCHAR[]) AS text, "
                "unnest(range(len($1::VARCHAR[]))) AS code",
                [codes[column]],
            )
        county = dict(connection.execute("SELECT uscc, arg_max(county, month) FROM given GROUP BY uscc").fetchall())
        held = connection.execute(
            "SELECT u.code AS firm, p.code AS product, c.code AS country, sum(value)::BIGINT AS value "
            "FROM given g JOIN d_uscc u ON u.text = g.uscc JOIN d_product p ON p.text = g.product "
            "JOIN d_country c ON c.text = g.country GROUP BY ALL"
        ).fetchnumpy()
    arrays: dict[str, NDArray[Any]] = {name: np.ma.getdata(array).astype(np.int64) for name, array in held.items()}
    return {
        "firms": codes["uscc"],
        "products": codes["product"],
        "countries": codes["country"],
        **arrays,
        "county": [county.get(one) or "" for one in codes["uscc"]],
    }


# -- places


def _within(county: str, region: str) -> bool:
    """Whether a county belongs to a region; provinces and cities end in noughts."""
    stem = region.removesuffix("00").removesuffix("00") if region != "100000" else ""
    return not region or county.startswith(stem)


def _seen(root: Path, source: LineSource, versions: Sequence[MonthVersion], reach: Reach) -> frozenset[str]:
    """The counties of the lines whose firms the reader may see."""
    rolled = _rolled(root, source, versions)
    counties = rolled.dictionary("county") if rolled is not None else _counties(source.dataset, tuple(versions))
    needed = source.declared.classification
    return frozenset(
        county for county in counties if any(reach.sees(place, needed) for place in (county, county[:4] + "00"))
    )


@lru_cache(maxsize=32)
def _counties(code: str, versions: tuple[MonthVersion, ...]) -> tuple[str, ...]:
    """The counties that stand in the lines of some versions."""
    dataset = record_dataset(code)
    if dataset.place is None:
        return ()
    sql = f"SELECT DISTINCT {name_literal(dataset.place)} FROM ({lines(dataset, versions)})"  # noqa: S608
    with reading() as connection:
        return tuple(row[0] for row in connection.execute(sql).fetchall() if row[0])


# -- why not


def _named(source: LineSource) -> Words:
    tier, name = TIER_NAMES[source.tier], source.declared.record
    return Words(zh=f"{source.tier}档（{tier.zh}，{name.zh}）", en=f"Tier {source.tier} ({tier.en}, {name.en})")


def _nothing(source: LineSource, span: Span | None, any_month: bool) -> Words:
    named = _named(source)
    if span is None or not any_month:
        return Words(zh=f"{named.zh}没有数据。", en=f"{named.en} holds nothing.")
    first, last = (f"{month // 100}-{month % 100:02d}" for month in span)
    return Words(
        zh=f"{named.zh}在 {first} 至 {last} 没有数据。", en=f"{named.en} holds nothing from {first} to {last}."
    )


def _none_there(source: LineSource, region: str) -> Words:
    named = _named(source)
    return Words(zh=f"{named.zh}在地区 {region} 没有企业。", en=f"{named.en} holds no firms of {region}.")


def _no_firms(source: LineSource) -> Words:
    named = _named(source)
    return Words(
        zh=f"{named.zh}需要企业级数据权限，您没有。", en=f"{named.en} needs clearance for firms, which you do not have."
    )

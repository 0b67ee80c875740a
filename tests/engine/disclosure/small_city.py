"""A small invented city in a lake, and everything that a reader without clearance can ask about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from tests.engine.disclosure.attack import Fact, Line

from commercebrain.engine.catalogue.loader import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import Snapshot
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable
from commercebrain.engine.working.store import refresh_dataset

CODE = "declaration_lines"
LABELS = {
    "county": ("990101", "990102", "990103"),
    "country": ("USA", "JPN", "VNM", "BRN", "NRU"),
    "hs2": ("61", "62", "84", "85"),
    "mode": ("0110", "1210", "9610"),
}
FLOWS = ("export", "import")
MONTHS = (202401, 202402, 202403, 202501, 202502, 202503)
TODAY = date(2025, 6, 1)
CLERK = Reach.by_classification(public=ALL, internal=ALL)
CLEARED = Reach(ALL, "confidential")
#: The indicators asked for: which flows each takes, and which categories.
INDICATORS: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "customs_export_value": (("export",), {}),
    "customs_import_value": (("import",), {}),
    "customs_trade_value": (FLOWS, {}),
    "customs_export_asean": (("export",), {"country": ("VNM", "BRN")}),
    "customs_export_usa": (("export",), {"country": ("USA",)}),
    "customs_export_cbec_9610": (("export",), {"mode": ("9610",)}),
    "customs_import_general_trade": (("import",), {"mode": ("0110",)}),
}


def draw(seed: int, months: Sequence[int] = MONTHS, firms: int = 30, lines: int = 90) -> list[Line]:
    """Lines of a small city: each firm in one county, with some countries, goods and modes of its own."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(1, firms + 1) ** 0.7
    made = []
    for month in months:
        for firm in rng.choice(firms, lines, p=weight / weight.sum()).tolist():
            own = np.random.default_rng(seed * 1000 + firm)
            county = str(own.choice(LABELS["county"]))
            countries, goods, modes = (own.choice(LABELS[dim], 3).tolist() for dim in ("country", "hs2", "mode"))
            country, hs2, mode = (str(rng.choice(one)) for one in (countries, goods, modes))
            flow = FLOWS[int(rng.random() < 0.4)]
            value = int(rng.lognormal(6, 1)) + 1
            made.append(Line(month, flow, f"91990101{firm:010d}", county, country, hs2, mode, value))
    return made


def take_in(root: Path, lines: Sequence[Line], published: date) -> RecordTable:
    """Commit the lines as a vintage of their months and refresh everything."""
    records = RecordTable(root, record_dataset(CODE))
    blocks = []
    for month in sorted({line.month for line in lines}):
        here = [line for line in lines if line.month == month]

        def coded(texts: list[str]) -> Coded:
            values, codes = np.unique(texts, return_inverse=True)
            return Coded(codes.astype(np.int32), values.tolist())

        value = np.array([line.value for line in here], dtype=np.int64)
        blocks.append(
            MonthBlock(
                month,
                {
                    "uscc": coded([line.firm for line in here]),
                    "hs10": coded([line.hs2 + "01000000" for line in here]),
                    "country": coded([line.country for line in here]),
                    "mode": coded([line.mode for line in here]),
                    "flow": coded([line.flow for line in here]),
                    "county": coded([line.county for line in here]),
                    "quantity": value * 1000,
                    "value_cny": value,
                    "value_usd": value // 7,
                },
            )
        )
    records.append_months(blocks, published=published, taken_in=published, source="test", synthetic=True)
    refresh_dataset(root, CODE)
    return records


@lru_cache(maxsize=4)
def sources(root: Path) -> Sources:
    return Sources(Snapshot(Lake(root), TODAY), root)


def ask(root: Path, reach: Reach = CLERK, **parts: object) -> FigureTable | None:
    """The answer to a request; None where it may not be asked."""
    given: dict[str, object] = {"region": "990100", "first": "2024-01", "last": "2025-03", **parts}
    try:
        return table(sources(root), load_catalogue(), Request(**given), reach=reach)  # type: ignore[arg-type]
    except UserError as error:
        assert error.code.startswith(("table.not_declared", "request.", "transform.")), error
        return None


BREAK_DOWNS: tuple[tuple[str, ...], ...] = (
    (),
    *((dim,) for dim in LABELS),
    *((a, b) for i, a in enumerate(LABELS) for b in list(LABELS)[i + 1 :]),
    ("flow",),
    ("region",),
    ("county", "country", "hs2"),
    ("uscc",),
    ("hs10",),
)


def everything(
    root: Path, *, brief: bool = False, months: Sequence[int] = MONTHS, **always: object
) -> Iterator[tuple[FigureTable, Fact]]:
    """Every number that a reader without clearance gets, as facts about sums of cells; ``brief`` leaves out transforms
    and filters that repeat what others tell; ``months`` are those that were taken in."""
    transforms: tuple[dict[str, object], ...] = (
        {},
        {"transform": "ytd"},
        {"options": {"frequency": "quarter"}},
        {"options": {"frequency": "year"}, "first": "2024-01", "last": "2025-12"},
        {"transform": "yoy"},
        {"transform": "yoy", "options": {"single_months": "1"}},
        {"transform": "share"},
        {"transform": "pull"},
        {"transform": "moving_avg", "options": {"window": "2"}},
        {"transform": "index", "options": {"base": "2024-01"}},
    )
    if brief:
        transforms = transforms[: 1 if len(months) == 1 else 2]
    for code in list(INDICATORS)[: 4 if brief else None]:
        for by in BREAK_DOWNS:
            for more in transforms:
                yield from facts(ask(root, code=code, by=by, **more, **always), months)
    for code in ("customs_export_value",) if brief else ("customs_export_value", "customs_import_value"):
        for dim, labels in LABELS.items():
            for label in labels[:1] if brief else labels:  # the part that is compared, chosen by a filter
                for more in transforms:
                    yield from facts(ask(root, code=code, by=(dim,), where={dim: (label,)}, **more, **always), months)
            for label in labels:
                for by in ((),) if brief else ((), *((other,) for other in LABELS if other != dim)):
                    yield from facts(ask(root, code=code, by=by, where={dim: (label,)}, **always), months)
            for pair in pairwise(labels):
                yield from facts(ask(root, code=code, where={dim: pair}, **always), months)
                yield from facts(ask(root, code=code, by=("county",), where={dim: pair}, **always), months)
        for county in LABELS["county"]:
            for by in ((), ("country",), ("hs2",), ("mode",)):
                for more in transforms[:3]:
                    yield from facts(ask(root, code=code, region=county, by=by, **more, **always), months)


def facts(found: FigureTable | None, months: Sequence[int]) -> Iterator[tuple[FigureTable, Fact]]:
    """The facts in an answer: every level, base and whole that is there."""
    if found is None:
        return
    request = found.request
    flows, takes = INDICATORS[request.code]
    for row in rows(found):
        period, span = int(row["period"]), int(row["span"])
        own = [month for month in months if 0 <= index(period) - index(month) < span]
        chosen: dict[str, tuple[str, ...]] = {**takes}
        if request.region != "990100":
            chosen["county"] = (request.region,)
        whole = dict(chosen)
        for name, values in request.where.items():
            chosen[name] = tuple(one for one in chosen.get(name, values) if one in values)
            if request.transform not in ("share", "pull") or name not in request.by:
                whole[name] = chosen[name]
        picked = flows
        for name in request.by:
            label = str(row[name])
            if name == "flow":
                picked = (label,)
            else:
                dim = "county" if name == "region" else name
                chosen[dim] = tuple(one for one in chosen.get(dim, (label,)) if one == label)
        if request.transform == "moving_avg":
            window = int(request.option("window"))
            own = [month for month in months if 0 <= index(period) - index(month) < window]
        before = [month for month in months if any(index(one) - index(month) == 12 for one in own)]
        if row["level"] is not None and request.transform != "moving_avg":
            yield found, fact(picked, own, chosen, row["level"])
        if request.transform == "moving_avg" and row["value"] is not None:
            yield found, fact(picked, own, chosen, row["value"] * window)
        if request.transform in ("yoy",) and row["base"] is not None:
            yield found, fact(picked, before, chosen, row["base"])
        if request.transform == "share" and row["whole"] is not None:
            yield found, fact(flows, own, whole, row["whole"])


def rows(found: FigureTable) -> Iterator[Mapping[str, object]]:
    """The rows with their period as it stands in the columns."""
    lists = {name: column.tolist() for name, column in found.columns.items()}
    for values in zip(*lists.values(), strict=True):
        yield dict(zip(lists, values, strict=True))


def fact(flows: Sequence[str], months: Sequence[int], chosen: Mapping[str, Sequence[str]], value: object) -> Fact:
    return Fact(tuple(flows), tuple(months), tuple(sorted((k, tuple(v)) for k, v in chosen.items())), float(str(value)))


def index(month: int) -> int:
    return month // 100 * 12 + month % 100

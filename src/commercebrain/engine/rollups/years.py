"""What is kept by year and for the last twenty-four months: exposure, firms by product, concentration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from commercebrain.engine.rollups.firms import add_firm_totals, order_by, pass_firms
from commercebrain.engine.rollups.months import narrow, workspace
from commercebrain.engine.rollups.shape import CONCENTRATIONS
from commercebrain.engine.working.columns import Array, Columns
from commercebrain.engine.working.dictionaries import Dictionaries

_COLUMNS: dict[str, Any] = {
    "uscc": np.uint32,
    "hs10": np.uint32,
    "country": np.uint16,
    "flow": np.uint8,
    "county": np.uint16,
    "value_cny": np.int64,
    "value_usd": np.int64,
    "count": np.uint32,
}
#: The columns that exposure of the last months needs.
_FEWER = ("uscc", "hs10", "country", "flow", "value_cny")


def _together(
    months: Sequence[tuple[Columns, Columns]], columns: Sequence[str]
) -> tuple[dict[str, Array], Array, Array]:
    """The grain of several months one after the other, with where each begins and ends."""
    lengths = [lines.shape("uscc")[0] for lines, _ in months]
    ends = np.cumsum(lengths, dtype=np.int64)
    begins = ends - np.array(lengths, np.int64)
    space, total = workspace(), int(ends[-1])
    held = {
        name: space.take(f"all {name}", total if name in columns else 0, np.dtype(_COLUMNS[name])) for name in _COLUMNS
    }
    for (lines, rollup), begin, end in zip(months, begins, ends, strict=True):
        for name in columns:
            if name.startswith("value"):
                rollup.read(f"grain.{name}", held[name][begin:end])
            else:
                lines.read(name, held[name][begin:end])
    return held, begins, ends


def firm_bases(
    months: Sequence[tuple[Columns, Columns]], second: Sequence[bool], dictionaries: Dictionaries, *, full: bool
) -> dict[str, Array]:
    """The arrays of a year's file (``full``) or of the file of the last months.

    ``months`` are the files of lines and roll-ups; months marked ``second`` go to the second sum of exposure (not
    ``full``). Exposure rows are sorted by product and country, ``exposure.starts`` says where each product's begin.
    """
    held, begins, ends = _together(months, tuple(_COLUMNS) if full else _FEWER)
    sizes = {**dictionaries.sizes(), "hs2": len(dictionaries.of("hs2")), "total": 1}
    flows = sizes["flow"]
    total = len(held["uscc"])
    room = total if full else 0
    space = workspace()
    exposure = {
        name: space.take(f"exposure {name}", total, np.dtype(_COLUMNS[name]))
        for name in ("uscc", "hs10", "country", "flow")
    }
    sums = space.take("exposure sums", total * 3, np.dtype(np.int64)).reshape(-1, 3)
    products: dict[str, Array] = {
        "uscc": np.empty(room, np.uint32),
        "hs2": np.empty(room, np.uint16),
        "flow": np.empty(room, np.uint8),
        **{name: np.empty(room, np.int64) for name in ("value_cny", "value_usd", "lines")},
    }
    spread = {
        name: [np.zeros((flows, sizes[name]), kind) for kind in (np.int64, np.int64, np.uint64, np.uint64)]
        for name in CONCENTRATIONS
    }
    rows_e, rows_p = pass_firms(
        *held.values(),
        begins,
        ends,
        np.array(second, np.bool_),
        dictionaries.mapping("hs2"),
        np.array([flows, sizes["county"], sizes["country"], sizes["hs2"]], np.int64),
        full,
        *exposure.values(),
        sums,
        *products.values(),
        *(array for name in CONCENTRATIONS for array in spread[name]),
    )
    order = order_by(exposure["hs10"][:rows_e], exposure["country"][:rows_e], sizes["hs10"], sizes["country"])
    out: dict[str, Array] = {f"exposure.{name}": values[:rows_e][order] for name, values in exposure.items()}
    for place, name in enumerate(("value_cny", "value_usd") if full else ("current", "before")):
        out[f"exposure.{name}"] = narrow(sums[:rows_e, place][order])
    per_product = np.bincount(exposure["hs10"][:rows_e], minlength=sizes["hs10"])
    out["exposure.starts"] = np.concatenate([[0], np.cumsum(per_product)]).astype(np.int64)
    firms = np.zeros((2, flows, sizes["uscc"]), np.int64)
    add_firm_totals(exposure["uscc"][:rows_e], exposure["flow"][:rows_e], sums[:rows_e], firms)
    out["firms.value"], out["firms.before"] = firms[0], firms[1]
    if full:
        del out["firms.before"]
        out |= {f"products.{name}": values[:rows_p].copy() for name, values in products.items()}
        for name, arrays in spread.items():
            for kind, array in zip(("firms", "value", "high", "low"), arrays, strict=True):
                out[f"concentration.{name}.{kind}"] = array
    return out

"""The pictures of an exposure, as the charts of the product take them: bars by county, a tree-map by product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.lists.exposure.sums import Sums

#: Products of a chapter that the tree-map names; the others are in the table.
PRODUCTS = 8


def bars(sums: Sums, names: Mapping[str, str]) -> dict[str, Any] | None:
    """Bars by county; none where fewer than two may be told."""
    told = [one for one in sums.by["county"] if one.value is not None and one.code]
    if len(told) < 2:
        return None
    unit, scale = _unit(sums)
    return {
        "unit": unit,
        "name": unit,
        "labels": [names.get(one.code, one.code) for one in told],
        "values": [round((one.value or 0) / scale, 1) for one in told],
    }


def tree(sums: Sums, chapters: Mapping[str, str], products: Mapping[str, str]) -> dict[str, Any] | None:
    """The exposed value by chapter and subheading; none where nothing may be told."""
    unit, scale = _unit(sums)
    below: dict[str, list[dict[str, Any]]] = {}
    for one in sums.by["hs6"]:
        if one.value is not None and len(below.setdefault(one.code[:2], [])) < PRODUCTS:
            name = f"{one.code} {products.get(one.code, '')}".strip()
            below[one.code[:2]].append({"name": name, "value": round(one.value / scale, 1)})
    branches = [
        {"name": f"{one.code} {chapters.get(one.code, '')}".strip(), "children": below[one.code]}
        for one in sums.by["hs2"]
        if below.get(one.code)
    ]
    return {"unit": unit, "tree": branches} if branches else None


def _unit(sums: Sums) -> tuple[str, int]:
    """What a picture counts in, in the reader's language, and how much money that is."""
    if reader.chinese():
        return f"万{sums.base.unit}", 10_000
    return f"million {unit_words(sums.base.unit)}", 1_000_000

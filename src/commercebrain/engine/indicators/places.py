"""Which places lie directly below a place, by the declared regions."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import lru_cache
from importlib.resources import files


def children(region: str, day: date) -> tuple[str, ...]:
    """The codes of the regions directly below ``region`` on ``day``, in order; () for a county."""
    return tuple(
        code
        for code, first, last in _below().get(region, ())
        if (not first or first <= day) and (not last or last >= day)
    )


@lru_cache(maxsize=1)
def names_of_places() -> dict[str, str]:
    """Code → its names, "宁波市|Ningbo", of every declared region of whatever time."""
    return {row["code"]: f"{row['name_zh']}|{row['name_en']}" for row in _rows()}


def _rows() -> list[dict[str, str]]:
    text = (files("commercebrain.catalogue") / "codes" / "regions.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@lru_cache(maxsize=1)
def _below() -> dict[str, tuple[tuple[str, date | None, date | None], ...]]:
    found: dict[str, list[tuple[str, date | None, date | None]]] = {}
    for row in _rows():
        ends = tuple(date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to"))
        found.setdefault(row["parent"], []).append((row["code"], ends[0], ends[1]))
    return {parent: tuple(sorted(rows, key=lambda row: row[0])) for parent, rows in found.items()}

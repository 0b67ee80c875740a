"""Which unit of a register a plan means by a short name: 市商务局 in a plan of 绍兴市 is 绍兴市商务局."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import commercebrain.catalogue
from commercebrain.engine.yaml_text import read_yaml

FILE = Path(next(iter(commercebrain.catalogue.__path__))) / "unit_names.yaml"
_BRACKETS = re.compile(r"\([^()]*\)|[△▲★☆*※#◆]")


@cache
def _words() -> dict[str, Any]:
    data: dict[str, Any] = read_yaml(FILE.read_text(encoding="utf-8"))
    return data


def _plain(name: str) -> str:
    """Without blanks, marks of the lead, and brackets."""
    return _BRACKETS.sub("", "".join(unicodedata.normalize("NFKC", name).split()))


def spellings(name: str) -> frozenset[str]:
    """The office of ``name`` in every way it is written: the name itself and those that share its office."""
    plain = _plain(name)
    ways = {plain}
    for office in _words()["offices"]:
        for ending in sorted([office["name"], *office["also"]], key=len, reverse=True):
            if plain.endswith(ending):
                stem = plain.removesuffix(ending)
                ways |= {stem + other for other in [office["name"], *office["also"]]}
                break
    return frozenset(ways)


def _full(name: str, place: str, level: str) -> Iterator[str]:
    """``name`` as it stands, then with the plan's place before it."""
    plain = _plain(name)
    yield plain
    for prefix in _words()["prefixes"].get(level, ()):
        if plain.startswith(prefix):
            yield place + plain.removeprefix(prefix)
            yield place + plain  # 绍兴市 + 市场监管局, whose 市 is no prefix
    if not plain.startswith(place):
        yield place + plain


def match_unit(name: str, place: str, level: str, known: Iterable[str]) -> str | None:
    """The one of the ``known`` unit names that a plan of ``place`` (``level`` province, city, county) means.

    None where none fits or more than one does: a person then decides.
    """
    by_spelling: dict[str, set[str]] = {}
    for full in known:
        for way in spellings(full):
            by_spelling.setdefault(way, set()).add(full)
    for wanted in _full(name, place, level):
        found = by_spelling.get(wanted, set())
        if wanted in found:
            return wanted
        if len(found) == 1:
            return next(iter(found))
    return None

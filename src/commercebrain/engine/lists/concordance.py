"""Concordances: which six-digit codes of one HS edition became which of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

Way = tuple[str, str]


@dataclass(frozen=True)
class Concordance:
    """Correspondence tables between HS editions at six digits.

    ``tables``: (edition, edition) → code → the codes that it went to. A code that a table does not name kept its number.
    """

    tables: Mapping[Way, Mapping[str, tuple[str, ...]]]
    _told: dict[tuple[str, str, str], tuple[str, ...] | None] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, links: Iterable[tuple[str, str, str, str]]) -> Concordance:
        """From links (edition, edition, code, code); each is read both ways. Codes longer than six digits are cut."""
        found: dict[Way, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        for one, other, here, there in links:
            found[one, other][here[:6]][there[:6]] = None
            found[other, one][there[:6]][here[:6]] = None
        return cls({way: {x: tuple(y) for x, y in told.items()} for way, told in found.items()})

    def way(self, start: str, end: str) -> tuple[Way, ...] | None:
        """The tables to go through, in order; None where they do not lead there."""
        paths: list[tuple[str, ...]] = [(start,)]
        seen = {start}
        while paths:
            path = paths.pop(0)
            if path[-1] == end:
                return tuple(pairwise(path))
            for one, other in sorted(self.tables):
                if one == path[-1] and other not in seen:
                    seen.add(other)
                    paths.append((*path, other))
        return None

    def to(self, digits: str, start: str, end: str) -> tuple[str, ...] | None:
        """What ``digits`` (two to six) of edition ``start`` are in ``end``; None where no table leads there.

        A chapter or heading is itself and, beside, whatever its codes became elsewhere.
        """
        asked = (digits, start, end)
        if asked not in self._told:
            self._told[asked] = self._to(digits, start, end)
        return self._told[asked]

    def _to(self, digits: str, start: str, end: str) -> tuple[str, ...] | None:
        way = self.way(start, end)
        if way is None:
            return None
        here = {digits}
        for step in way:
            table, moved = self.tables[step], self._moved[step]
            there: set[str] = set()
            for code in here:
                there |= set(table.get(code, (code,))) if len(code) == 6 else {code} | moved.get(code, set())
            here = there
        return tuple(sorted(here))

    @cached_property
    def _moved(self) -> dict[Way, dict[str, set[str]]]:
        """By table: chapter or heading → the codes that some of its own became outside of it."""
        found: dict[Way, dict[str, set[str]]] = {}
        for way, table in self.tables.items():
            left: dict[str, set[str]] = defaultdict(set)
            for old, news in table.items():
                for prefix in (old[:2], old[:4]):
                    left[prefix] |= {new for new in news if not new.startswith(prefix)}
            found[way] = dict(left)
        return found

"""Concordances: which six-digit codes of one HS edition became which of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Concordance:
    """Correspondence tables between HS editions at six digits.

    ``tables``: (edition, edition) → code → the codes that it went to. A code that a table does not name kept its number.
    """

    tables: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]

    @classmethod
    def of(cls, links: Iterable[tuple[str, str, str, str]]) -> Concordance:
        """From links (edition, edition, code, code); each is read both ways. Codes longer than six digits are cut."""
        found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for one, other, here, there in links:
            a, b = here[:6], there[:6]
            for way, x, y in (((one, other), a, b), ((other, one), b, a)):
                if y not in found[way][x]:
                    found[way][x].append(y)
        return cls({way: {x: tuple(y) for x, y in told.items()} for way, told in found.items()})

    def way(self, start: str, end: str) -> tuple[tuple[str, str], ...] | None:
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
        way = self.way(start, end)
        if way is None:
            return None
        here = {digits}
        for table in (self.tables[one] for one in way):
            there: set[str] = set()
            for code in here:
                if len(code) == 6:
                    there |= set(table.get(code, (code,)))
                else:
                    moved = {new for old, news in table.items() if old.startswith(code) for new in news}
                    there |= {code} | {new for new in moved if not new.startswith(code)}
            here = there
        return tuple(sorted(here))

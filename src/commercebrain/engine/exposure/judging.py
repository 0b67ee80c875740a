"""Which sums of an exposure would tell about a firm: by themselves, or by subtraction from what is published already.

Published are the declared tables (county, chapter, partner and the pairs of these), month by month, as far as the stored
decisions tell them. So a sum is held against the smallest declared total that contains it: what it leaves of that total must
be safe. Where it leaves nothing, the sum *is* a declared total (it is *aligned*), and where a month of that is withheld, the
sum over all months less the months that are told would be the withheld one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.disclosure.declared import Rule, Tables
from commercebrain.engine.disclosure.margins import protect_margin
from commercebrain.engine.disclosure.primary import Bools, add_up, concentration
from commercebrain.engine.disclosure.store import MonthProtection
from commercebrain.engine.exposure.result import Exposure, Hits

Array = NDArray[Any]
#: Contributions: category, firm, value.
Parts = tuple[Array, Array, Array]
_COLUMNS = {"county": "county", "hs2": "hs2", "partner": "country"}
#: By which declared totals a break-down's categories are cut, the coarsest first.
_CUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "whole": (("hs2",), ("partner",), ("hs2", "partner")),
    "hs2": (("hs2", "partner"), ("county", "hs2")),
    "partner": (("hs2", "partner"), ("county", "partner")),
    "county": (("county", "partner"), ("county", "hs2")),
}


class Decisions:
    """What the stored decisions withhold in any month of the base, by the texts of categories."""

    def __init__(self, months: Sequence[MonthProtection], flow: str, tables: Tables | None) -> None:
        self._months = [(one, [held for (_, part), held in one.of.items() if part == flow]) for one in months]
        self._tables = tables

    @property
    def whole(self) -> bool:
        """Whether a whole city is withheld in a month."""
        return any(not held.whole for _, parts in self._months for held in parts)

    def of(self, name: str) -> set[str]:
        """The withheld categories of a break-down."""
        column = _COLUMNS[name]
        return {
            month.labels[column][place]
            for month, parts in self._months
            for held in parts
            for place in np.flatnonzero(held.margins[column].hidden)
        }

    def withholds(self, one: str, other: str, pairs: Collection[tuple[str, str]]) -> bool:
        """Whether one of the ``pairs`` of categories of two break-downs is withheld in a month."""
        if self._tables is None:
            return False
        columns = (_COLUMNS[one], _COLUMNS[other])
        table = self._tables.table(columns)
        if table is None:
            return bool(self._months)
        turned = table.by != columns
        for month, parts in self._months:
            first, second = ({text: at for at, text in enumerate(month.labels[name])} for name in table.by)
            for a, b in ((y, x) if turned else (x, y) for x, y in pairs):
                if a in first and b in second and any(held.cells[table.code][first[a], second[b]] for held in parts):
                    return True
        return False


class Judge:
    """Judges the sums of one exposure by the firms that the reader does not see (those outside the ``known`` counties)."""

    def __init__(
        self, found: Exposure, beside: Sequence[Exposure], known: Collection[str], rule: Rule, decisions: Decisions
    ) -> None:
        self.found, self.beside, self.rule, self.decisions = found, beside, rule, decisions
        self.unseen = np.array([county not in known for county in found.county_of], bool)

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        return {name: list(dict.fromkeys(self._of_source(name))) for name in _COLUMNS}

    def _of_source(self, name: str) -> Sequence[str]:
        base = self.found.base
        if name == "hs2":
            return [code[:2] for code in base.products]
        return self.found.county_of if name == "county" else base.countries

    @cached_property
    def _codes(self) -> dict[str, Array]:
        """The category of each product, partner and firm."""
        found = {}
        for name in _COLUMNS:
            place = {text: at for at, text in enumerate(self._texts[name])}
            found[name] = np.array([place[text] for text in self._of_source(name)], np.int64)
        return found

    def _group(self, name: str, firm: Array, product: Array, country: Array) -> Array:
        """The category of lines."""
        if name == "whole":
            return np.zeros(len(firm), np.int64)
        return self._codes[name][{"hs2": product, "partner": country, "county": firm}[name]]

    def _taken(self, one: Exposure, name: str) -> Parts:
        hits = one.hits
        there = self.unseen[hits.firm]
        group = self._group(name, hits.firm, hits.product, hits.country)
        return group[there], hits.firm[there].astype(np.int64), hits.value[there]

    def _size(self, name: str) -> int:
        return 1 if name == "whole" else len(self._texts[name])

    def _cells(self, names: tuple[str, ...], lines: Hits | Any) -> Array:
        """The cell of one or two break-downs that each line belongs to."""
        first = self._group(names[0], lines.firm, lines.product, lines.country)
        if len(names) == 1:
            return first
        return first * self._size(names[1]) + self._group(names[1], lines.firm, lines.product, lines.country)

    def _wholes(self, name: str) -> Iterator[tuple[Parts, tuple[str, ...]]]:
        """The declared totals that contain the sums of a break-down: of the categories themselves, and of the cells that
        the list touches."""
        base, hits = self.found.base, self.found.hits
        group = self._group(name, base.firm, base.product, base.country)
        firm = base.firm.astype(np.int64)
        if name in ("county", "whole"):
            # A firm's total may hold what no line tells of (order forms).
            everyone = np.flatnonzero(self.unseen & (base.total != 0))
            at = np.zeros(len(everyone), np.int64) if name == "whole" else self._codes["county"][everyone]
            yield (at, everyone, base.total[everyone]), ()
        else:
            there = self.unseen[base.firm]
            yield (group[there], firm[there], base.value[there]), ()
        for names in _CUTS[name]:
            touched = np.isin(self._cells(names, base), np.unique(self._cells(names, hits))) & self.unseen[base.firm]
            yield (group[touched], firm[touched], base.value[touched]), names

    def _left(self, more: Parts, less: Parts, size: int) -> tuple[Bools, Bools]:
        """Of the difference by category: which would tell about a firm, and where there is none."""
        group, firm, value = (
            np.concatenate([a, -b if n == 2 else b]) for n, (a, b) in enumerate(zip(more, less, strict=True))
        )
        left = concentration(group, firm, value, size)
        return left.unsafe(self.rule), left.count == 0

    def judged(self, name: str) -> tuple[Bools, Bools]:
        """Which categories would tell about a firm, and which are aligned with something that is withheld."""
        size, taken = self._size(name), self._taken(self.found, name)
        own = concentration(*taken, size)
        bad, aligned, settled = own.unsafe(self.rule), np.zeros(size, bool), own.count == 0
        for more, names in self._wholes(name):
            unsafe, nothing = self._left(more, taken, size)
            bad |= unsafe
            for place in np.flatnonzero(nothing & ~settled):
                aligned[place] = self._is_withheld(name, int(place), names)
            settled |= nothing  # a sum of coarser totals that are told adds nothing, whatever its cells
        for other in self.beside:
            bad |= self._left(taken, self._taken(other, name), size)[0]
        if name != "whole":
            stored = self.decisions.of(name)
            bad |= np.array([text in stored for text in self._texts[name]], bool)
        return bad, aligned

    def _is_withheld(self, name: str, place: int, names: tuple[str, ...]) -> bool:
        """Whether a month withholds any of the declared totals that make up a category's sum."""
        if not names:
            return self.decisions.whole if name == "whole" else self._texts[name][place] in self.decisions.of(name)
        hits = self.found.hits
        mine = self._group(name, hits.firm, hits.product, hits.country) == place
        cells = [int(one) for one in np.unique(self._cells(names, hits)[mine])]
        if len(names) == 1:
            stored = self.decisions.of(names[0])
            return any(self._texts[names[0]][cell] in stored for cell in cells)
        (a, b), width = names, self._size(names[1])
        return self.decisions.withholds(
            a, b, {(self._texts[a][cell // width], self._texts[b][cell % width]) for cell in cells}
        )

    def whole(self) -> bool:
        """Whether the total may be told."""
        bad, aligned = self.judged("whole")
        return not self.decisions.whole and not bad.any() and not aligned.any()

    def hidden(self, name: str) -> dict[str, bool] | None:
        """Which categories are withheld; None: the whole break-down.

        Beside those that are aligned with something withheld, others are withheld that are not and are safe together:
        else the rest of the total would still be the withheld one.
        """
        must, aligned = self.judged(name)
        must |= aligned
        taken, size = self._taken(self.found, name), self._size(name)
        group, firm, value = add_up(*taken)
        own = concentration(group, firm, value, size)
        while True:
            margin = protect_margin(group, firm, value, size, self.rule, forced=must)
            if margin.open:
                return None
            noise = (margin.hidden & ~aligned)[group]
            cover = concentration(np.zeros(int(noise.sum()), np.int64), firm[noise], value[noise], 1)
            if not aligned.any() or (cover.count[0] > 0 and not cover.unsafe(self.rule)[0]):
                return dict(zip(self._texts[name], margin.hidden.tolist(), strict=True))
            left = np.flatnonzero(~margin.hidden & (own.count > 0))
            if not len(left):
                return None
            must = margin.hidden.copy()
            must[left[np.argmin(own.total[left])]] = True

    def rates_safe(self, name: str, hidden: Collection[str] = ()) -> bool:
        """Whether the duties may be told: of sums at two rates value and duty give each part, so each part must be safe.
        The categories of ``hidden`` are not told."""
        found, hits = self.found, self.found.hits
        if not found.rows:
            return True
        of_row = np.unique(np.array([row.rate or 0.0 for row in found.rows]), return_inverse=True)[1].reshape(-1)
        there = self.unseen[hits.firm]
        group = self._group(name, hits.firm, hits.product, hits.country)[there]
        width = int(of_row.max()) + 1
        parts = concentration(
            group * width + of_row[hits.row[there]], hits.firm[there], hits.value[there], self._size(name) * width
        )
        bad = (parts.unsafe(self.rule) & (parts.count > 0)).reshape(-1, width)
        mixed = (parts.count.reshape(-1, width) > 0).sum(axis=1) > 1
        shown = np.array([name == "whole" or text not in hidden for text in self._texts.get(name, [""])], bool)
        return not bool((bad.any(axis=1) & mixed & shown).any())

    def jobs_safe(self) -> bool:
        """Whether the number of employees may be told, and its difference to other versions."""
        firms, jobs = self._jobs(self.found)
        pairs = [(firms, jobs)]
        for other in self.beside:
            others, less = self._jobs(other)
            pairs.append((np.concatenate([firms, others]), np.concatenate([jobs, -less])))
        return not any(concentration(np.zeros(len(a), np.int64), a, b, 1).unsafe(self.rule).any() for a, b in pairs)

    def _jobs(self, one: Exposure) -> tuple[Array, Array]:
        if one.jobs is None:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        there = self.unseen[one.firm] & (one.jobs > 0)
        return one.firm[there], one.jobs[there]

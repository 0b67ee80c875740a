"""The same transforms written a second time, in plain Python over a dict of cells: what the queries are compared with.

Nothing here is shared with the product: periods are counted as year × 12 + month, ratios are Fractions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

Cells = Mapping[tuple[int, ...], int]  # (month, *dims) → value
Key = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    value: Fraction | float | int | None
    reason: str
    flag: str
    level: int | None
    base: int | None


def at(month: int) -> int:
    return month // 100 * 12 + month % 100 - 1


def name(index: int) -> int:
    return index // 12 * 100 + index % 12 + 1


class Twin:
    """Cells by (month, key) for ``dims``; months known; the months asked for, both inside."""

    def __init__(
        self, cells: Mapping[tuple[int, Key], int], known: Iterable[int], first: int, last: int, *, due: int, small: int
    ):
        self.cells = {(at(month), key): value for (month, key), value in cells.items()}
        self.known = {at(month) for month in known}
        self.first, self.last, self.due, self.small = at(first), at(last), at(due), small

    # -- periods

    def rows(self, code: str, *, single: bool = False) -> list[tuple[int, int, list[range]]]:
        """(period, span, stretches)."""
        joint = (
            code in ("yoy", "ytd_yoy", "mom", "comparable", "two_year_avg", "contribution", "pull", "diffusion")
            and not single
        )
        found = []
        for t in range(self.first, self.last + 1):
            own = range(t, t + 1)
            if joint and t % 12 == 0 and t + 1 <= self.last:
                continue
            if joint and t % 12 == 1:
                own = range(t - 1, t + 1)
            if code in ("ytd", "ytd_yoy"):
                own = range(t - t % 12, t + 1)
            if code == "moving_avg":
                own = range(t - 2, t + 1)  # window 3
            span = 1 if code == "moving_avg" else len(own)
            stretches = [own]
            if code in ("yoy", "ytd_yoy", "comparable", "contribution", "pull", "diffusion", "two_year_avg"):
                stretches.append(self.back(own, 12))
            if code == "two_year_avg":
                stretches.append(self.back(own, 24))
            if code == "mom":
                stretches.append(self.back(own, len(own)))
            found.append((t, span, stretches))
        return found

    @staticmethod
    def back(stretch: range, by: int) -> range:
        return range(stretch.start - by, stretch.stop - by)

    def sum(self, stretch: range, keep: object) -> int:
        return sum(v for (t, key), v in self.cells.items() if t in stretch and t in self.known and keep(key))  # type: ignore[operator]

    def count(self, stretch: range) -> int:
        return sum(t in self.known for t in stretch)

    # -- answers

    def table(
        self,
        code: str,
        outer: tuple[int, ...],
        fold: tuple[int, ...] = (),
        within: tuple[int, ...] = (),
        n: int = 2,
        *,
        single: bool = False,
    ) -> dict[tuple[int, Key], Row]:
        """Positions of the key's parts: ``outer`` broken down by, ``fold`` folded away, ``within`` the whole's."""
        rows = self.rows(code, single=single)
        read = {t for _, _, stretches in rows for s in stretches for t in s} & self.known
        keys = sorted({tuple(key[i] for i in outer) for (t, key) in self.cells if t in read}) if outer else [()]
        found = {}
        for t, span, stretches in rows:
            ranks = {}
            for key in keys:

                def mine(k: Key, key: Key = key) -> bool:
                    return all(k[i] == key[j] for j, i in enumerate(outer))

                def around(k: Key, key: Key = key) -> bool:
                    return all(k[i] == key[outer.index(i)] for i in within)

                found[name(t), key] = self.row(code, t, span, stretches, mine, around, fold, n, single)
                ranks[key] = self.sum(stretches[0], mine)
            if code == "rank":
                for key in keys:
                    row = found[name(t), key]
                    same = [k for k in keys if all(k[outer.index(i)] == key[outer.index(i)] for i in within)]
                    better = 1 + sum(ranks[k] > ranks[key] for k in same)
                    value = None if row.reason else better
                    found[name(t), key] = Row(value, row.reason, row.flag, row.level, row.base)
        return found

    def row(self, code, t, span, stretches, mine, around, fold, n, single) -> Row:  # type: ignore[no-untyped-def]
        values = [self.sum(s, mine) for s in stretches]
        counts = [(self.count(s), len(s)) for s in stretches]
        loose = code in ("level", "ytd", "share", "hhi", "crn", "rank")
        joint = (
            code in ("yoy", "ytd_yoy", "mom", "comparable", "two_year_avg", "contribution", "pull", "diffusion")
            and not single
        )
        members: dict[Key, list[int]] = {}
        if fold:
            for (u, key), v in self.cells.items():
                for i, s in enumerate(stretches):
                    if u in s and u in self.known and mine(key):
                        members.setdefault(tuple(key[j] for j in fold), [0] * len(stretches))[i] += v
        if code == "comparable":
            both = [m for m in members.values() if m[0] > 0 and m[1] > 0]
            values = [sum(m[0] for m in both), sum(m[1] for m in both)]
        wholes = [self.sum(s, around) for s in stretches]
        have, want = counts[0]
        level = values[0] if have else None
        base = values[1] if len(counts) > 1 and counts[1][0] == counts[1][1] else None
        flag = "normal"
        against = wholes[1] if code in ("contribution", "pull") else values[1] if len(values) > 1 else None
        fixed = joint and span == 1 and (t % 12 == 0 or (code == "mom" and t % 12 == 2))
        if have == 0:
            flag = "missing" if t <= self.due else "not_yet_due"
        elif have < want:
            flag = "incomplete"
        elif code != "diffusion" and against is not None and base is not None and abs(against) < self.small:
            flag = "small_base"
        elif code == "mom" and not fixed:
            flag = "raw"

        def no(reason: str) -> Row:
            return Row(None, reason, flag, level, base)

        if fixed:
            return no("jan_feb_joint")
        if have == 0 or (have < want and not loose):
            return no("month_missing" if t <= self.due else "not_yet_due")
        if any(a < b for a, b in counts[1:]):
            return no("base_missing")
        value, reason = self.compute(code, values, wholes, list(members.values()), n, want)
        return Row(None if reason else value, reason, flag, level, base)

    def compute(self, code, v, w, members, n, want) -> tuple[Fraction | float | int | None, str]:  # type: ignore[no-untyped-def]
        if code in ("level", "ytd", "rank"):
            return v[0], ""
        if code == "moving_avg":
            return Fraction(v[0], want), ""
        if code in ("yoy", "mom", "ytd_yoy", "comparable"):
            return self.growth(v[0], v[1])
        if code == "two_year_avg":
            for base in v[1:]:
                if base <= 0:
                    return None, "base_zero" if base == 0 else "base_negative"
            if v[0] < 0:
                return None, "not_positive"
            return (math.sqrt(Fraction(v[0], v[2])) - 1) * 100, ""
        if code == "share":
            if w[0] == 0:
                return None, "whole_zero"
            part = Fraction(v[0], w[0])
            return (part * 100, "") if 0 <= part <= 1 else (None, "not_inside")
        if code == "contribution":
            if abs(w[0] - w[1]) * 1000 <= abs(w[1]):
                return None, "change_near_zero"
            return Fraction(v[0] - v[1], w[0] - w[1]) * 100, ""
        if code == "pull":
            if w[1] <= 0:
                return None, "base_zero" if w[1] == 0 else "base_negative"
            return Fraction(v[0] - v[1], w[1]) * 100, ""
        if code in ("hhi", "crn"):
            parts = sorted((m[0] for m in members), reverse=True)
            total = sum(parts)
            if total <= 0:
                return None, "whole_zero"
            if parts[-1] < 0:
                return None, "not_inside"
            if code == "crn":
                return Fraction(sum(parts[:n]), total) * 100, ""
            return sum((Fraction(p, total) ** 2 for p in parts), Fraction(0)), ""
        assert code == "diffusion"
        live = [m for m in members if m[0] or m[1]]
        if not live:
            return None, "too_few"
        up, level = sum(m[0] > m[1] for m in live), sum(m[0] == m[1] for m in live)
        return Fraction(100 * up + 50 * level, len(live)), ""

    @staticmethod
    def growth(value: int, base: int) -> tuple[Fraction | None, str]:
        if base <= 0:
            return None, "base_zero" if base == 0 else "base_negative"
        return Fraction(value - base, base) * 100, ""


def close(one: object, other: object) -> bool:
    """Integers equal; ratios within 1e-12 of themselves."""
    if one is None or other is None:
        return one is other
    if isinstance(other, int):
        return one == other
    return math.isclose(float(one), float(other), rel_tol=1e-12, abs_tol=1e-12)  # type: ignore[arg-type]


def months(first: int, last: int) -> list[int]:
    return [name(t) for t in itertools.takewhile(lambda t: t <= at(last), itertools.count(at(first)))]

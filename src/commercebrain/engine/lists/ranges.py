"""Ranges of codes: the fewest codes that hold all of one."""

from __future__ import annotations

MOST = 2_000  # more than any range of codes that somebody means


def between(first: str, last: str) -> tuple[str, ...]:
    """The fewest codes of two, four, … digits that together are ``first`` to ``last`` (of one length, both included).

    "841810", "841869" → 841810 … 841869; "84180000", "84189999" → 8418. Nothing where the ends do not fit or the range
    takes more than :data:`MOST` codes.
    """
    length = len(first)
    if length != len(last) or length % 2 or last < first:
        return ()
    found: list[str] = []
    low, high = int(first), int(last) + 1
    while low < high:
        step, depth = 1, length
        while depth > 2 and low % (step * 100) == 0 and low + step * 100 <= high:
            step, depth = step * 100, depth - 2
        found.append(f"{low // step:0{depth}d}")
        low += step
        if len(found) > MOST:
            return ()
    return tuple(found)

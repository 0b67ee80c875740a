"""Sums over places that overlap: counties, and zones that lie across them, without counting anything twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True)
class Place:
    """A place with figures of its own.

    ``within`` are the codes of places whose published figures hold all of this one's; ``across`` the codes of several
    places that each hold a part of its figures, so that only all of them together hold the whole. A place whose figures
    are published beside those of the places around it names neither.
    """

    code: str
    within: frozenset[str] = field(default_factory=frozenset)
    across: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Total:
    """A sum that says what it is made of.

    ``flag``: ``normal``; ``missing`` when a place that counts has no figure (never taken for zero); ``overlap`` when a
    place lies partly within the others, so that neither adding nor leaving it out would be right. Then there is no
    value.
    """

    value: Decimal | None
    flag: Literal["normal", "missing", "overlap"]
    counted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


def total(values: Mapping[str, Decimal | None], places: Iterable[Place]) -> Total:
    """The sum of ``values`` (code → figure in one unit, none where it is missing) over ``places``.

    A place whose figures another one of ``places`` already holds is left out; one that lies across several is left out
    when all of them are summed, and makes the sum impossible when only some are. A code without a place is a
    ``KeyError``.
    """
    known = {place.code: place for place in places}
    asked = {code: known[code] for code in values}
    held: set[str] = set()
    partly: set[str] = set()
    for code, place in asked.items():
        around = _around(place, known)
        if around & set(asked) - {code}:
            held.add(code)
        elif place.across and place.across & _ground(asked, known):
            (held if place.across <= _ground(asked, known) else partly).add(code)
    if partly:
        return Total(None, "overlap", because=tuple(sorted(partly)))
    counted = tuple(sorted(set(asked) - held))
    if missing := tuple(code for code in counted if values[code] is None):
        return Total(None, "missing", counted, tuple(sorted(held)), missing)
    summed = sum((values[code] or Decimal(0) for code in counted), Decimal(0))
    return Total(summed, "normal", counted, tuple(sorted(held)))


def _around(place: Place, known: Mapping[str, Place]) -> set[str]:
    """All places that hold the figures of this one, however far up."""
    found: set[str] = set()
    edge = set(place.within)
    while edge:
        found |= edge
        edge = {up for code in edge if code in known for up in known[code].within} - found
    return found


def _ground(asked: Mapping[str, Place], known: Mapping[str, Place]) -> set[str]:
    """The places asked for and every place that one of them holds."""
    return {code for code, place in known.items() if code in asked or _around(place, known) & set(asked)}

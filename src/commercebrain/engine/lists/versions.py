"""What one version of a list has that another has not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from commercebrain.engine.catalogue.groups import Group
from commercebrain.engine.lists.nomenclature import alike, hs_edition
from commercebrain.engine.lists.rows import ProductRow


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of any other list: what tells it from the others, and everything else that it says."""

    key: Hashable
    data: Mapping[str, Any] = field(default_factory=dict, hash=False)
    valid_from: date | None = None
    valid_to: date | None = None
    number: int = 0


Row = TypeVar("Row", ProductRow, ListRow)


@dataclass(frozen=True)
class Difference(Generic[Row]):
    """Rows that came in, went out, stayed with something changed (before, after), or stayed as they were.

    For products also what came under the list anew and what no longer stands under it: a row that came in within what an
    older row covered already is *added*, but covers nothing newly. ``newly_covered`` are rows of the new version (for a
    row that excepted codes before, one row for each of them); ``no_longer`` rows of the old.
    """

    added: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()
    changed: tuple[tuple[Row, Row], ...] = ()
    unchanged: tuple[Row, ...] = ()
    newly_covered: tuple[Row, ...] = ()
    no_longer: tuple[Row, ...] = ()


def difference(
    old: Iterable[Row], new: Iterable[Row], groups: Mapping[str, Group] | None = None, on: date | None = None
) -> Difference[Row]:
    """What ``new`` has that ``old`` has not, and the other way. Lines may be numbered anew: that changes nothing.

    Rows of one code and partner that differ in dates (a rate that rises in steps) are paired in order of their first
    day. Codes of editions that are built on one HS edition mean the same. A row covers what another does only where their
    days touch: what lapsed in 2019 and comes back in 2025 is newly covered. ``groups`` (as of ``on``; today where no day
    is given) let a group of countries cover its members.
    """
    before: list[Row] = list(old)
    after: list[Row] = list(new)
    pairs, removed, added = _paired(before, after)
    was: list[Any] = [one for one in before if isinstance(one, ProductRow)]
    now: list[Any] = [one for one in after if isinstance(one, ProductRow)]
    newly: list[Any] = _beyond(was, now, groups or {}, on)
    gone: list[Any] = _beyond(now, was, groups or {}, on)
    return Difference(
        added=tuple(added),
        removed=tuple(removed),
        changed=tuple((a, b) for a, b in pairs if _content(a) != _content(b)),
        unchanged=tuple(b for a, b in pairs if _content(a) == _content(b)),
        newly_covered=tuple(newly),
        no_longer=tuple(gone),
    )


def _identity(row: ProductRow | ListRow) -> Hashable:
    if isinstance(row, ListRow):
        return row.key
    return row.digits, row.nomenclature, hs_edition(row.edition), row.partner


def _content(row: ProductRow | ListRow) -> tuple[Any, ...]:
    if isinstance(row, ListRow):
        return dict(row.data), row.valid_from, row.valid_to
    return row.rate, row.valid_from, row.valid_to, tuple(sorted(row.excludes)), row.part


def _paired(old: Sequence[Row], new: Sequence[Row]) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Rows of one identity in pairs, equal ones first, in the order of ``new``; then those left over on either side."""
    waiting: dict[Hashable, list[Row]] = defaultdict(list)
    for row in sorted(old, key=_first):
        waiting[_identity(row)].append(row)
    partner: dict[int, Row] = {}
    left: list[int] = []
    ordered = sorted(range(len(new)), key=lambda n: _first(new[n]))
    for place in ordered:
        there = waiting.get(_identity(new[place]), [])
        same = next((one for one in there if _content(one) == _content(new[place])), None)
        if same is None:
            left.append(place)
        else:
            there.remove(same)
            partner[place] = same
    for place in left:
        there = waiting.get(_identity(new[place]), [])
        if there:
            partner[place] = there.pop(0)
    pairs = [(partner[n], new[n]) for n in range(len(new)) if n in partner]
    kept = {id(one) for one in partner.values()}
    removed = [row for row in old if id(row) not in kept]
    return pairs, removed, [new[n] for n in range(len(new)) if n not in partner]


def _first(row: ProductRow | ListRow) -> date:
    return row.valid_from or date.min


def _beyond(
    old: Sequence[ProductRow], new: Sequence[ProductRow], groups: Mapping[str, Group], on: date | None
) -> list[ProductRow]:
    """Rows of ``new`` (or codes that they no longer except) that no row of ``old`` covers."""
    from dataclasses import replace

    from commercebrain.engine.clock import business_date

    by_prefix: dict[str, list[ProductRow]] = defaultdict(list)
    for row in old:
        by_prefix[row.digits].append(row)
    day = on or business_date()
    within = {code: one.at(day)[0] for code, one in groups.items()}

    def reaches(one: str, other: str) -> bool:
        """Whether trade with partner ``other`` is wholly within that with ``one``."""
        if one in ("", other):
            return True
        return one in within and (other in within[one] or (other in within and within[other] <= within[one]))

    def around(row: ProductRow, digits: str) -> list[ProductRow]:
        return [
            one
            for depth in range(2, len(digits) + 1)
            for one in by_prefix.get(digits[:depth], ())
            if reaches(one.partner, row.partner)
            and alike(one.nomenclature, one.edition, row.nomenclature, row.edition)
            and _touch(one, row)
            and (row.part or not one.part)
        ]

    found: list[ProductRow] = []
    seen: set[ProductRow] = set()
    for row in new:
        if _excepts(row, row.digits):
            continue
        holders = [one for one in around(row, row.digits) if not _excepts(one, row.digits)]
        if not holders:
            fresh = [row]
        else:  # covered before, but for what every older row excepted and this one does not
            excepted = set.intersection(*(_inside(one, row.digits) for one in holders))
            fresh = [
                replace(row, digits=digits, excludes=tuple(x for x in row.excludes if x.startswith(digits)))
                for digits in sorted(excepted)
                if not _excepts(row, digits) and not any(not _excepts(one, digits) for one in around(row, digits))
            ]
        for one in fresh:
            if one not in seen:
                seen.add(one)
                found.append(one)
    return found


def _touch(one: ProductRow, other: ProductRow) -> bool:
    """Whether no day lies between the spans in which both are in effect."""
    return all(
        a.valid_to is None or b.valid_from is None or (b.valid_from - a.valid_to).days <= 1
        for a, b in ((one, other), (other, one))
    )


def _excepts(row: ProductRow, digits: str) -> bool:
    """Whether the row excepts the whole of ``digits``."""
    return digits.startswith(row.excludes) if row.excludes else False


def _inside(row: ProductRow, digits: str) -> set[str]:
    """The codes below ``digits`` that the row excepts."""
    return {one for one in row.excludes if one.startswith(digits) and one != digits}

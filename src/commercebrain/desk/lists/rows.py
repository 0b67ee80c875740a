"""Rows of a draft: put in, changed and taken out, one or a hundred thousand at once.

Of each key a draft holds at most one row. A row that an earlier version brought in is never changed: it is marked as
taken out by the draft and a new one stands beside it; where the new one says what the old one said, the old one simply
stays. So adding and taking out again leaves no trace in the draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from commercebrain.desk.lists import queries
from commercebrain.desk.lists.actions import Refused, kind_of, locked, must_keep
from commercebrain.desk.lists.models import ListVersion, Member
from commercebrain.desk.lists.reading import COLUMNS, Known, ReadRow, read_row
from commercebrain.desk.people.models import Person
from commercebrain.desk.registers.actions import EntryRefused
from commercebrain.engine.errors import UserError

CHUNK = 2_000
BATCH = 500  # keys asked for at once: SQLite takes so many in one question


@dataclass
class Written:
    """What became of rows: how many came in new, were changed, stood there already; and which were refused and why."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[tuple[int, UserError], ...] = ()


def held_by_key(version: ListVersion, keys: Iterable[str]) -> dict[str, Member]:
    """The rows of a draft with these keys."""
    wanted = sorted(set(keys))
    rows = queries.held(Member.objects.filter(book=version.book_id), version.number)
    found: dict[str, Member] = {}
    for start in range(0, len(wanted), BATCH):
        found.update({row.key: row for row in rows.filter(key__in=wanted[start : start + BATCH]).order_by()})
    return found


def write(version: ListVersion, rows: Sequence[ReadRow]) -> Written:
    """Writes read rows into a draft that the caller has locked; of rows with one key the last counts."""
    done = Written()
    by_key = {row.key: row for row in rows}
    standing = held_by_key(version, by_key)
    replaced = _replaced(version, by_key)
    fresh, marked, gone, back = [], [], [], []
    for key, row in by_key.items():
        now, earlier = standing.get(key), replaced.get(key)
        if now is not None and row.same(now):
            done.unchanged += 1
            continue
        done.added += now is None
        done.changed += now is not None
        if now is not None and now.added == version.number:
            gone.append(now.pk)
        elif now is not None:
            marked.append(now.pk)
        if earlier is not None and row.same(earlier):
            back.append(earlier.pk)
        else:
            fresh.append(Member(book_id=version.book_id, added=version.number, **row.columns()))
    _apply(version, fresh, marked, gone, back)
    return done


def _replaced(version: ListVersion, keys: Iterable[str]) -> dict[str, Member]:
    """The rows of earlier versions that the draft takes out, by key."""
    wanted, found = sorted(set(keys)), {}
    rows = Member.objects.filter(book=version.book_id, removed=version.number).order_by()
    if not rows.exists():
        return {}
    for start in range(0, len(wanted), BATCH):
        found.update({row.key: row for row in rows.filter(key__in=wanted[start : start + BATCH])})
    return found


def _apply(
    version: ListVersion, fresh: list[Member], marked: list[int], gone: list[int], back: list[int], why: str = ""
) -> None:
    for start in range(0, len(gone), BATCH):
        Member.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    for start in range(0, len(marked), BATCH):
        Member.objects.filter(pk__in=marked[start : start + BATCH]).update(removed=version.number, exit_reason=why)
    for start in range(0, len(back), BATCH):
        Member.objects.filter(pk__in=back[start : start + BATCH]).update(removed=None, exit_reason="")
    Member.objects.bulk_create(fresh, batch_size=CHUNK)


@transaction.atomic
def put(
    version: ListVersion, person: Person | None, row: Mapping[str, object], *, member: Member | None = None,
    valid_from: Any = None, valid_to: Any = None, explanation: str = "", known: Known | None = None,
) -> Member:  # fmt: skip
    """Puts one row into a draft, or changes ``member`` to it. Raises :class:`EntryRefused` with all that is wrong."""
    must_keep(person, version.book)
    found = locked(version, ListVersion.State.DRAFT)
    kind = kind_of(found.book)
    read = read_row(
        kind, found.book, row, known or Known(), valid_from=valid_from, valid_to=valid_to, explanation=explanation
    )
    standing = held_by_key(found, [read.key]).get(read.key)
    if standing is not None and (member is None or standing.pk != member.pk):
        field, name = kind.key_fields[0], kind.field(kind.key_fields[0]).name
        raise EntryRefused([
            (field, "lists.key_taken", f"这一版里已有“{name.zh}”相同的条目“{standing.title}”，请修改那一条。",
             f"The version holds a row “{standing.title}” with the same “{name.en}” already; change that one."),
        ])  # fmt: skip
    if member is not None and member.key != read.key:
        _take_out(found, [member])
    write(found, [read])
    return held_by_key(found, [read.key])[read.key]


@transaction.atomic
def take_out(version: ListVersion, person: Person | None, members: Iterable[Member], reason: str = "") -> int:
    """Takes rows out of a draft; a row that stood on the list before needs a reason. Returns how many left."""
    must_keep(person, version.book)
    found = locked(version, ListVersion.State.DRAFT)
    rows = [row for row in members if row.book_id == found.book_id]
    reason = " ".join(reason.split())[:200]
    if not reason and any(row.added < found.number for row in rows):
        raise Refused("no_reason", "请写明退出清单的理由。", "Say why it leaves the list.", "reason")
    return _take_out(found, rows, reason)


def _twice(row: ReadRow, line: int) -> Refused:
    return Refused("twice", f"“{row.title}”与第{line}行重复。", f"“{row.title}” stands in line {line} already.")


def _take_out(version: ListVersion, rows: Sequence[Member], reason: str = "") -> int:
    gone = [row.pk for row in rows if row.added == version.number]
    marked = [row.pk for row in rows if row.added < version.number and row.removed is None]
    _apply(version, [], marked, gone, [], reason)
    return len(gone) + len(marked)


@transaction.atomic
def put_back(version: ListVersion, person: Person | None, members: Iterable[Member]) -> int:
    """Puts rows that the draft took out back in; returns how many."""
    must_keep(person, version.book)
    found = locked(version, ListVersion.State.DRAFT)
    rows = [row for row in members if row.book_id == found.book_id and row.removed == found.number]
    standing = held_by_key(found, [row.key for row in rows])
    gone = [standing[row.key].pk for row in rows if row.key in standing]
    _apply(found, [], [], gone, [row.pk for row in rows])
    return len(rows)


@transaction.atomic
def fill(
    version: ListVersion,
    person: Person | None,
    rows: Iterable[Mapping[str, object]],
    *,
    replace: bool = False,
    reason: str = "",
    known: Known | None = None,
    days: Callable[[Mapping[str, object]], tuple[Any, Any]] | None = None,
) -> Written:
    """Puts many rows into a draft at once; with ``replace`` what is not among them leaves it.

    A row that cannot be read is left out and told, by its place in ``rows``: nothing of the others is lost. ``days``
    gives the days from and until which a row holds, where it says them.
    """
    must_keep(person, version.book)
    found = locked(version, ListVersion.State.DRAFT)
    kind, known = kind_of(found.book), known or Known()
    read: list[ReadRow] = []
    refused: list[tuple[int, UserError]] = []
    given, seen = list(rows), dict[str, int]()
    firm = next((one.code for one in kind.fields if one.type == "enterprise"), "")
    if firm:
        known.remember_firms(str(row[firm]).strip().upper() for row in given if row.get(firm))
    for place, row in enumerate(given):
        first, last = days(row) if days else (None, None)
        try:
            one = read_row(kind, found.book, row, known, valid_from=first, valid_to=last)
            if one.key in seen:
                raise _twice(one, seen[one.key] + 1)
        except UserError as fault:
            refused.append((place, fault))
            continue
        seen[one.key] = place
        read.append(one)
    done = write(found, read)
    if replace:
        kept = {row.key for row in read}
        others = [
            row for row in queries.version_rows(found).only("pk", "key", "added", "removed") if row.key not in kept
        ]
        _take_out(found, others, reason or "不在新清单中 · not in the new list")
    done.refused = tuple(refused)
    return done


__all__ = ["COLUMNS", "Written", "fill", "held_by_key", "put", "put_back", "take_out", "write"]

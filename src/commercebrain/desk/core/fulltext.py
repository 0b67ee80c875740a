"""Finding rows of big registers by any fragment of a name, an old name, a code or pinyin initials.

A folder keeps the entries of its rows in step, in the same transaction as the rows themselves::

    fulltext.index("registry.enterprise", [(firm.pk, [firm.name_zh, *fulltext.spelled(firm.name_zh), firm.uscc])])
    fulltext.remove("registry.enterprise", [firm.pk])
    fulltext.matching(Enterprise.objects.visible_to(person), "宁波 纺织")

Chinese has no spaces, so words are cut into overlapping pieces: two characters where at least one is Chinese, three
where all are Latin letters or digits. A fragment is looked up by its pieces in an index (FTS5 on SQLite, GIN on
PostgreSQL, no extension needed) and then compared with the text itself, so a hit is never a coincidence of pieces.
The decision and its figures: ``docs/decisions/0007-finding-by-fragments.md``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connections, transaction
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from commercebrain.desk.core.inserts import insert
from commercebrain.desk.core.models.fulltext import SearchEntry
from commercebrain.desk.core.prepared import removing
from commercebrain.desk.core.search import initials

MOST = 100  # characters of a question that count
FEW = 1_000  # up to so many hits are named one by one; more are tested while the list is read in its order
BATCH = 1_000


def normal(text: str) -> str:
    """Letters and digits alone, full-width ones as half-width, lower case: 宁波（保税区）Ａ → 宁波保税区a."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def fragments(text: str) -> list[str]:
    """The pieces of a question that must all occur, in their normal form."""
    return list(dict.fromkeys(part for part in map(normal, text[:MOST].split()) if part))


def grams(word: str) -> set[str]:
    """The pieces that a normalised word is indexed by and looked up by; a word that is too short has none."""
    pairs = {word[n : n + 2] for n in range(len(word) - 1)}
    triples = {word[n : n + 3] for n in range(len(word) - 2)}
    return {pair for pair in pairs if not pair.isascii()} | {triple for triple in triples if triple.isascii()}


def spelled(name: str) -> list[str]:
    """The pinyin initials of a Chinese name, to be indexed beside it; nothing for a name without Chinese."""
    return [] if name.isascii() else [initials(name)]


def _entry(subject_type: str, pk: int, texts: Iterable[str]) -> SearchEntry | None:
    words = list(dict.fromkeys(word for word in (normal(text) for text in texts if text) if word))
    if not words:
        return None
    pieces = sorted(set().union(*(grams(word) for word in words)))
    lines = "\n".join(["", *words, ""])
    return SearchEntry(subject_type=subject_type, subject_id=pk, text=lines, grams=" ".join(pieces))


def index(subject_type: str, rows: Iterable[tuple[int, Iterable[str]]], *, new: bool = False) -> int:
    """Writes what each row ``(pk, texts)`` is found by, replacing what was there; returns how many were written.

    ``subject_type`` is the model's label in lower case. A row whose texts are all empty can no longer be found. With
    ``new`` the rows have just been made, so there is nothing to replace.
    """
    source, written = iter(rows), 0
    while batch := list(islice(source, BATCH)):
        made = {pk: _entry(subject_type, pk, texts) for pk, texts in batch}
        entries = [entry for entry in made.values() if entry is not None]
        # A fault undoes the rows themselves as well, so no savepoint is needed.
        with transaction.atomic(savepoint=False):
            if not new:
                remove(subject_type, list(made))
            if len(entries) == 1:
                insert(entries[0])
            else:
                SearchEntry.objects.bulk_create(entries)
        written += len(entries)
    return written


def remove(subject_type: str, ids: Sequence[int] | None = None) -> None:
    """Forgets the rows ``ids``, or all of this type."""
    rows = SearchEntry.objects.filter(subject_type=subject_type)
    if ids is None:
        rows.delete()
        return
    for first in range(0, len(ids), BATCH):
        some = ids[first : first + BATCH]
        if len(some) == 1:
            _remove_one(subject_type, some[0])
        else:
            rows.filter(subject_id__in=some).delete()


@removing
def _remove_one(subject_type: str, pk: int) -> QuerySet[SearchEntry]:
    return SearchEntry.objects.filter(subject_type=subject_type, subject_id=pk)


def _containing(rows: QuerySet[SearchEntry], wanted: Sequence[str]) -> QuerySet[SearchEntry]:
    """The entries whose text holds every fragment."""
    for part in wanted:
        rows = rows.filter(text__contains=part)
    return rows


def _first(rows: QuerySet[SearchEntry], subject_type: str, wanted: Sequence[str]) -> list[int]:
    """Ids of subjects that hold every fragment, at most one more than ``FEW``."""
    pieces = sorted(set().union(*(grams(part) for part in wanted)))
    connection = connections[rows.db]
    if pieces and connection.vendor == "sqlite":
        # CROSS JOIN is how SQLite is told to begin in the index.
        held = " AND instr(entry.text, %s) > 0" * len(wanted)
        command = f"""SELECT entry.subject_id
            FROM core_searchgrams CROSS JOIN core_searchentry AS entry ON entry.id = core_searchgrams.rowid
            WHERE core_searchgrams MATCH %s AND entry.subject_type = %s {held} LIMIT %s"""  # noqa: S608 - no value in it
        asked = " AND ".join(f'"{piece}"' for piece in pieces)
        with connection.cursor() as cursor:
            cursor.execute(command, [asked, subject_type, *wanted, FEW + 1])
            return [row[0] for row in cursor.fetchall()]
    if pieces:
        # The condition is written as the index is, or PostgreSQL does not see that it serves.
        rows = rows.filter(
            RawSQL("(string_to_array(core_searchentry.grams, ' ') @> %s::text[])", (pieces,), BooleanField())
        )
    return list(_containing(rows, wanted).values_list("subject_id", flat=True)[: FEW + 1])


def matching(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """The rows of the query set that ``text`` finds: every part of it, divided by spaces, must occur somewhere.

    Scope, filters and order of ``rows`` stay as they are. An empty text finds everything, one without any letter or
    digit nothing.
    """
    if not text.strip():
        return rows
    wanted = fragments(text)
    if not wanted:
        return rows.none()
    subject_type = rows.model._meta.label_lower
    entries = SearchEntry.objects.using(rows.db).filter(subject_type=subject_type)
    few = _first(entries, subject_type, wanted)
    if len(few) <= FEW:
        return rows.filter(pk__in=few)
    # Many hits: going through the rows in their order meets the first page of them soon.
    return rows.filter(Q(Exists(_containing(entries.filter(subject_id=OuterRef("pk")), wanted))))

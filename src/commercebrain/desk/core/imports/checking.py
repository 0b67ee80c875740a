"""Rows of a file against the register: new, changed, unchanged, or refused with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction

from commercebrain.desk.core.imports.declaring import Found, ImportColumn, Importer, Key, Values
from commercebrain.desk.core.imports.reading import Line, Opened
from commercebrain.desk.core.jobs import JobContext
from commercebrain.desk.core.memo import remembering
from commercebrain.desk.core.models import ImportRow, ImportRun
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, Say, is_blank, plain, shown

CHUNK = 1000  # rows compared, and written, at once
CLEAR = {"清空", "(清空)", "<clear>"}
State = ImportRow.State


def check_rows(
    run: ImportRun, importer: Importer, opened: Opened, person: Person, context: JobContext | None = None
) -> None:
    """Compares every row and keeps the outcome; a second check begins anew. Each chunk is one short transaction."""
    ImportRow.objects.filter(run=run).delete()
    headings, mapping = opened.first.headings, run.mapping
    columns = [(n, importer.by_key[key]) for n, key in enumerate(mapping) if key in importer.by_key]
    named = {column.key: headings[n] for n, column in columns}
    counts = dict.fromkeys(("new", "changed", "unchanged", "refused"), 0)
    seen: dict[Key, int] = {}
    lines, total = opened.lines(), opened.height
    done = 0
    while chunk := list(islice(lines, CHUNK)):
        with remembering():
            rows = list(_compare(run, importer, chunk, columns, named, seen, person))
        with transaction.atomic():
            ImportRow.objects.bulk_create(row for row in rows if row is not None)
        for row in rows:
            counts["unchanged" if row is None else row.state] += 1
        done += len(chunk)
        if context is not None:
            context.progress(done, max(total, done), f"已比对 {done} 行", f"{done} rows compared")
    run.counts = {**counts, "skipped_lines": opened.skipped[:50], "unread": opened.unread}


def _compare(
    run: ImportRun,
    importer: Importer,
    chunk: Sequence[Line],
    columns: Sequence[tuple[int, ImportColumn]],
    named: dict[str, str],
    seen: dict[Key, int],
    person: Person,
) -> Iterator[ImportRow | None]:
    """The outcome of each row of a chunk, in order; none for one that changes nothing."""
    parsed = [_parse(run, importer, line, columns, named) for line in chunk]
    keys = {key for row, _values, key in parsed if row.state != State.REFUSED}
    found = importer.existing(keys, person)
    for row, values, key in parsed:
        if row.state == State.REFUSED:
            yield row
        elif key in seen:
            first = seen[key]
            yield _refuse(
                row, named.get(importer.key[0], ""), row.key,
                Say(f"与第 {first} 行重复", f"stands in row {first} already"),
            )  # fmt: skip
        else:
            seen[key] = row.row
            yield _judge(row, importer, values, found.get(key), named, person)


def _parse(
    run: ImportRun, importer: Importer, line: Line, columns: Sequence[tuple[int, ImportColumn]], named: dict[str, str]
) -> tuple[ImportRow, Values, Key]:
    """The row with its values, its key; refused at the first cell that cannot be read."""
    row = ImportRow(run=run, sheet=line.sheet, row=line.row, state=State.NEW)
    values: Values = {}
    for place, column in columns:
        raw = line.cells[place] if place < len(line.cells) else None
        if is_blank(raw):
            continue
        said = None if shown(raw) and plain(shown(raw)).lower() in CLEAR else column.parse(raw)
        if isinstance(said, Say):
            row.values = _cells(line, columns)
            return _refuse(row, named[column.key], raw, said), {}, ()
        values[column.key] = said
    row.values = values
    for part in importer.key:
        if values.get(part) in (None, "") and part not in importer.blank_key:
            row.values = _cells(line, columns)
            label = importer.by_key[part]
            why = Say(f"没有填写“{label.zh}”，无法确定是哪一条", f"has no “{label.en}”, which tells which one is meant")
            return _refuse(row, named.get(part, label.zh), "", why), {}, ()
    key = tuple(values.get(part) for part in importer.key)
    row.keys = list(key)
    row.key = " · ".join(str(part) for part in key if part not in (None, ""))[:200]
    row.name = row.key
    return row, values, key


def _cells(line: Line, columns: Sequence[tuple[int, ImportColumn]]) -> dict[str, str]:
    """The cells as a person sees them, for the file of refused rows."""
    return {c.key: shown(line.cells[n]) for n, c in columns if n < len(line.cells) and not is_blank(line.cells[n])}


def _judge(
    row: ImportRow, importer: Importer, values: Values, found: Found | None, named: dict[str, str], person: Person
) -> ImportRow | None:
    if found is None:
        if not importer.can_add:
            why = Say("登记册中没有这一条，本导入只更新已有的", "is not in the register; this import only updates rows")
            return _refuse(row, named.get(importer.key[0], ""), row.key, why)
        for column in importer.columns:
            if column.required and values.get(column.key) in (None, ""):
                why = Say(f"新增时必须填写“{column.zh}”", f"is new, so “{column.en}” must be filled in")
                return _refuse(row, named.get(column.key, column.zh), "", why)
        values = {column.key: values.get(column.key) for column in importer.columns}
    else:
        values = {key: value for key, value in values.items() if found.values.get(key) != value}
        emptied = next((c for c in importer.columns if c.required and c.key in values and values[c.key] is None), None)
        if emptied is not None:
            why = Say(f"“{emptied.zh}”是必填项，不能清空", f"empties “{emptied.en}”, which must not be empty")
            return _refuse(row, named.get(emptied.key, emptied.zh), "", why)
        if not values:
            return None
    try:
        importer.check(values if found is None else {**found.values, **values}, found, person)
    except UserError as fault:
        column = getattr(fault, "field", "") or importer.key[0]
        return _refuse(row, named.get(column, ""), row.values.get(column, ""), fault)
    row.values = values
    if found is not None:
        row.state, row.object_id, row.seen = State.CHANGED, str(found.id), found.version
        row.name = (found.name or row.key)[:200]
        row.before = {key: found.values.get(key) for key in values}
    return row


def _refuse(row: ImportRow, column: str, value: Raw | Any, why: Say | UserError) -> ImportRow:
    """Marks the row as refused, with the place and the reason."""
    text = shown(value) if not isinstance(value, (list, dict)) else str(value)
    row.state, row.column, row.value = State.REFUSED, column[:120], text[:200]
    row.why_zh, row.why_en = why.zh[:500], why.en[:500]
    return row

"""Months of which a part still waits in quarantine: what came in of them is not all that was sent."""

from __future__ import annotations

import json
from datetime import date

from commercebrain.engine.lake.cells import Say
from commercebrain.engine.lake.records.codes import Codebook
from commercebrain.engine.lake.records.table import RecordTable


def waiting_lines(table: RecordTable, day: date) -> dict[int, int]:
    """Month → lines of the versions in force on ``day`` that waited for a correction then.

    A line whose month cannot be read counts for every month of its file. What a later file restates as a whole waits no
    longer, and neither does what a correction took up.
    """
    batches = [row for row in table.store.batches(dataset=table.dataset.code) if row["taken_in"] <= day]
    asked = sorted(row["batch"] for row in batches if row["quarantined"])
    if not asked:
        return {}
    parent = {row["batch"]: row["parent"] for row in batches}

    def first(batch: str) -> str:
        """The intake whose corrections led to a batch."""
        while parent.get(batch):
            batch = parent[batch]
        return batch

    months: dict[str, set[int]] = {}
    for version in table.months(day):
        months.setdefault(first(version.batch), set()).add(version.month)
    settled = {(row["parent"], record) for row in batches for record in json.loads(row["resolved"])}
    book, read = Codebook(table.dataset, {}), dict[str, int | None]()
    found: dict[int, int] = {}
    rows = table.store.query(
        "quarantine",
        "list_contains(?, batch)",
        [asked],
        what=f"DISTINCT batch, record, coalesce(cells ->> '$.{table.dataset.period}', '') AS period",
    )
    for row in rows:
        there = months.get(first(row["batch"]), set())
        if not there or (row["batch"], row["record"]) in settled:
            continue
        text = row["period"]
        if text not in read:
            read[text] = _month(book, table.dataset.period, text)
        month = read[text]
        for one in there if month is None else there & {month}:
            found[one] = found.get(one, 0) + 1
    return found


def _month(book: Codebook, field: str, text: str) -> int | None:
    """The month as yyyymm; None where none can be read."""
    value = book.read(field, text) if text.strip() else None
    if value is None or isinstance(value, Say):
        return None
    digits = str(value).replace("-", "")[:6]
    return int(digits) if len(digits) == 6 and digits.isdigit() else None

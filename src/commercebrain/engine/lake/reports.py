"""What an intake tells: its report, the batches of the lake, and the rows in quarantine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

#: Called with rows done and rows in all while an intake runs.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SheetReport:
    """How one sheet was read.

    ``layout`` is "long", "wide" or "" (not read; ``reason_zh`` and ``reason_en`` say why). ``header_rows`` as
    Excel counts.
    ``skipped`` names every line told to be a title, a note or a repeated heading, and every column left out.
    ``blank_cells`` counts cells of a wide sheet in which nothing stands. ``assumed`` are fields that the
    sheet does not give and that were filled in ("grade=C"). ``replaced`` names the months of records whose earlier
    lines this sheet takes the place of ("202401: 1234 (2024-02-18, 海关)").
    """

    name: str
    layout: str
    header_rows: tuple[int, int] | None = None
    read: int = 0
    skipped: tuple[str, ...] = ()
    blank_cells: int = 0
    assumed: tuple[str, ...] = ()
    reason_zh: str = ""
    reason_en: str = ""
    replaced: tuple[str, ...] = ()

    @classmethod
    def all_of(cls, text: str) -> tuple[SheetReport, ...]:
        """The reports that the row of ``batches`` keeps as JSON."""
        told = []
        for sheet in json.loads(text):
            lists = {n: tuple(sheet.get(n, ())) for n in ("skipped", "assumed", "replaced")}
            rows = sheet["header_rows"]
            told.append(cls(**{**sheet, **lists, "header_rows": None if rows is None else (rows[0], rows[1])}))
        return tuple(told)


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """The outcome of one intake; ``read == accepted + unchanged + quarantined``, in records.

    ``already``: this file (or these corrections) had been taken in before and nothing was written; the
    counts are those of that time. ``unchanged``: records that the lake held already, from another file.
    """

    batch: str
    file: str
    read: int
    accepted: int
    unchanged: int
    quarantined: int
    already: bool
    sheets: tuple[SheetReport, ...]

    def say(self, language: str = "zh") -> str:
        """The report in one sentence."""
        if language.startswith("zh"):
            if self.already:
                return f"“{self.file}”以前已经导入过，没有写入任何数据。"
            return (
                f"“{self.file}”：读到 {self.read} 条，入库 {self.accepted} 条，已有且相同 {self.unchanged} "
                f"条，"
                f"隔离待更正 {self.quarantined} 条。"
            )
        if self.already:
            return f"“{self.file}” had been taken in before; nothing was written."
        return (
            f"“{self.file}”: {self.read} records read, {self.accepted} taken in, {self.unchanged} already "
            f"known, "
            f"{self.quarantined} in quarantine."
        )


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """One fault of one record: where it stands in the file, what stood there, and why it was not taken.

    ``row`` and ``column`` are as Excel shows them; ``record`` groups the faults of one record; ``cells``
    holds the whole record so that a correction can be read again.
    """

    batch: str
    id: str
    record: str
    file: str
    sheet: str
    row: int
    field: str
    column: str
    value: str
    reason_zh: str
    reason_en: str
    cells: str

    def say(self, language: str = "zh") -> str:
        """The fault as a sentence: where, what, why."""
        value = f"“{self.value}”" if self.value else ""
        if language.startswith("zh"):
            sheet = f"工作表“{self.sheet}”" if self.sheet else ""
            column = f" {self.column} 列" if self.column else ""
            return f"“{self.file}”{sheet}第 {self.row} 行{column}{value}：{self.reason_zh.rstrip('。')}。"
        sheet = f", sheet “{self.sheet}”" if self.sheet else ""
        column = f", column {self.column}" if self.column else ""
        return f"“{self.file}”{sheet}, row {self.row}{column} {value}: {self.reason_en.rstrip('.')}."


@dataclass(frozen=True, slots=True)
class Batch:
    """One committed intake. ``parent`` is the batch that it corrects, or empty; ``number`` counts batches
    from 1."""

    batch: str
    parent: str
    number: int
    dataset: str
    file: str
    sha256: str
    read: int
    accepted: int
    unchanged: int
    quarantined: int
    taken_in: date
    by: str

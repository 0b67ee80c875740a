"""A file of lines comes in whole or not at all: staged, checked, written aside, committed together."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.headings import SheetMapping
from commercebrain.engine.lake.records.checking import Checked, check
from commercebrain.engine.lake.records.codes import Codebook
from commercebrain.engine.lake.records.faults import write_quarantine
from commercebrain.engine.lake.records.known import drop_known
from commercebrain.engine.lake.records.layout import FileFacts, connect
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.lake.records.staging import IN_PLACE_FROM, Staged, stage
from commercebrain.engine.lake.records.table import MonthVersion, RecordTable, StagedFile, Staging
from commercebrain.engine.lake.records.writing import write_months
from commercebrain.engine.lake.reports import IntakeReport, Progress, SheetReport
from commercebrain.engine.lake.workbook import check_file

#: What one intake may hold in memory; what is more goes to a temporary folder beside the table.
MEMORY = "2GB"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person says of a file beside its contents; together with its digest it makes the batch.

    ``published`` None: the file says nothing, it became known on the day of its intake. ``source`` is who sends it.
    """

    dataset: str
    mapping: SheetMapping
    sheet: str | None
    published: date | None
    source: str

    def text(self) -> str:
        """As the row of ``batches`` keeps it."""
        said = {
            "dataset": self.dataset,
            "sheet": self.sheet,
            "mapping": self.mapping.model_dump(mode="json"),
            "published": None if self.published is None else self.published.isoformat(),
            "source": self.source,
        }
        return json.dumps(said, sort_keys=True, ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> Settings:
        """What :meth:`text` wrote."""
        said: dict[str, Any] = json.loads(text)
        published = said["published"]
        return cls(
            said["dataset"],
            SheetMapping.model_validate(said["mapping"]),
            said["sheet"],
            None if published is None else date.fromisoformat(published),
            said["source"],
        )


def take_in(
    table: RecordTable, path: Path, *, taken_in: date, published: date | None = None, source: str = "",
    mapping: SheetMapping | None = None, defaults: Mapping[str, str] | None = None, sheet: str | None = None,
    by: str = "", progress: Progress | None = None, memory: str = MEMORY, in_place_from: int = IN_PLACE_FROM,
    places: Collection[str] | None = None,
) -> IntakeReport:  # fmt: skip
    """Take in the file at ``path`` (csv, csv.gz, parquet, xlsx): good lines in one commit, bad ones to quarantine.

    ``taken_in`` is the business date; ``published`` the day from which the lines were known (without it ``taken_in``);
    ``source`` who sends them (without it the dataset's provider). Where lines arrive by the month, the file's months
    replace what the same source had sent for them, and the earlier vintage stays. The same file with the same settings
    a second time writes nothing (``already``). ``progress`` may raise to stop: then nothing is written. With ``places``
    a file that names any other region is refused (:class:`UserError`, ``intake.places``).
    """
    dataset = table.dataset
    mapping = _merged(dataset, mapping or SheetMapping(), defaults or {})
    settings = Settings(dataset.code, mapping, sheet, published, source or dataset.provider)
    digest, seen = _digest(path)
    batch = hashlib.sha256(f"{digest}\n{settings.text()}".encode()).hexdigest()
    table.create()
    if (known := known_report(table, batch)) is not None:
        return known
    with table.staging() as staging, connect(memory=memory, temporary=staging.path / "spill") as connection:
        checked = _read(connection, path, dataset, mapping, sheet, staging, in_place_from, progress)
        if places is not None:
            _only_of(connection, checked, places)
        unchanged = drop_known(connection, checked, table) if dataset.arrives == "rows" else 0
        day = published or taken_in
        version = FileFacts(0, day, taken_in, batch, settings.source, checked.synthetic)
        replaced = _replaced(table, checked, version)
        write_to(connection, checked, staging, version, progress)
        write_quarantine_of(connection, checked, staging, batch, path.name)
        if _fingerprint(path) != seen:
            raise UserError(
                "intake.changed",
                f"文件“{path.name}”在导入时被改动了；请等它写完后再导入，没有写入任何数据。",
                f"The file “{path.name}” changed while it was read; take it in once it is complete. Nothing was written.",
            )
        assumed = [f"source={settings.source}"] * (not source) + [f"published={day}"] * (published is None)
        report = IntakeReport(
            batch=batch,
            file=path.name,
            read=checked.read,
            accepted=checked.good,
            unchanged=unchanged,
            quarantined=checked.bad,
            already=False,
            sheets=tuple(_sheets(connection, checked, assumed, replaced)),
        )
        row = {"sha256": digest, "settings": settings.text(), "taken_in": taken_in, "by": by}
        with table.store.writing():
            if (known := known_report(table, batch)) is not None:  # another process was faster with the same file
                return known
            table.commit(staging, batch, {**row, **counts(report)})
        return report


def _only_of(connection: duckdb.DuckDBPyConnection, checked: Checked, places: Collection[str]) -> None:
    """Refuse a file with lines of a region that is not among ``places``."""
    column = checked.dataset.place
    if column is None:
        return
    named = [str(value) for (value,) in connection.execute(f'SELECT value FROM "v_{column}"').fetchall()]  # noqa: S608
    others = sorted(value for value in named if value and value not in places)
    if others:
        told = "、".join(others[:5]) + ("…" if len(others) > 5 else "")
        raise UserError(
            "intake.places",
            f"文件里有您不能导入的地区：{told}；请只导入本辖区的明细，没有写入任何数据。",
            f"The file has lines of regions that you do not bring in: {', '.join(others[:5])}. Bring in those of your own "
            "regions only; nothing was written.",
        )


def counts(report: IntakeReport) -> dict[str, object]:
    """The part of the row of ``batches`` that the report gives."""
    said = {n: getattr(report, n) for n in ("file", "read", "accepted", "unchanged", "quarantined")}
    return said | {"sheets": json.dumps([dataclasses.asdict(s) for s in report.sheets], ensure_ascii=False)}


def known_report(table: RecordTable, batch: str) -> IntakeReport | None:
    """The report of a batch that is committed already, or None."""
    rows = table.store.batches(batch=batch)
    if not rows:
        return None
    numbers = {n: rows[0][n] for n in ("batch", "file", "read", "accepted", "unchanged", "quarantined")}
    return IntakeReport(**numbers, already=True, sheets=SheetReport.all_of(rows[0]["sheets"]))


# -- steps -------------------------------------------------------------------------------------------


def _merged(dataset: RecordDataset, mapping: SheetMapping, defaults: Mapping[str, str]) -> SheetMapping:
    mapping = mapping.model_copy(update={"defaults": {**mapping.defaults, **defaults}})
    for name in {*mapping.defaults, *(m for m in mapping.columns.values() if isinstance(m, str))}:
        if name not in dataset.columns:
            raise UserError(
                "intake.unknown_field",
                f"数据集“{dataset.code}”没有“{name}”这一栏，可用的有：{'、'.join(dataset.columns)}。",
                f"The dataset “{dataset.code}” has no column “{name}”; it has: {', '.join(dataset.columns)}.",
            )
    return mapping


def _fingerprint(path: Path) -> tuple[int, int]:
    status = path.stat()
    return (status.st_size, status.st_mtime_ns)


def _digest(path: Path) -> tuple[str, tuple[int, int]]:
    check_file(path)
    seen = _fingerprint(path)
    if not seen[0]:
        raise UserError(
            "intake.empty",
            f"文件“{path.name}”是空的，没有任何内容；请核对是否选对了文件。",
            f"The file “{path.name}” is empty; check that it is the right one.",
        )
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), seen


def _read(
    connection: duckdb.DuckDBPyConnection, path: Path, dataset: RecordDataset, mapping: SheetMapping, sheet: str | None,
    staging: Staging, in_place_from: int, progress: Progress | None,
) -> Checked:  # fmt: skip
    """Stage and check; once more by way of a copy where a plain file turns out to be untidy."""
    book = Codebook(dataset, {str(kind): words for kind, words in mapping.names.items()})

    def step(_: str) -> None:
        if progress is not None:
            progress(0, 0)

    def attempt(numbered: bool) -> tuple[Staged, Checked]:
        staged = stage(
            connection, path, dataset, mapping, sheet, staging.path, numbered=numbered, in_place_from=in_place_from
        )
        return staged, check(connection, dataset, staged, book, mapping.defaults, step)

    try:
        staged, checked = attempt(numbered=False)
        exact = staged.lines_in_file is None or not checked.bad or staged.lines_in_file() == checked.read
    except duckdb.InvalidInputException:  # a line with too few or too many cells, a byte that is no UTF-8
        exact = False
    return checked if exact else attempt(numbered=True)[1]


def write_to(
    connection: duckdb.DuckDBPyConnection, checked: Checked, staging: Staging, version: FileFacts,
    progress: Progress | None, base: Callable[[int], list[str]] = lambda _: [],
) -> None:  # fmt: skip
    """Write the good lines aside, one file a month; ``base`` gives files that the month's file takes up as well."""
    done = 0

    def told(lines: int) -> None:
        nonlocal done
        done += lines
        if progress is not None:
            progress(done, checked.good)

    def facts(month: int) -> FileFacts:
        return dataclasses.replace(version, month=month)

    for path, own, rows in write_months(connection, checked, facts, staging.next_path, told, base):
        staging.files.append(StagedFile(path, own, rows))


def write_quarantine_of(
    connection: duckdb.DuckDBPyConnection, checked: Checked, staging: Staging, batch: str, file: str,
    only: Collection[tuple[str, int]] | None = None,
) -> list[tuple[str, int]]:  # fmt: skip
    """Write the faults aside, of all bad lines or of those among ``only``; sheet and row of every bad line."""
    if not checked.bad:
        return []
    path = staging.next_path()
    faults = write_quarantine(connection, checked, batch, file, path, only)
    if faults:
        staging.quarantine = (path, faults)
    names = [seen.name for seen in checked.staged.sheets]
    rows = connection.execute("SELECT sheet__, line__ FROM bad__").fetchall() if only is not None else []
    return [(names[sheet], line) for sheet, line in rows]


def _replaced(table: RecordTable, checked: Checked, version: FileFacts) -> list[MonthVersion]:
    """The versions that this file's months take the place of."""
    if table.dataset.arrives != "month":
        return []
    return [
        v
        for v in table.months()
        if v.month in checked.months and (v.source, v.synthetic) == (version.source, version.synthetic)
        and v.published <= version.published
    ]  # fmt: skip


def _sheets(
    connection: duckdb.DuckDBPyConnection, checked: Checked, assumed: list[str], replaced: list[MonthVersion]
) -> list[SheetReport]:
    staged = checked.staged
    lines = {0: checked.read}
    if len(staged.sheets) > 1:
        rows = connection.execute(f"SELECT sheet__, count(*) FROM {staged.relation} GROUP BY 1").fetchall()  # noqa: S608
        lines = {int(sheet): int(count) for sheet, count in rows}
    reports = []
    for number, seen in enumerate(staged.sheets):
        if seen.headings is None or seen.reason is not None:
            zh, en = seen.reason or ("", "")
            reports.append(SheetReport(seen.name, "", reason_zh=zh, reason_en=en))
            continue
        row, again = seen.headings.row, staged.repeated.get(number, 0)
        skipped = list(seen.headings.skipped) + [f"重复的表头 repeated headings × {again}"] * bool(again)
        reports.append(
            SheetReport(seen.name, "long", (row, row), lines.get(number, 0), tuple(skipped), 0, tuple(assumed))
        )
    if reports and replaced:
        told = tuple(f"{v.month}: {v.rows} ({v.published}, {v.source})" for v in replaced)
        first = next(n for n, report in enumerate(reports) if report.layout)
        reports[first] = dataclasses.replace(reports[first], replaced=told)
    return reports

"""Reading a file into good observations and faults, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import shown
from commercebrain.engine.lake.headings import SheetMapping
from commercebrain.engine.lake.reports import Progress, QuarantineRow, SheetReport
from commercebrain.engine.lake.sheets import Record, read_sheet
from commercebrain.engine.lake.validate import Fault, Reader, pack
from commercebrain.engine.lake.workbook import Grid, letter, open_grids
from commercebrain.engine.observations import Observation

_REPORT_EVERY = 500


@dataclass(slots=True)
class Good:
    """An observation and the record that it was read from."""

    sheet: str
    record: Record
    observation: Observation


@dataclass(slots=True)
class Outcome:
    """What reading gave: good observations, bad records with their faults, and how each sheet was read.

    ``resolved`` names the quarantined records that a correction takes up again.
    """

    good: list[Good] = field(default_factory=list)
    bad: list[tuple[str, Record, list[Fault]]] = field(default_factory=list)
    sheets: list[SheetReport] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    resolves: bool = False

    @property
    def read(self) -> int:
        """Records read, good and bad."""
        return len(self.good) + len(self.bad)

    def add(self, sheet: str, record: Record, result: Observation | list[Fault]) -> None:
        """Put a record where it belongs."""
        if isinstance(result, Observation):
            self.good.append(Good(sheet, record, result))
        else:
            self.bad.append((sheet, record, result))

    def contradict(self, good: Good, held: Observation) -> None:
        """Move a record to the bad ones: the lake holds the same publication with another content."""
        record = good.record
        self.good = [other for other in self.good if other is not good]
        column = record.columns.get("value")
        where = "" if column is None else f"{letter(column)} {record.headings.get('value', '')}".strip()
        now, before = (_told(o) for o in (good.observation, held))
        fault = Fault(
            "published",
            where,
            shown(record.fields.get("value")),
            f"同一来源同一公布日期（{held.published}）的这个数已经是 {before}，这里是 {now}；如果是修订，"
            f"请填修订后的公布日期",
            f"the same source and published date ({held.published}) already gave {before}, here it is "
            f"{now}; for a "
            "revision give its own published date",
        )
        self.bad.append((good.sheet, record, [fault]))

    def quarantine(self, batch: str, file: str) -> list[QuarantineRow]:
        """The faults as rows of the quarantine, each with an id of its own."""
        rows = []
        for count, (sheet, record, faults) in enumerate(self.bad, 1):
            cells = pack(record)
            name = f"{batch[:12]}-{count}"
            rows += [
                QuarantineRow(
                    batch=batch,
                    id=f"{name}-{fault.field}",
                    record=name,
                    file=file,
                    sheet=sheet,
                    row=record.row,
                    field=fault.field,
                    column=fault.column,
                    value=fault.value,
                    reason_zh=fault.zh,
                    reason_en=fault.en,
                    cells=cells,
                )
                for fault in faults
            ]
        return rows


def read_file(
    file: str,
    data: bytes,
    reader: Reader,
    batch: str,
    *,
    mapping: SheetMapping,
    sheet: str | None,
    progress: Progress | None,
) -> Outcome:
    """Read every visible sheet of the file (or the one named ``sheet``).

    Raises :class:`UserError` where the file cannot be opened, or where no sheet of it holds a table of the
    dataset.
    """
    grids, hidden = open_grids(file, data)
    if sheet is not None:
        if sheet not in {grid.name for grid in grids}:
            there = "、".join(grid.name for grid in grids)
            raise UserError(
                "intake.no_sheet",
                f"文件“{file}”里没有可见的工作表“{sheet}”，现有：{there}。",
                f"The file “{file}” has no visible sheet “{sheet}”; it has: {there}.",
            )
        grids = [grid for grid in grids if grid.name == sheet]
    total = sum(grid.height for grid in grids)
    outcome = Outcome()
    done = 0
    for grid in grids:
        outcome.sheets.append(_read_grid(file, grid, reader, batch, mapping, outcome, progress, done, total))
        done += grid.height
    if progress is not None:
        progress(total, total)
    outcome.sheets += [
        SheetReport(name, "", reason_zh="隐藏的工作表，没有读取", reason_en="a hidden sheet, not read")
        for name in hidden
    ]
    if not any(report.layout for report in outcome.sheets):
        raise _no_table(file, outcome.sheets)
    return outcome


def _read_grid(
    file: str,
    grid: Grid,
    reader: Reader,
    batch: str,
    mapping: SheetMapping,
    outcome: Outcome,
    progress: Progress | None,
    done: int,
    total: int,
) -> SheetReport:
    found = read_sheet(file, grid, reader.dataset, reader.names, mapping)
    if found is None:
        if not grid.height:
            return SheetReport(grid.name, "", reason_zh="空工作表", reason_en="an empty sheet")
        return SheetReport(
            grid.name,
            "",
            reason_zh="没有找到同时有指标、地区、时期和数值的表头",
            reason_en="no headings with indicator, region, period and value were found",
        )
    plan, records = found
    # A sheet that says nothing of its publication became known with this intake and is its own source; one
    # without a grade waits for a second source.
    given = {"published": reader.taken_in.isoformat(), "source": file, "grade": "C"}
    assumed = {n: text for n, text in given.items() if not plan.keys(n) and n not in plan.defaults}
    plan.defaults.update(assumed)
    read = 0
    for record in records:
        outcome.add(grid.name, record, reader.read(record, batch))
        read += 1
        if progress is not None and read % _REPORT_EVERY == 0:
            progress(min(done + record.row, total), total)
    return SheetReport(
        grid.name,
        plan.layout,
        plan.header_rows,
        read,
        tuple(plan.skipped),
        plan.blank_cells,
        tuple(f"{name}={text}" for name, text in assumed.items()),
    )


def _no_table(file: str, sheets: list[SheetReport]) -> UserError:
    told_zh = "；".join((f"“{s.name}”：{s.reason_zh}" if s.name else s.reason_zh) for s in sheets)
    told_en = "; ".join((f"“{s.name}”: {s.reason_en}" if s.name else s.reason_en) for s in sheets)
    return UserError(
        "intake.no_table",
        f"文件“{file}”里没有可以导入的表：{told_zh}。请核对表头；表里没有的栏可以在 --default 里给出（如 "
        f"region=330200），"
        "认不出的列可以用 --mapping 说明。没有写入任何数据。",
        f"The file “{file}” holds no table to take in: {told_en}. Check the headings; give what the sheet "
        f"lacks by "
        "--default (such as region=330200) and explain other columns by --mapping. Nothing was written.",
    )


def _told(observation: Observation) -> str:
    value = "—" if observation.value is None else f"{observation.value:f}{observation.unit}"
    growth = "" if observation.growth is None else f"（同比 {observation.growth:f}%）"
    return f"{value}{growth} {observation.flag} {observation.grade}"

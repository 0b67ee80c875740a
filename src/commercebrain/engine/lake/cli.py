"""``cbrain intake``, ``cbrain observations``, ``cbrain quarantine``: the lake from a terminal."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from commercebrain.engine.clock import business_date
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.headings import SheetMapping
from commercebrain.engine.lake.lake import Lake
from commercebrain.engine.lake.quarantine import export_quarantine
from commercebrain.engine.lake.records.schema import record_dataset, record_datasets
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.lake.reports import IntakeReport
from commercebrain.engine.observations import Observation

Language = Annotated[str, typer.Option("--language", envvar="CBRAIN_LANGUAGE", help="zh | en")]
Format = Annotated[str, typer.Option("--format", help="table | csv | jsonl")]


def lake_root() -> Path:
    """``CBRAIN_LAKE``, else ``CBRAIN_HOME/lake``, else ``./var/lake``."""
    home = os.environ.get("CBRAIN_HOME") or "var"
    return Path(os.environ.get("CBRAIN_LAKE") or Path(home) / "lake")


def intake(
    files: Annotated[list[Path], typer.Argument(help="xlsx、csv 或 parquet 文件 · xlsx, csv or parquet files")],
    dataset: Annotated[str, typer.Option(help="数据集 · dataset")] = "observations",
    taken_in: Annotated[
        str | None, typer.Option("--taken-in", help="入库日期，缺省为业务日期 · date of the intake")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="列对应关系（YAML）· YAML file that explains the columns")
    ] = None,
    default: Annotated[
        list[str] | None, typer.Option(help="表里没有的栏，如 grade=A · a field that the sheet lacks")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="只读这个工作表 · only this sheet")] = None,
    correct: Annotated[
        str | None, typer.Option(help="更正这一批，文件是填好的隔离表 · batch that the filled sheet corrects")
    ] = None,
    published: Annotated[
        str | None, typer.Option(help="明细的公布日期，缺省为入库日期 · day on which the lines became known")
    ] = None,
    source: Annotated[str, typer.Option(help="明细由谁提供，缺省为数据集的提供方 · who sends the lines")] = "",
    refresh: Annotated[
        bool, typer.Option("--refresh/--no-refresh", help="明细入库后更新汇总 · bring roll-ups up to date afterwards")
    ] = True,
    language: Language = "zh",
) -> None:
    """导入数据：好行一次入库，坏行隔离待更正 · Take files in; what is wrong goes to quarantine."""
    lake = Lake.create(lake_root())
    day = _day(taken_in) or business_date()
    explained = _mapping(mapping)
    defaults = dict(_pair(text) for text in default or ())
    console = Console(stderr=True)
    failed = False
    taken: set[str] = set()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
    ) as bars:
        for path in files:
            bar = bars.add_task(path.name, total=None)
            try:
                if correct is not None:
                    report = lake.reimport(_full(lake, correct), path, taken_in=day)
                else:
                    report = lake.intake(
                        path,
                        dataset,
                        taken_in=day,
                        mapping=explained,
                        defaults=defaults,
                        sheet=sheet,
                        published=_day(published),
                        source=source,
                        progress=lambda done, total, bar=bar: bars.update(  # type: ignore[misc]
                            bar, completed=done, total=total
                        ),
                    )
            except UserError as fault:  # the other files are still taken in
                console.print(fault.say(language), style="red", markup=False, soft_wrap=True)
                failed = True
                continue
            finally:
                bars.remove_task(bar)
            _tell(report, lake, language, console)
            taken.add(lake.dataset_of(report.batch))
    if refresh:
        for code in sorted(taken & set(record_datasets())):
            _refresh(code, language=language)
    raise typer.Exit(1 if failed else 0)


def observations(
    as_of: Annotated[str | None, typer.Option("--as-of", help="截至哪天所知 · as known on")] = None,
    indicator: Annotated[list[str] | None, typer.Option(help="指标代码 · indicator code")] = None,
    region: Annotated[list[str] | None, typer.Option(help="地区代码 · region code")] = None,
    form: Format = "table",
    language: Language = "zh",
) -> None:
    """列出观测值，可回到任一日期 · List observations as they were known on any date."""
    found = Lake(lake_root()).observations(
        _day(as_of) or business_date(), indicators=indicator or None, regions=region or None
    )
    headings = {
        "indicator": "指标",
        "region": "地区",
        "period": "时期",
        "calibre": "口径",
        "value": "数值",
        "growth": "同比%",
        "flag": "标志",
        "published": "公布日期",
        "grade": "等级",
        "source": "来源",
    }
    _write(found, [field.name for field in dataclasses.fields(Observation)], headings, form, language)


def quarantine(
    batch: Annotated[str | None, typer.Option(help="导入批次 · batch")] = None,
    out: Annotated[Path | None, typer.Option(help="导出为可填写更正值的 xlsx · write an xlsx to fill in")] = None,
    form: Format = "table",
    language: Language = "zh",
) -> None:
    """列出或导出待更正的行 · List or export the rows that wait for a correction."""
    lake = Lake(lake_root())
    rows = lake.quarantine(_full(lake, batch) if batch else None)
    if out is not None:
        count = export_quarantine(rows, out)
        print(f"{out.name}：{count} 处" if language.startswith("zh") else f"{out.name}: {count} faults")
        return
    reason = "reason_zh" if language.startswith("zh") else "reason_en"
    headings = {
        "batch": "批次",
        "file": "文件",
        "sheet": "工作表",
        "row": "行",
        "column": "列",
        "value": "原值",
        reason: "原因",
    }
    _write(rows, ["id", *headings], headings, form, language)


lake_app = typer.Typer(help="数据湖：现状、重建、清理 · The lake: state, rebuilding, cleaning")


@lake_app.command("status")
def status(
    as_of: Annotated[str | None, typer.Option("--as-of", help="截至哪天所知 · as known on")] = None,
    form: Format = "table",
    language: Language = "zh",
) -> None:
    """各明细数据集有哪些月份、多少行、占多少空间 · Months, lines and bytes of every dataset of records."""
    from commercebrain.engine.disclosure.standing import standing  # it stands above the lake

    found = []
    for code, dataset in record_datasets().items():
        table = RecordTable(lake_root(), dataset)
        every, force = table.vintages(), table.months(_day(as_of))
        if every:
            now = standing(lake_root(), code)
            found.append(
                DatasetState(
                    dataset=code,
                    months=len({v.month for v in force}),
                    first=min((v.month for v in force), default=0),
                    last=max((v.month for v in force), default=0),
                    lines=sum(v.rows for v in force),
                    versions=len(every),
                    bytes=sum(Path(file).stat().st_size for v in every for file in v.files),
                    synthetic=sum(1 for v in force if v.synthetic),
                    rolled=now.rolled,
                    protected=now.protected,
                )
            )
    headings = {
        "dataset": "数据集",
        "months": "月数",
        "first": "最早",
        "last": "最新",
        "lines": "行数",
        "versions": "版本数",
        "bytes": "字节",
        "synthetic": "其中虚构版本",
        "rolled": "已汇总月数",
        "protected": "已保密处理月数",
    }
    _write(found, list(headings), headings, form, language)


@lake_app.command("rebuild")
def rebuild(
    dataset: Annotated[list[str] | None, typer.Option(help="数据集，缺省为全部 · datasets, all if not named")] = None,
) -> None:
    """由明细重建工作库和汇总 · Build the working store and roll-ups again from the record."""
    for code in dataset or record_datasets():
        if RecordTable(lake_root(), record_dataset(code)).exists():
            _refresh(code, rebuild=True)


@lake_app.command("vacuum")
def vacuum(language: Language = "zh") -> None:
    """清除中断的导入留下的文件，不动任何版本 · Remove what interrupted intakes left; no vintage is touched."""
    removed = 0
    for dataset in record_datasets().values():
        table = RecordTable(lake_root(), dataset)
        if table.exists():
            with table.store.writing():
                removed += table.clean()
    print(f"已清除 {removed} 个文件。" if language.startswith("zh") else f"{removed} files removed.")


@dataclasses.dataclass(frozen=True)
class DatasetState:
    """One dataset of records as ``cbrain lake status`` lists it; ``bytes`` counts every version kept. ``rolled``
    and ``protected`` are the months of today that have what this version computes of them (None: it computes none)."""

    dataset: str
    months: int
    first: int
    last: int
    lines: int
    versions: int
    bytes: int
    synthetic: int
    rolled: int | None
    protected: int | None


# -- helpers -----------------------------------------------------------------------------------------


def _write(rows: Iterable[Any], fields: list[str], headings: dict[str, str], form: str, language: str) -> None:
    def cell(row: Any, name: str) -> str:
        value = getattr(row, name)
        return "" if value is None else str(value)

    def shown(row: Any, name: str) -> str:
        """A cell of the table, where a value stands with its bound and unit, and a batch by its beginning."""
        if isinstance(row, Observation) and name == "value" and row.value is not None:
            return f"{'' if row.bound == '=' else row.bound}{row.value}{row.unit}"
        return cell(row, name)[:12] if name == "batch" else cell(row, name)

    if form == "jsonl":
        for row in rows:
            values = {name: getattr(row, name) for name in fields}
            print(json.dumps(values, ensure_ascii=False, default=str))
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows([cell(row, name) for name in fields] for row in rows)
    elif form == "table":
        table = Table()
        for name, heading in headings.items():
            long = name in ("source", "file", "value", "reason_zh", "reason_en")
            table.add_column(heading if language.startswith("zh") else name, overflow="fold", no_wrap=not long)
        for row in rows:
            table.add_row(*(shown(row, name) for name in headings))
        console = Console(highlight=False, markup=False)
        console.width = max(console.width, 120)
        console.print(table)
    else:
        raise UserError(
            "cli.format",
            f"没有“{form}”这种格式，可用 table、csv、jsonl。",
            f"There is no format “{form}”; use table, csv or jsonl.",
        )


def _tell(report: IntakeReport, lake: Lake, language: str, console: Console) -> None:
    print(report.say(language))
    chinese = language.startswith("zh")
    for sheet in report.sheets:
        if not sheet.layout:
            why = f"  “{sheet.name}”：{sheet.reason_zh}" if chinese else f"  “{sheet.name}”: {sheet.reason_en}"
            print(why)
        for line in sheet.replaced:
            print(f"  {'替换（旧版本保留）' if chinese else 'replaces (the earlier vintage stays)'} {line}")
        for line in sheet.skipped:
            print(f"  {'未读' if chinese else 'left out'}{f'“{sheet.name}”' if sheet.name else ''} {line}")
        if sheet.assumed and not report.already:
            label = "表里没有、按此处理：" if chinese else "not in the sheet, taken as: "
            print(f"  {label}{', '.join(sheet.assumed)}")
    if report.quarantined and not report.already:
        faults = lake.quarantine(report.batch)
        for fault in faults[:5]:
            console.print(f"  {fault.say(language)}", style="yellow", markup=False, soft_wrap=True)
        more, name = len(faults) - 5, report.batch[:12]
        if more > 0:
            print(f"  另有 {more} 处。" if chinese else f"  {more} more faults.")
        say = "更正" if chinese else "To correct"
        print(f"  {say}: cbrain quarantine --batch {name} --out c.xlsx; cbrain intake c.xlsx --correct {name}")


def _refresh(code: str, rebuild: bool = False, language: str = "zh") -> None:
    """Bring the working store of a dataset up to date, with a bar while it runs."""
    from commercebrain.engine.working.store import refresh_dataset  # it stands above the lake

    with Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(code, total=None)
        report = refresh_dataset(
            lake_root(), code, rebuild=rebuild,
            progress=lambda done, total: bars.update(bar, completed=done, total=total or None),
        )  # fmt: skip
    if report.untold:
        months = ", ".join(map(str, report.untold))
        print(
            f"注意：{months} 的保密处理未能完成，相关数据对无企业级权限者暂不提供。"
            if language.startswith("zh") else
            f"Note: what may be told of {months} could not be worked out; nobody without clearance for firms is told it."
        )  # fmt: skip


def _full(lake: Lake, start: str) -> str:
    """The batch whose id begins with ``start``."""
    found = [batch.batch for batch in lake.batches() if batch.batch.startswith(start)]
    return found[0] if len(found) == 1 else start


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UserError(
            "cli.date",
            f"“{text}”不是日期，请写成 2025-07-21 这样的形式。",
            f"“{text}” is not a date; write it like 2025-07-21.",
        ) from None


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark:
        raise UserError(
            "cli.default",
            f"“{text}”应写成 栏=值，例如 grade=A。",
            f"“{text}” must be written as field=value, such as grade=A.",
        )
    return name.strip(), value.strip()


def _mapping(path: Path | None) -> SheetMapping | None:
    if path is None:
        return None
    try:
        return SheetMapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValidationError) as fault:
        said = str(fault).splitlines()[0]
        raise UserError(
            "cli.mapping",
            f"对应关系文件“{path.name}”读不了：{said}。",
            f"The mapping file “{path.name}” cannot be read: {said}.",
        ) from None

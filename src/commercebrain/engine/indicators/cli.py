"""``cbrain figure`` and ``cbrain explain``: any indicator from a terminal, and how its figure comes about."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from commercebrain.engine.catalogue import Catalogue, Indicator, load_catalogue
from commercebrain.engine.clock import business_date, known_by
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.engines import engine_of
from commercebrain.engine.indicators.places import names_of_places
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.table import FLAGS, NUMBERS, REASONS, FigureTable, row_period
from commercebrain.engine.lake.cli import lake_root
from commercebrain.engine.lake.lake import Lake
from commercebrain.engine.lake.records.schema import RecordColumn

#: Rows that a table on the screen shows; csv, json and parquet hold all.
SHOWN = 200

Code = Annotated[str, typer.Argument(help="指标代码 · indicator code")]
Region = Annotated[str, typer.Option(help="地区代码 · region code", envvar="CBRAIN_REGION")]
Span = Annotated[str, typer.Option("--period", help="时期，如 2024-01:2025-06 · period or first:last")]
By = Annotated[str, typer.Option(help="细分维度，如 county,country · break-downs")]
How = Annotated[str, typer.Option(help="变换，如 ytd_yoy · transform")]
Keep = Annotated[list[str] | None, typer.Option("--where", help="筛选，如 country=USA,CAN · filter, may be repeated")]
Options = Annotated[list[str] | None, typer.Option("--option", help="变换的选项，如 n=5 · option of the transform")]
Calibre = Annotated[str, typer.Option(help="口径 · calibre")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="截至哪天所知 · as known on")]
With = Annotated[
    str | None, typer.Option("--engine", help="引擎，缺省为 CBRAIN_ENGINE 或 duckdb · engine, duckdb by default")
]
Language = Annotated[str, typer.Option("--language", envvar="CBRAIN_LANGUAGE", help="zh | en")]

_EVERYTHING = Reach(ALL, "confidential")


def _ask(
    code: str, region: str, period: str, by: str, transform: str, where: list[str] | None, options: list[str] | None,
    calibre: str, as_of: str | None, engine: str | None,
) -> FigureTable:  # fmt: skip
    """The table, with the reach of whoever may open the lake's files: all of it."""
    from commercebrain.engine.indicators.tables import table

    request = Request.parse(
        code, region=region, period=period or _latest(), by=by, transform=transform, where=where or (),
        options=options or (), calibre=calibre, as_of=as_of,
    )  # fmt: skip
    known_by(request.as_of, business_date())
    root = lake_root()
    chosen = engine_of(engine) if engine else None
    return table(Sources(Lake(root), root), load_catalogue(), request, reach=_EVERYTHING, engine=chosen)


def _latest() -> str:
    """The thirteen months up to the last one that is over."""
    today = business_date()
    last = today.year * 12 + today.month - 2
    first = last - 12
    return f"{first // 12}-{first % 12 + 1:02d}:{last // 12}-{last % 12 + 1:02d}"


def figure(
    code: Code,
    region: Region = "990100",
    period: Span = "",
    by: By = "",
    transform: How = "level",
    where: Keep = None,
    option: Options = None,
    calibre: Calibre = "",
    as_of: AsOf = None,
    engine: With = None,
    form: Annotated[str, typer.Option("--format", help="table | csv | json | parquet")] = "table",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写入文件 · file to write")] = None,
    language: Language = "zh",
) -> None:
    """计算一个指标：地区、时期、细分、变换 · Any indicator, by region, period, break-down and transform."""
    check_format(form, ("table", "csv", "json", "parquet"))
    if form == "parquet" and out is None:
        raise UserError(
            "cli.parquet_needs_out",
            "parquet 格式须用 --out 指定要写入的文件。",
            "The format parquet needs --out with the file to write.",
        )
    found = _ask(code, region, period, by, transform, where, option, calibre, as_of, engine)
    shown = found.shown()
    if form == "table":
        _print(shown, language)
    elif out is None:
        sys.stdout.write(_text(shown, form))
    else:
        with writing(out):
            if form == "parquet":
                shown.to_parquet(out)
            else:
                out.write_text(_text(shown, form), encoding="utf-8")


def check_format(form: str, offered: Sequence[str]) -> None:
    """Raise :class:`UserError` (``cli.format``) for a format that is none of those ``offered``."""
    if form not in offered:
        *some, last = offered
        raise UserError(
            "cli.format",
            f"没有“{form}”这种格式，可用 {'、'.join(offered)}。",
            f"There is no format “{form}”; use {', '.join(some)} or {last}.",
        )


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Around writing the file ``out``: a place that cannot be written to is told in a sentence (``cli.cannot_write``)."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        why = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise UserError(
            "cli.cannot_write",
            f"写不了文件 {out}：{why}。请换一个可以写的位置。",
            f"The file {out} cannot be written: {why}. Choose a place that can be written to.",
        ) from None


def _text(found: FigureTable, form: str) -> str:
    return found.to_csv() if form == "csv" else found.to_json() + "\n"


def explain(
    code: Code,
    region: Region = "990100",
    period: Span = "",
    by: By = "",
    transform: How = "level",
    where: Keep = None,
    option: Options = None,
    calibre: Calibre = "",
    as_of: AsOf = None,
    engine: With = None,
    lines: Annotated[int, typer.Option(help="列出多少行明细 · how many lines behind it")] = 5,
    language: Language = "zh",
) -> None:
    """说明一个数怎么来的：定义、查询、版本、明细 · How a figure comes about: definition, query, vintages, lines."""
    from commercebrain.engine.indicators.explain import explain as told

    found = _ask(code, region, period, by, transform, where, option, calibre, as_of, engine)
    for heading, text in told(load_catalogue(), lake_root(), found, lines=lines, language=language):
        print(f"【{heading}】" if language.startswith("zh") else f"[{heading}]")
        print(text)
        print()


def _print(found: FigureTable, language: str) -> None:
    chinese = language.startswith("zh")
    name = found.indicator.name.say(language)
    region, unit = found.request.region, found.unit or ("比率" if chinese else "ratio")
    said = Table(title=f"{name} · {region} · {unit}", title_justify="left")
    said.add_column("时期" if chinese else "period", no_wrap=True)
    for dim in found.dims:
        said.add_column(_heading(found, dim, language), no_wrap=True)
    heads = {"value": "数值", "base": "基数", "whole": "总体", "flag": "说明"}
    there = [
        one for one in ("value", "base", "whole") if not np.ma.getmaskarray(found.columns[one]).all() or one == "value"
    ]
    for one in there:
        head = heads[one] if chinese else one
        other = found.level_unit if one != "value" and found.level_unit != found.unit else ""
        said.add_column(f"{head} {other}".strip(), justify="right", no_wrap=True)
    said.add_column(heads["flag"] if chinese else "remark")
    for number, row in enumerate(found.rows()):
        if number == SHOWN:
            break
        remark = (
            REASONS[row["reason"]] if row["reason"] else None if row["flag"] == "normal" else FLAGS.get(row["flag"])
        )
        said.add_row(
            row["period"].say(language),
            *(_named(found, dim, row[dim], language) for dim in found.dims),
            *(_number(row[one], found.decimals) for one in there),
            remark.say(language) if remark is not None else "",
        )
    console = Console(highlight=False, markup=False)
    console.width = max(console.width, 110)
    console.print(said)
    if len(found) > SHOWN:
        left = len(found) - SHOWN
        console.print(
            f"另有 {left} 行，用 --format csv 取全部。" if chinese else f"{left} more rows; --format csv has all."
        )
    for note in found.notes:
        console.print(note.say(language))
    console.print(_source(found, chinese), style="dim")


#: What the columns that derive from others are called.
_DERIVED = {
    "region": ("地区", "region"), "city": ("市", "city"), "province": ("省", "province"), "hs2": ("章", "chapter"),
    "hs4": ("品目", "heading"), "hs6": ("子目", "subheading"),
}  # fmt: skip


def _column(catalogue: Catalogue, indicator: Indicator, dim: str) -> RecordColumn | None:
    what = counted(catalogue, indicator)
    return None if what is None else what.dataset.columns.get(dim)


def _heading(found: FigureTable, dim: str, language: str) -> str:
    """The column's label of the dataset; of a derived one its own name."""
    return named_dimension(load_catalogue(), found.indicator, dim, language)


def _named(found: FigureTable, dim: str, code: str, language: str) -> str:
    """A value with its name behind it."""
    return named_value(load_catalogue(), found.indicator, dim, code, language)


def named_dimension(catalogue: Catalogue, indicator: Indicator, dim: str, language: str) -> str:
    """What a break-down of the indicator is called."""
    if dim in _DERIVED:
        return _DERIVED[dim][0 if language.startswith("zh") else 1]
    column = _column(catalogue, indicator, dim)
    if column is None:
        return dim
    return column.label.zh if language.startswith("zh") else column.label.en


def named_value(catalogue: Catalogue, indicator: Indicator, dim: str, code: str, language: str) -> str:
    """A value with its name behind it, where a list of codes or the column gives it one."""
    column = _column(catalogue, indicator, dim)
    if dim in ("region", "city", "province") or (column is not None and column.type == "region"):
        names = names_of_places().get(code, "").split("|")
        name = names[0 if language.startswith("zh") else -1]
    else:
        listed = column.list if column is not None and column.type == "code" else "products" if dim == "hs2" else None
        words = catalogue.codes(listed).get(code) if listed else None
        name = words.say(language) if words is not None else ""
    return f"{code} {name}".strip()


def _number(value: float | int | None, decimals: int) -> str:
    if value is None:
        return "—"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{decimals}f}"


def _source(found: FigureTable, chinese: bool) -> str:
    day = found.vintage.as_of
    parts = [f"截至 {day} 所知" if chinese else f"as known on {day}"] if day is not None else []
    parts.append(("来源 " if chinese else "from ") + found.source)
    parts.append(("引擎 " if chinese else "engine ") + found.engine)
    if found.synthetic:
        parts.append("合成数据" if chinese else "synthetic data")
    return " · ".join(parts)


__all__ = ["NUMBERS", "explain", "figure", "row_period"]

"""``cbrain outlook``, ``cbrain nowcast`` and ``cbrain foresight``: expected values, forecasts, and how good they were."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import business_date, known_by
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.cli import (
    AsOf,
    By,
    Calibre,
    Code,
    Keep,
    Language,
    Region,
    check_format,
    writing,
)
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import Request, day_of
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.lake.cli import lake_root
from commercebrain.engine.lake.lake import Lake
from commercebrain.engine.outlook.screen import month_text, print_outlook, print_scores

if TYPE_CHECKING:  # what computes is loaded when a verb runs: the other verbs need not wait for it
    from commercebrain.engine.foresight.result import Forecast, Verdicts
    from commercebrain.engine.outlook.series import SeriesSet

_EVERYTHING = Reach(ALL, "confidential")
Form = Annotated[str, typer.Option("--format", help="table | csv | json")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="写入文件 · file to write")]
Last = Annotated[str, typer.Option(help="最后一个月，如 2025-06，缺省为最新 · last month of the history")]
_NEWS = ("indicator", "month", "expected", "actual", "impact")
_BANDS = ("point", "low80", "high80", "low95", "high95")


def outlook(
    code: Code,
    region: Region = "990100",
    by: By = "",
    where: Keep = None,
    horizon: Annotated[int, typer.Option(help="预测几个月 · months ahead", min=1, max=36)] = 6,
    months: Annotated[int, typer.Option(help="用多少个月的历史 · months of history")] = 84,
    last: Last = "",
    least: Annotated[float, typer.Option(help="近12个月月均低于此数的不列 · least mean of twelve months")] = 0.0,
    best: Annotated[bool, typer.Option("--best", help="用最好的（慢的）组合 · the best, slow, ensemble")] = False,
    calibre: Calibre = "",
    as_of: AsOf = None,
    form: Form = "table",
    out: Out = None,
    language: Language = "zh",
) -> None:
    """应该是多少、接下来多少、哪里反常 · What a figure should have been, what comes next, what stands out."""
    from commercebrain.engine.foresight.forecasting import forecast
    from commercebrain.engine.foresight.judging import judge
    from commercebrain.engine.foresight.lasting import lasting
    from commercebrain.engine.outlook.kept.keeping import large_enough
    from commercebrain.engine.outlook.series import series_set

    _check_format(form, out)
    asked = Request.parse(code, region=region, period="2000-01", by=by, where=where or (), as_of=as_of)
    known_by(asked.as_of, business_date())
    root = lake_root()
    whole = series_set(
        Sources(Lake(root), root), load_catalogue(), code, region, by=asked.by, where=asked.where, last=_month(last),
        months=months, as_of=asked.as_of, calibre=calibre, reach=_EVERYTHING,
    )  # fmt: skip
    found = _largest_first(large_enough(whole, least))
    with _bar("预测" if language.startswith("zh") else "forecast") as tell:
        told = forecast(found.values, found.first, horizon, best=best, progress=tell)
    with _bar("判断" if language.startswith("zh") else "judge") as tell:
        seen = judge(found.values, found.first, progress=tell)
    slow = lasting(found.values, found.first).kind
    if form == "table":
        print_outlook(found, told, seen, slow, language)
        if small := len(whole) - len(found):
            zh, en = (
                f"另有 {small} 个序列近12个月月均低于 {least:g}，未列。",
                f"{small} below {least:g} a month are left out.",
            )
            print(zh if language.startswith("zh") else en)
    else:
        rows = list(_rows(found, told, seen, slow))
        _write(_csv(rows) if form == "csv" else _json(found, told, rows), out)


def nowcast(
    code: Code,
    region: Region = "990100",
    quarter: Annotated[str, typer.Option(help="季度，如 2025-Q3，缺省为当前 · quarter")] = "",
    others: Annotated[
        str | None, typer.Option("--from", help="参考哪些月度指标，缺省按目录 · monthly indicators that tell")
    ] = None,
    as_of: AsOf = None,
    since: Annotated[str | None, typer.Option(help="与哪天所知相比 · what moved it since")] = None,
    form: Form = "table",
    out: Out = None,
    language: Language = "zh",
) -> None:
    """推算尚未结束的季度，并说明哪些新数据改变了它 · The quarter that is not over yet, and what moved it."""
    from commercebrain.engine.outlook.nowcasting import NOWCAST_REASONS
    from commercebrain.engine.outlook.quarters import nowcast_quarter

    _check_format(form, out)
    root, catalogue, chinese = lake_root(), load_catalogue(), language.startswith("zh")
    named = None if others is None else [one.strip() for one in others.split(",") if one.strip()]
    found = nowcast_quarter(
        Sources(Lake(root), root), catalogue, code, region, quarter or None, others=named, as_of=_known(as_of),
        since=day_of(since) if since else None, reach=_EVERYTHING,
    )  # fmt: skip
    told = found.told
    head = {
        "indicator": code, "region": region, "quarter": found.quarter.text, "unit": found.unit,
        "as_of": found.day.isoformat(), "value": told.value, "low80": told.low80, "high80": told.high80,
        "low95": told.low95, "high95": told.high95, "growth": found.growth, "known": told.known,
        "before": told.before, "revisions": told.revisions, "reason": told.reason,
    }  # fmt: skip
    news = [
        {"indicator": found.series[one.series], "month": one.month, "expected": one.expected, "actual": one.actual,
         "impact": one.impact}
        for one in told.news
    ]  # fmt: skip
    if form != "table":
        whole = {**head, "synthetic": found.synthetic, "news": news}
        _write(_csv([head]) if form == "csv" else json.dumps(_plain(whole), ensure_ascii=False) + "\n", out)
        return
    console = Console(highlight=False, markup=False)
    title = f"{catalogue.indicator(code).name.say(language)} · {region} · {found.quarter.say(language)}"
    console.print(title)
    if told.reason:
        console.print(NOWCAST_REASONS[told.reason][0 if chinese else 1])
        return
    places = catalogue.indicator(code).decimals
    value, low, high = (f"{one:,.{places}f}" for one in (told.value, told.low80, told.high80))
    growth = "" if math.isnan(found.growth) else (f"，同比{found.growth:+.1%}" if chinese else f", {found.growth:+.1%}")
    months = f"，已知{told.known}个月" if chinese else f", {told.known} months known"
    console.print(f"{value} {found.unit} [{low}–{high}]{growth}{months}")
    if since and math.isnan(told.before):
        console.print(f"{since} 时尚不能推算。" if chinese else f"On {since} there was no nowcast yet.")
    elif since:
        said = Table(title=f"{since} → {found.day}：{told.before:,.{places}f} → {value}", title_justify="left")
        heads = ("指标", "月份", "模型预计", "实际", "影响") if chinese else _NEWS
        for word in heads:
            said.add_column(word, justify="left" if word == heads[0] else "right", no_wrap=True)
        for one in news:
            name = catalogue.indicator(str(one["indicator"])).name.say(language)
            rates = (f"{float(str(one[word])):+.1%}" for word in ("expected", "actual"))
            said.add_row(name, month_text(int(str(one["month"]))), *rates, f"{float(str(one['impact'])):+,.{places}f}")
        revised = f"{told.revisions:+,.{places}f}"
        said.add_row("前期数据修订" if chinese else "revisions of earlier figures", "", "", "", revised)
        console.print(said)
    if found.synthetic:
        console.print("合成数据" if chinese else "synthetic data", style="dim")


foresight_app = typer.Typer(help="保存的预测与评分 · Forecasts kept, and how good they were")


@foresight_app.command("keep")
def keep(
    as_of: AsOf = None,
    origins: Annotated[
        int, typer.Option(help="另补做此前若干个月（按当时所知）· also of so many earlier months", min=0, max=120)
    ] = 0,
    region: Annotated[list[str] | None, typer.Option(help="只做这些地区 · only these regions")] = None,
    language: Language = "zh",
) -> None:
    """按登记的清单做预测并保存 · Forecast what the catalogue declares, and keep it."""
    from commercebrain.engine.outlook.kept import backfill, keep_all

    chinese, root, today = language.startswith("zh"), lake_root(), business_date()
    sources, catalogue = Sources(Lake(root), root), load_catalogue()
    with _bar("保存预测" if chinese else "keep") as tell:
        report = keep_all(sources, catalogue, made_on=today, as_of=_known(as_of), regions=region or None, progress=tell)
        if origins:
            report += backfill(
                sources, catalogue, made_on=today, origins=origins, regions=region or None, progress=tell
            )
    for code, place, fault in report.failed:
        print(f"{code} {place}: {fault.say(language)}")
    if region and not report.sets:
        print("这些地区没有登记要预测的数据。" if chinese else "Nothing declared has figures of these regions.")
    print(
        f"{report.sets} 组、{report.series} 个序列，新存 {report.rows} 行。"
        if chinese
        else f"{report.sets} sets, {report.series} series, {report.rows} rows new."
    )


@foresight_app.command("score")
def score(
    indicator: Annotated[str | None, typer.Option(help="指标代码 · indicator code")] = None,
    region: Annotated[str | None, typer.Option(help="地区代码 · region code")] = None,
    truth: Annotated[str, typer.Option(help="first 首次公布 | latest 最新")] = "latest",
    horizons: Annotated[bool, typer.Option("--horizons", help="分预测期列出 · one row for each horizon")] = False,
    as_of: AsOf = None,
    form: Form = "table",
    out: Out = None,
    language: Language = "zh",
) -> None:
    """保存的预测后来准不准 · How good the kept forecasts were."""
    import dataclasses

    from commercebrain.engine.outlook.kept.scoring import TRUTHS, scores

    _check_format(form, out)
    if indicator is not None:
        load_catalogue().indicator(indicator)
    wanted = next((one for one in TRUTHS if one == truth), None)
    if wanted is None:
        raise UserError(
            "cli.truth",
            f"没有“{truth}”这种真值，可用 first（首次公布）、latest（最新）。",
            f"There is no truth “{truth}”; use first or latest.",
        )
    root = lake_root()
    found = scores(
        Sources(Lake(root), root), load_catalogue(), as_of=_known(as_of), indicator=indicator, region=region,
        truth=wanted, reach=_EVERYTHING,
    )  # fmt: skip
    rows = [dataclasses.asdict(one) | {"by": ",".join(one.by)} for one in found if horizons or not one.horizon]
    if form != "table":
        _write(_csv(rows) if form == "csv" else json.dumps(_plain(rows), ensure_ascii=False) + "\n", out)
        return
    print_scores(rows, language.startswith("zh"))


# -- what is shown


def _rows(found: SeriesSet, told: Forecast, seen: Verdicts, slow: NDArray[Any]) -> Iterator[dict[str, Any]]:
    for row, key in enumerate(found.keys):
        for n, month in enumerate(told.months):
            yield {
                "indicator": found.indicator, "region": found.region, **dict(zip(found.by, key, strict=True)),
                "unit": found.unit, "last_month": found.last, "last": found.values[row, -1],
                "expected": seen.expected[row], "verdict": str(seen.kind[row]), "score": seen.score[row],
                "lasting": str(slow[row]),
                "month": month, "horizon": n + 1, **{name: getattr(told, name)[row, n] for name in _BANDS},
                "reason": told.why(row),
            }  # fmt: skip


def _json(found: SeriesSet, told: Forecast, rows: list[dict[str, Any]]) -> str:
    head = {
        "indicator": found.indicator, "region": found.region, "by": list(found.by), "unit": found.unit,
        "first": found.first, "last": found.last, "as_of": found.day.isoformat(), "synthetic": found.synthetic,
        "method": told.method, "notes": [{"zh": note.zh, "en": note.en} for note in found.notes],
    }  # fmt: skip
    return json.dumps(_plain({**head, "rows": rows}), ensure_ascii=False, allow_nan=False) + "\n"


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: "" if _nothing(value) else value for name, value in row.items()})
    return text.getvalue()


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's own, NaN as null."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if _nothing(value) else value


# -- small things


def _largest_first(found: SeriesSet) -> SeriesSet:
    size = np.nansum(np.abs(found.values[:, -12:]), axis=1)
    return found.part(np.argsort(-size, kind="stable").tolist())


def _month(text: str) -> int | None:
    if not text:
        return None
    year, _, month = text.partition("-")
    if not (year.isdigit() and month.isdigit() and len(year) == 4 and 1 <= int(month) <= 12):
        raise UserError("series.month", f"“{text}”不是月份，请写成 2025-06。", f"“{text}” is no month; write 2025-06.")
    asked, today = int(year) * 100 + int(month), business_date()
    if asked > today.year * 100 + today.month:
        raise UserError(
            "series.month", f"“{text}”还没有到，请给已过去的月份。", f"“{text}” is still to come; give a past month."
        )
    return asked


def _known(text: str | None) -> date:
    """The day of ``--as-of``; today without."""
    return known_by(day_of(text) if text else None, business_date())


def _check_format(form: str, out: Path | None) -> None:
    check_format(form, ("table", "csv", "json"))
    if form == "table" and out is not None:
        raise UserError(
            "cli.table_to_file",
            "table 只在屏幕上显示，写入文件请加 --format csv 或 --format json。",
            "A table is for the screen; to write a file add --format csv or --format json.",
        )


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    columns: Iterable[Any] = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        line = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(line, completed=done, total=total)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    with writing(out):
        out.write_text(text, encoding="utf-8")

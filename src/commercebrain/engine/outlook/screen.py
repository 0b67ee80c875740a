"""Forecasts, verdicts and scores as tables for a terminal: side by side where it is wide enough, else one below another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.foresight.result import REASON_WORDS, REASONS
from commercebrain.engine.indicators.cli import named_dimension, named_value

if TYPE_CHECKING:
    from commercebrain.engine.foresight.result import Forecast, Verdicts
    from commercebrain.engine.outlook.series import SeriesSet

#: Series that a table on the screen shows; csv and json hold all.
SHOWN = 40
_VERDICTS = {"": ("正常", "as expected"), "drop": ("异常下降", "drop"), "rise": ("异常上升", "rise")}
#: As expected of the month before, but not of half a year before.
_LASTING = {"drop": ("持续偏低", "lasting fall"), "rise": ("持续偏高", "lasting rise")}


def print_outlook(found: SeriesSet, told: Forecast, seen: Verdicts, slow: NDArray[Any], language: str) -> None:
    """The largest series with what they should have been and what comes, and what must be known beside it."""
    chinese = language.startswith("zh")
    console = Console(highlight=False, markup=False)
    said = _table(found, told, seen, slow, language)
    narrow = _width(console, said).maximum > console.width
    show(_table(found, told, seen, slow, language, narrow=True) if narrow else said)
    if len(found) > SHOWN:
        left = len(found) - SHOWN
        console.print(
            f"另有 {left} 个序列，用 --format csv 取全部。" if chinese else f"{left} more; --format csv has all."
        )
    below = ("下面两行为80%区间", "in the two lines below") if narrow else ("其下为80%区间", "below it")
    console.print(f"每格：预测值，{below[0]}" if chinese else f"Each cell: the forecast, {below[1]} the 80 % interval")
    for note in found.notes:
        console.print(note.say(language))
    known = f"截至 {found.day} 所知" if chinese else f"as known on {found.day}"
    method = told.method.replace("ensemble", "组合模型").replace("median of", "中位数") if chinese else told.method
    parts = [known, method, ("合成数据" if chinese else "synthetic data") if found.synthetic else ""]
    console.print(" · ".join(filter(None, parts)), style="dim")


def _table(
    found: SeriesSet, told: Forecast, seen: Verdicts, slow: NDArray[Any], language: str, *, narrow: bool = False
) -> Table:
    """The largest series; ``narrow``: figures below one another rather than side by side."""
    chinese, catalogue = language.startswith("zh"), load_catalogue()
    indicator, places = catalogue.indicator(found.indicator), catalogue.indicator(found.indicator).decimals
    said = Table(title=f"{indicator.name.say(language)} · {found.region} · {found.unit}", title_justify="left")
    for dim in found.by:
        said.add_column(named_dimension(catalogue, indicator, dim, language), no_wrap=not narrow)
    heads = [month_text(found.last), *(("应为", "判断") if chinese else ("expected", "verdict"))]
    for head in ["\n".join(heads[:2]), heads[2]] if narrow else heads:
        said.add_column(head, justify="right", no_wrap=not narrow)
    for month in told.months:
        said.add_column(month_text(month), justify="right")

    def number(value: float) -> str:
        return "—" if math.isnan(value) else f"{value:,.{places}f}"

    for row in range(min(len(found), SHOWN)):
        now = [number(found.values[row, -1]), number(seen.expected[row])]
        bands = ([number(table[row, n]) for table in (told.point, told.low80, told.high80)]
                 for n in range(len(told.months)))  # fmt: skip
        cells = ["\n".join(three if narrow else (three[0], f"{three[1]}–{three[2]}")) for three in bands]
        why = REASON_WORDS.get(told.why(row))
        if why is not None and math.isnan(told.point[row, 0]):
            cells = [why[0 if chinese else 1], *[""] * (len(cells) - 1)]
        said.add_row(
            *(named_value(catalogue, indicator, dim, code, language)
              for dim, code in zip(found.by, found.keys[row], strict=True)),
            *(["\n".join(now)] if narrow else now), _verdict(told, seen, slow, row, chinese), *cells,
        )  # fmt: skip
    return said


def _verdict(told: Forecast, seen: Verdicts, slow: NDArray[Any], row: int, chinese: bool) -> str:
    """The verdict in a word, or why there is none where the forecast beside it does not say so."""
    if seen.reason[row]:
        why = REASONS[int(seen.reason[row])]
        return "—" if why == told.why(row) else REASON_WORDS[why][0 if chinese else 1]
    words = _VERDICTS[str(seen.kind[row])] if seen.kind[row] or not slow[row] else _LASTING[str(slow[row])]
    return words[0 if chinese else 1]


def print_scores(rows: Sequence[Mapping[str, Any]], chinese: bool) -> None:
    """One line for each score (:class:`~commercebrain.engine.outlook.kept.Score` as a dictionary)."""
    if not rows:
        print(
            "还没有可评分的预测：保存的预测所预测的月份公布后，这里列出评分。"
            if chinese
            else "No kept forecast has met its truth yet: scores stand here once a month forecast is published."
        )
        return
    heads = (
        (
            "指标",
            "提前\n月数",
            "次数",
            "sMAPE\n去年同月法",
            "MASE\n去年同月法",
            "偏差",
            "80%区间\n95%区间",
            "历史\n已修订",
        )
        if chinese
        else ("indicator", "months\nahead", "n", "sMAPE\nnaive", "MASE\nnaive", "bias", "in 80 %\nin 95 %", "revised")
    )
    said = Table(title="预测评分" if chinese else "scores of kept forecasts", title_justify="left")
    for head in heads:
        said.add_column(head, justify="left" if head == heads[0] else "right", no_wrap=head != heads[0])
    for row in rows:
        cell = {name: _cell(name, value, chinese) for name, value in row.items()}
        said.add_row(
            f"{cell['indicator']}\n{cell['region']} {cell['by']}", cell["horizon"], cell["n"],
            *(f"{cell[one]}\n{cell[other]}" for one, other in (("smape", "naive_smape"), ("mase", "naive_mase"))),
            cell["bias"], f"{cell['coverage80']}\n{cell['coverage95']}", cell["revised"],
        )  # fmt: skip
    show(said)


def _cell(name: str, value: Any, chinese: bool) -> str:
    if name == "horizon" and not value:
        return "全部" if chinese else "all"
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "—"
    return f"{value:.1%}" if name in ("bias", "coverage80", "coverage95") else f"{value:.2f}"


def show(said: Table) -> None:
    """The table; wider than the terminal rather than with broken numbers."""
    console = Console(highlight=False, markup=False)
    console.width = max(console.width, _width(console, said).minimum)
    console.print(said)


def _width(console: Console, said: Table) -> Measurement:
    return console.measure(said, options=console.options.update(max_width=10_000))


def month_text(month: int) -> str:
    """A month (yyyymm) as 2025-06."""
    return f"{month // 100}-{month % 100:02d}"

"""``cbrain simulate``: lines of the invented city from a terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from commercebrain.engine.lake.cli import lake_root

simulate_app = typer.Typer(
    help="虚构数据：不带子命令时生成示例市的报关单明细 · Invented data; without a command, declaration lines of 示例市",
    invoke_without_command=True, no_args_is_help=True,
)  # fmt: skip
MOST_SEED = 2**32 - 1


@simulate_app.callback()
def simulate(
    context: typer.Context,
    lines: Annotated[int | None, typer.Option(help="明细行数，至多五亿 · lines, 500 million at most")] = None,
    seed: Annotated[int, typer.Option(help="种子 · seed", min=0, max=MOST_SEED)] = 0,
    first: Annotated[str, typer.Option("--from", help="起始月，如 2020-01 · first month")] = "",
    last: Annotated[str, typer.Option("--to", help="截止月，如 2025-06 · last month")] = "",
    firms: Annotated[int, typer.Option(help="企业数 · firms", min=100, max=1_000_000)] = 20_000,
    into: Annotated[
        Path | None,
        typer.Option(help="装入哪个数据湖，缺省为本安装的 · lake to fill, this installation's if not named"),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="写成 Parquet 文件，不装入数据湖 · write Parquet files instead")
    ] = None,
    others: Annotated[
        bool, typer.Option("--others", help="同时生成订单、消费、外资等小数据集 · the small data sets as well")
    ] = False,
    key: Annotated[
        bool, typer.Option("--key", help="打印有意加入的冲击与差错 · print what was done to the data on purpose")
    ] = False,
) -> None:
    """在示例市生成虚构的报关单明细 · Invented declaration lines of 示例市, the same ones for a seed; marked synthetic."""
    if context.invoked_subcommand is not None:
        return
    root = folder or into or lake_root()
    if lines is not None:
        _make(lines, seed, first, last, firms, root, files=folder is not None)
        if others and folder is None:
            from commercebrain.engine.simulate.others import simulate_others

            for code, rows in simulate_others(root, seed, first, last, firms).items():
                typer.echo(f"{code}  {rows}")
    if key:
        from commercebrain.engine.simulate.key import read_key

        print(json.dumps(read_key(root), ensure_ascii=False, indent=1))
    elif lines is None:
        typer.echo(context.get_help())


def _make(lines: int, seed: int, first: str, last: str, firms: int, root: Path, *, files: bool) -> None:
    # Only here: the kernels and drivers behind them take time to load, and every other verb would wait.
    from commercebrain.engine.simulate.write import simulate as into_lake
    from commercebrain.engine.simulate.write import write_folder

    said = os.environ.get("CBRAIN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "zh"
    chinese = not said.startswith("en")
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )
    with bars:
        tasks = {"lines": bars.add_task("示例市（虚构）" if chinese else "the invented city", total=lines)}

        def advance(done: int, total: int, what: str) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task("汇总" if chinese else "roll-ups", total=total)
            bars.update(tasks[what], completed=done, total=total)

        make = write_folder if files else into_lake
        done = make(root, lines, seed, first, last, firms, progress=advance)
        bars.update(tasks["lines"], completed=lines)
    shocks, faults = len(done.key["shocks"]), len(done.key["faults"])
    if done.already:
        typer.echo(f"已有同样的明细，未改动：{root}" if chinese else f"The same lines are there already: {root}")
    else:
        typer.echo(
            f"已生成 {lines} 行虚构明细（{done.asked.first}—{done.asked.last}），含 {shocks} 处冲击、{faults} 处差错，"
            f"答案见 {done.key_path}"
            if chinese
            else f"{lines} invented lines made ({done.asked.first} to {done.asked.last}) with {shocks} shocks and "
            f"{faults} faults; the key is {done.key_path}"
        )

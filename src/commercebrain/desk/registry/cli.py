"""``cbrain registry``: load files of codes; ``cbrain simulate enterprises``: invented firms of 示例市."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from commercebrain.engine.errors import UserError
from commercebrain.engine.simulate.cli import simulate_app

registry_app = typer.Typer(help="登记册 · Registers", no_args_is_help=True)
out = Console()
SHOWN = 20


def _ready() -> bool:
    """Makes Django ready; whether the reader's language is Chinese."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commercebrain.web.settings")
    import django

    django.setup()
    said = os.environ.get("CBRAIN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "zh"
    return not said.startswith("en")


@registry_app.command()
def load(
    profile: Annotated[str, typer.Argument(help="装载方案，如 industries · loading profile")] = "",
    file: Annotated[Path | None, typer.Argument(help="csv 文件 · csv file")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="装入该文件夹中所有认得的文件 · load every file of this folder that a profile knows"),
    ] = None,
) -> None:
    """装入代码文件：行业、商品、国别、监管方式、乡镇街道 · Load a file of codes. Ends with 1 when rows were refused."""
    chinese = _ready()
    from commercebrain.desk.registry.actions import load_folder, load_profile

    if data is not None:
        done = list(load_folder(data))
    elif profile and file is not None:
        done = [load_profile(profile, file)]
    else:
        raise UserError(
            "registry.what",
            "请写明装载方案和文件，例如 cbrain registry load industries 文件.csv；或用 --data 指定文件夹。",
            "Name a profile and a file, for example cbrain registry load industries FILE.csv, or a folder with --data.",
        )
    refused = 0
    for loaded in done:
        refused += len(loaded.refused)
        out.print(
            f"{loaded.profile}：新增 {loaded.added}，更新 {loaded.changed}，不变 {loaded.same}，拒收 {len(loaded.refused)}"
            if chinese
            else f"{loaded.profile}: {loaded.added} added, {loaded.changed} changed, {loaded.same} as before, "
            f"{len(loaded.refused)} refused",
            highlight=False,
        )
        for row in loaded.refused[:SHOWN]:
            why = row.zh if chinese else row.en
            out.print(f"  {row.row} {row.column} “{row.value}” {why}", style="yellow", markup=False, highlight=False)
        if len(loaded.refused) > SHOWN:
            out.print(f"  … {len(loaded.refused) - SHOWN}", style="yellow")
    if refused:
        raise typer.Exit(1)


@registry_app.command()
def profiles() -> None:
    """列出装载方案 · List the loading profiles."""
    chinese = _ready()
    from commercebrain.desk.registry.profiles import profiles as known

    for key, one in known().items():
        if not one.shipped:
            out.print(f"{key}  {one.name['zh' if chinese else 'en']}  {one.file}  {one.source}", highlight=False)


@simulate_app.command()
def enterprises(
    count: Annotated[int, typer.Option(help="企业数 · number of firms", min=1, max=1_000_000)] = 2_000,
    seed: Annotated[int, typer.Option(help="种子 · seed", min=0, max=9)] = 0,
) -> None:
    """在示例市生成虚构企业；同一种子总得到同样的企业 · Invented firms in 示例市; a seed always gives the same firms."""
    chinese = _ready()
    from commercebrain.desk.registry.actions import simulate_enterprises

    with Progress(console=out) as bars:
        line = bars.add_task("虚构企业" if chinese else "invented firms", total=count)
        added, there = simulate_enterprises(count, seed, lambda done, _total: bars.update(line, completed=done))
    out.print(f"新增 {added}，已有 {there}" if chinese else f"{added} added, {there} already there")

"""``cbrain catalogue``: what a clerk runs after changing a catalogue file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from commercebrain.engine.catalogue.loader import load_catalogue

catalogue_app = typer.Typer(help="目录 · The catalogue: the domain as data.", no_args_is_help=True)


@catalogue_app.callback()
def catalogue() -> None:
    """目录 · The catalogue: the domain as data."""


@catalogue_app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="目录文件夹，缺省为已安装的 · the catalogue's folder")] = None,
    language: Annotated[str, typer.Option("--language", help="zh | en")] = "zh",
) -> None:
    """检查目录：读全部文件、核对引用、运行示例 · Load all files, check references, run the examples."""
    console = Console(soft_wrap=True, highlight=False)
    loaded = load_catalogue(folder)
    faults = loaded.check()
    for fault in faults:
        console.print(fault.say(language), markup=False)
    counts = (
        len(loaded.indicators),
        len(loaded.datasets) + len(loaded.records),
        len(loaded.registers),
        len(loaded.systems),
    )
    examples = sum(len(one.examples) for one in loaded.indicators.values())
    examples += sum(len(one.examples) for one in loaded.registers.values())
    if language.startswith("zh"):
        console.print(
            "目录：指标 {} 个，数据集 {} 个，登记册 {} 个，创始系统 {} 行，".format(*counts)
            + f"示例 {examples} 个；错误 {len(faults)} 处。"
        )
    else:
        console.print(
            "Catalogue: {} indicators, {} datasets, {} registers, {} founding systems, ".format(*counts)
            + f"{examples} examples; {len(faults)} faults."
        )
    raise typer.Exit(1 if faults else 0)

"""``cbrain catalogue``: what a clerk runs after changing a catalogue file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

import commercebrain
from commercebrain.engine.catalogue.loader import Catalogue, load_catalogue
from commercebrain.engine.catalogue.promises import from_lines, from_plans, hold
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError

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
    faults: list[Any] = [*loaded.check(), *_kept_forecasts(loaded, folder)]
    for fault in faults:
        console.print(fault.say(language), markup=False)
    counts = (
        len(loaded.indicators),
        sum(1 for one in loaded.indicators.values() if one.of_records),
        len(loaded.datasets) + len(loaded.records),
        len(loaded.groups),
        sum(len(one.tables) for one in loaded.tables.values()),
        len(loaded.registers),
        len(loaded.lists),
        len(loaded.forms),
        len(loaded.rules),
        len(loaded.templates),
        len(loaded.systems),
    )
    examples = sum(len(one.examples) for one in loaded.indicators.values())
    examples += sum(len(one.examples) for one in (*loaded.registers.values(), *loaded.lists.values()))
    examples += sum(len(one.examples) for one in loaded.forms.values())
    examples += sum(len(one.examples) for one in loaded.rules.values())
    examples += sum(len(one.examples) for one in loaded.templates.values())
    examples += sum(len(one.examples) for one in loaded.rankings.values())
    if language.startswith("zh"):
        console.print(
            "目录：指标 {} 个（其中由明细计算 {} 个），数据集 {} 个，分组 {} 个，公布表 {} 张，登记册 {} 个，清单种类 {} 个，报表 {} 张，预警规则 {} 条，事项模板 {} 个，创始系统 {} 行，".format(
                *counts
            )
            + f"示例 {examples} 个；错误 {len(faults)} 处。"
        )
    else:
        console.print(
            "Catalogue: {} indicators ({} counted from records), {} datasets, {} groups, {} declared tables, {} registers, {} kinds of lists, {} forms, {} rules, {} templates of cases, {} founding systems, ".format(
                *counts
            )
            + f"{examples} examples; {len(faults)} faults."
        )
    raise typer.Exit(1 if faults else 0)


def _kept_forecasts(loaded: Catalogue, folder: Path | None) -> list[UserError]:
    """What is wrong with the declaration of kept forecasts, if the catalogue has one."""
    if folder is not None and not (folder / "foresight.yaml").exists():
        return []
    from commercebrain.engine.outlook.kept.declared import foresight_plan  # it stands above the catalogue

    try:
        foresight_plan(None if folder is None else folder / "foresight.yaml").check(loaded)
    except UserError as fault:
        return [fault]
    return []


@catalogue_app.command("match-targets")
def match_targets(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="目标文件，每行一个 JSON；缺省为随附的五份规划 · targets, one JSON a line; the shipped plans"
        ),
    ] = None,
    language: Annotated[str, typer.Option("--language", help="zh | en")] = "zh",
    everything: Annotated[bool, typer.Option("--all", help="也列出已匹配的 · list the matched ones too")] = False,
) -> None:
    """规划目标与指标对照：列出没有匹配的及其理由 · Match the plans' targets to indicators; name and argue the rest."""
    console = Console(soft_wrap=True, highlight=False)
    zh = language.startswith("zh")
    loaded = load_catalogue()
    plans = Path(commercebrain.__file__).parent / "catalogue" / "samples" / "plans"
    held = hold(from_plans(plans) if file is None else from_lines(file), loaded)
    for one in held:
        told = f"{one.promise.id} {one.promise.doc[:3]} {one.promise.name}（{one.promise.unit}）"
        if one.code is not None:
            if everything:
                console.print(f"{told} → {one.code} {loaded.indicator(one.code).name.say(language)}", markup=False)
            continue
        why = one.argued.why.say(language) if one.argued else ("未说明" if zh else "not argued")
        near = ", ".join(one.argued.candidates if one.argued and one.argued.candidates else one.candidates)
        console.print(f"{told} — {why} [{near}]", markup=False)
    matched = sum(one.code is not None for one in held)
    silent = sum(one.silent for one in held)
    console.print(
        f"目标 {len(held)} 个：已匹配 {matched} 个，未匹配而有说明 {len(held) - matched - silent} 个，未说明 {silent} 个。"
        if zh
        else f"{len(held)} targets: {matched} matched, {len(held) - matched - silent} unmatched and argued, "
        f"{silent} not argued."
    )
    raise typer.Exit(1 if silent else 0)


@catalogue_app.command("load-series")
def load_series(
    folder: Annotated[Path, typer.Argument(help="放数据文件的文件夹 · the folder with the files")],
    profile: Annotated[list[str] | None, typer.Option(help="只装入这些方案 · only these profiles")] = None,
    language: Annotated[str, typer.Option("--language", help="zh | en")] = "zh",
) -> None:
    """装入真实数据序列：按装入方案读文件夹里有的文件 · Take in the files that profiles explain, those that are there."""
    from commercebrain.engine.clock import business_date
    from commercebrain.engine.lake.cli import lake_root
    from commercebrain.engine.lake.profiles import take_in_profile

    console = Console(soft_wrap=True, highlight=False)
    zh = language.startswith("zh")
    profiles = load_catalogue().profiles
    failed = False
    for code in profile or profiles:
        one = profiles.get(code)
        if one is None:
            near = nearest(code, profiles)[0 if zh else 1]
            console.print(f"没有装入方案“{code}”{near}" if zh else f"No profile “{code}”{near}", markup=False)
            failed = True
            continue
        if not (folder / one.file).is_file():
            console.print(f"{code}：没有文件 {one.file}" if zh else f"{code}: no file {one.file}", markup=False)
            continue
        try:
            taken = take_in_profile(one, folder, lake_root(), taken_in=business_date())
        except UserError as error:
            console.print(f"{code}: {error.say(language)}", style="red", markup=False)
            failed = True
            continue
        report, made = taken.report, taken.prepared
        told = [
            f"读{made.read}行" if zh else f"{made.read} rows read",
            *([f"入库{report.accepted}" if zh else f"{report.accepted} taken in"] if report else []),
            *([f"隔离{report.quarantined}" if zh else f"{report.quarantined} in quarantine"] if report else []),
            *(f"不取{n}：{why}" if zh else f"{n} left out: {why}" for why, n in made.dropped.items()),
            *([f"重复{made.repeated}" if zh else f"{made.repeated} repeated"] if made.repeated else []),
            *([f"尚未公布{made.later}" if zh else f"{made.later} not yet published"] if made.later else []),
            *(["此前已入库" if zh else "already taken in"] if report and report.already else []),
        ]
        console.print(f"{code}{'：' if zh else ': '}{('，' if zh else ', ').join(told)}", markup=False)
    raise typer.Exit(1 if failed else 0)

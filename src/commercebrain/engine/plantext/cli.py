"""``cbrain plan``: read plans on the command line."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from commercebrain.engine.errors import UserError

plan_app = typer.Typer(no_args_is_help=True, help="规划文本 · Plans")


class Kind(StrEnum):
    """What to read out of a plan."""

    target = "target"
    fact = "fact"
    task = "task"


class Format(StrEnum):
    """How to give it back."""

    table = "table"
    jsonl = "jsonl"
    xlsx = "xlsx"


@plan_app.callback()
def plan() -> None:
    """规划文本：读出目标、事实与任务 · Plans: read their targets, facts and tasks."""


@plan_app.command("read")
def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="txt, docx, pdf, html")],
    kind: Annotated[
        list[Kind] | None, typer.Option("--kind", help="可重复，缺省为全部 · repeatable; all by default")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="输出形式 · form of the output")] = Format.table,
    out: Annotated[Path | None, typer.Option("--out", help="写入文件 · write to this file")] = None,
) -> None:
    """读出规划中的目标、事实和任务 · Read the targets, facts and tasks of plans.

    Ends with 0 when every file was read, 1 when some of several were not, 2 when the only one was not or the
    call is wrong.
    """
    from commercebrain.engine.plantext import render
    from commercebrain.engine.plantext.loading import load_document
    from commercebrain.engine.plantext.reader import read_plan

    language = _language()
    kinds = [str(k) for k in dict.fromkeys(kind)] if kind else list(render.KINDS)
    rows: list[dict[str, Any]] = []
    failed = 0
    try:
        _check_call(form, out)
        for path in files:
            try:
                document = load_document(path)
                found = read_plan(document.text, document.name, tuple(kinds))
            except UserError as error:
                failed += 1
                typer.echo(error.say(language), err=True)
                continue
            for note in document.notes:
                typer.echo(f"{document.name}: {note.say(language)}", err=True)
            rows += [finding.to_row() for finding in found]
        if failed < len(files):
            _give(rows, kinds, form, out, language)
    except UserError as error:
        typer.echo(error.say(language), err=True)
        raise typer.Exit(2) from None
    if failed:
        raise typer.Exit(2 if len(files) == 1 else 1)


def _language() -> str:
    """The terminal's language: English where it asks for it, else Chinese."""
    said = os.environ.get("CBRAIN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "zh"
    return "en" if said.startswith("en") else "zh"


def _check_call(form: Format, out: Path | None) -> None:
    if form is Format.xlsx and out is None:
        raise UserError(
            "plan.xlsx_needs_out",
            "xlsx 不能显示在屏幕上，请用 --out 指定文件，例如 --out 目标.xlsx。",
            "An xlsx cannot be shown on the screen; name a file with --out, such as --out targets.xlsx.",
        )
    if out is not None and (out.is_dir() or not out.resolve().parent.is_dir()):
        raise UserError(
            "plan.out_not_writable",
            f"无法写入“{out}”：所在文件夹不存在，或它本身是文件夹；请先建立文件夹或改用别的路径。",
            f"“{out}” cannot be written: its folder does not exist, or it is one itself; make the folder or "
            f"name "
            "another path.",
        )


def _give(rows: list[dict[str, Any]], kinds: list[str], form: Format, out: Path | None, language: str) -> None:
    import io
    import shutil

    from rich.console import Console

    from commercebrain.engine.plantext import render

    if form is Format.xlsx:
        content = render.to_xlsx(rows, kinds, language)
    elif form is Format.jsonl:
        content = render.to_jsonl(rows).encode()
    elif out is None:
        width = shutil.get_terminal_size((160, 24)).columns
        render.print_tables(Console(width=max(width, 100)), rows, kinds, language)
        return
    else:
        page = io.StringIO()
        render.print_tables(Console(file=page, width=200), rows, kinds, language)
        content = page.getvalue().encode()
    if out is None:
        typer.echo(content.decode(), nl=False)
        return
    try:
        render.write_whole(out, content)
    except OSError as error:
        raise UserError(
            "plan.out_not_writable",
            f"无法写入“{out}”（{error.strerror}）；请检查权限和磁盘空间。",
            f"“{out}” cannot be written ({error.strerror}); check permissions and free space.",
        ) from None
    counts = [
        (name, sum(row["type"] == kind for row in rows)) for kind, name in render.KIND_NAMES.items() if kind in kinds
    ]
    zh = "，".join(f"{name[0]} {count}" for name, count in counts)
    en = ", ".join(f"{name[1].lower()} {count}" for name, count in counts)
    typer.echo(f"已写入“{out}”：{zh}。" if language == "zh" else f"Written to “{out}”: {en}.", err=True)

"""``cbrain audit``: the chain of seals over the event log, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from commercebrain.operations.setup_django import ready
from commercebrain.operations.terminal import say

audit_app = typer.Typer(
    help="审计日志的封条链 · The chain of seals over the event log", no_args_is_help=True, rich_markup_mode=None
)
out = Console()
SHOWN = 50


@audit_app.command()
def seal() -> None:
    """把尚未入链的日志封存 · Seal the events that are under no seal yet."""
    ready()
    from commercebrain.desk.core.trail.sealing import seal_events

    made = seal_events(sweep=True)
    count = sum(one.count for one in made)
    out.print(
        say(f"封存 {count} 条日志，新增 {len(made)} 个封条", f"{count} events sealed under {len(made)} new seals")
    )


@audit_app.command()
def anchor(
    target: Annotated[
        Path | None, typer.Argument(help="追加到此文件，缺省打印到屏幕 · file to append to, default: print")
    ] = None,
) -> None:
    """导出链头：封条号、累计条数、指纹 · Export the head of the chain: seal, events in all, hash."""
    ready()
    from commercebrain.desk.core.trail import anchors

    head = anchors.head()
    if head is None:
        out.print(say("还没有封条", "Nothing is sealed yet"))
        raise typer.Exit(1)
    if target is None:
        print(head)
        return
    with target.open("a", encoding="utf-8") as file:
        file.write(f"{head}\n")
    out.print(say(f"已追加到 {target}", f"Appended to {target}"))


@audit_app.command()
def verify(
    anchors: Annotated[
        Path | None, typer.Option(help="锚点文件，缺省用所配置的 · file of anchors, default: the configured one")
    ] = None,
) -> None:
    """核对整条日志链；发现问题则退出码为 1 · Verify the whole chain; exit code 1 when something is wrong."""
    ready()
    from commercebrain.desk.core.trail import state

    verdict = state.verify_and_keep(anchors)
    for finding in verdict.findings[:SHOWN]:
        out.print(f"[red]✗[/] {say(finding.zh, finding.en)}", highlight=False)
    if verdict.faults > SHOWN:
        out.print(say(f"……共 {verdict.faults} 处", f"… {verdict.faults} in all"))
    numbers = (verdict.events, verdict.seals, verdict.open, verdict.anchors)
    out.print(
        say(
            "{}核对日志 {:,} 条、封条 {:,} 个，未入链 {:,} 条，锚点 {:,} 个".format(
                "" if verdict.sound else "有问题：", *numbers
            ),
            "{}{:,} events under {:,} seals, {:,} not sealed yet, {:,} anchors".format(
                "Sound: " if verdict.sound else "Not sound: ", *numbers
            ),
        ),
        highlight=False,
    )
    raise typer.Exit(0 if verdict.sound else 1)

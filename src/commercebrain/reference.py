"""Writes ``docs/reference/commands.md`` from the commands' own help: ``python -m commercebrain.reference``.

A test compares the file with what this module would write, so the page cannot fall behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import typer.main

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


def _parameters(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield f"| `{parameter.human_readable_name}` | {getattr(parameter, 'help', None) or ''} |"
        elif isinstance(parameter, click.Option) and not parameter.hidden and parameter.name != "help":
            names = ", ".join([*parameter.opts, *parameter.secondary_opts])
            yield f"| `{names}` | {parameter.help or ''} |"


def _sections(command: click.Command, name: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for child in sorted(command.commands):
            yield from _sections(command.commands[child], f"{name} {child}")
        return
    yield f"## `{name}`\n\n{(command.help or '').strip()}\n"
    if rows := list(_parameters(command)):
        yield "| option | meaning |\n| --- | --- |\n" + "\n".join(rows) + "\n"


def page() -> str:
    """The whole page."""
    from commercebrain.cli import app

    head = (
        "# 命令 · Commands\n\nWritten from the commands' own help (`python -m commercebrain.reference`).\n"
    )
    return "\n".join([head, *_sections(typer.main.get_command(app), "cbrain")])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

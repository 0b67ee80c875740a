"""Writes ``docs/reference/commands.md`` from the commands' own help: ``python -m commercebrain.reference``.

A test compares the file with what this module would write, so the page cannot fall behind.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

SHELL = ("install_completion", "show_completion")
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"


def _parameters(command: Any) -> Iterator[str]:
    for parameter in command.params:
        meaning = (getattr(parameter, "help", None) or "").replace("|", "\\|")
        if parameter.param_type_name == "argument":
            yield f"| `{(parameter.metavar or parameter.name).upper()}` | {meaning} |"
        elif not getattr(parameter, "hidden", False) and parameter.name not in ("help", *SHELL):
            names = ", ".join([*parameter.opts, *parameter.secondary_opts])
            yield f"| `{names}` | {meaning} |"


def _sections(command: Any, name: str) -> Iterator[str]:
    # Typer brings its own copy of click: a group is told by its commands, not by its class.
    if children := getattr(command, "commands", None):
        for child in sorted(children):
            yield from _sections(children[child], f"{name} {child}")
        if not command.invoke_without_command:
            return
    yield f"## `{name}`\n\n{inspect.cleandoc(command.help or '')}\n"
    if rows := list(_parameters(command)):
        yield "| option | meaning |\n| --- | --- |\n" + "\n".join(rows) + "\n"


def page() -> str:
    """The whole page."""
    from commercebrain.cli import app

    head = "# 命令 · Commands\n\nWritten from the commands' own help (`python -m commercebrain.reference`).\n"
    return "\n".join([head, *_sections(typer.main.get_command(app), "cbrain")])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

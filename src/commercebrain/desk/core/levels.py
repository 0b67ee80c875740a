"""Levels of warnings as every page tells them: a word and a shape that fills. Colours and Roman numerals belong to what a
government declares; ▲ is kept for what is late."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import DASH
from commercebrain.engine.rules.kinds import LEVELS

#: From the gravest.
SHAPES = {"close_watch": "●", "watch": "◐", "note": "○"}


def level_word(code: str) -> str:
    """The word of a level in the reader's language; another code as it is."""
    return LEVELS[code].say(reader.language()) if code in LEVELS else code


def level_cell(code: str) -> Any:
    """A level as shape and word; another code as it is, none as every empty cell."""
    if code not in SHAPES:
        return level_word(code) or DASH
    return format_html(
        '<span class="level level-{}"><span aria-hidden="true">{}</span> {}</span>',
        code, SHAPES[code], level_word(code),
    )  # fmt: skip

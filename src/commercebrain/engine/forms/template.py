"""The template of a form's lines: a workbook with headings, hints, drop-down choices and the lines of last time."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import xlsxwriter

from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import FormKind, Question
from commercebrain.engine.forms.values import Answer, said
from commercebrain.engine.registers import Lookups, Syntax

_ROWS_TO_VALIDATE = 5_000


def template(
    form: FormKind, lines: Sequence[Mapping[str, Answer]] = (), *, language: str = "zh", known: Lookups | None = None
) -> bytes:
    """An xlsx workbook that :func:`~commercebrain.engine.forms.lines_file.read_lines` reads back as ``lines``.

    Product codes are text, so that no leading zero is lost; choices have drop-downs. Raises :class:`UserError`
    (``form.no_lines``) for a form without lines.
    """
    asked = form.lines
    if asked is None:
        raise UserError("form.no_lines", f"“{form.name.zh}”没有明细表。", f"{form.name.en} has no lines.")
    chinese = language.startswith("zh")
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(asked.name.say(language)[:31])
    title = book.add_format({"bold": True, "font_size": 13})
    bold = book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1, "text_wrap": True, "valign": "top"})
    text, number = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.####"})
    sheet.write_string(0, 0, f"{form.name.say(language)} · {asked.name.say(language)}", title)
    for column, one in enumerate(asked.fields):
        sheet.write_string(1, column, heading(one, language), bold)
        sheet.set_column(column, column, 18, number if one.type in ("integer", "decimal") else text)
        if one.help is not None:
            sheet.write_comment(1, column, one.help.say(language))
        if one.type == "choice":
            words = [word.say(language) for word in one.choices.values()]
            sheet.data_validation(2, column, 1 + _ROWS_TO_VALIDATE, column, {"validate": "list", "source": words})
    for place, row in enumerate(lines[: asked.most]):
        for column, one in enumerate(asked.fields):
            value = row.get(one.field)
            if value is None:
                continue
            if one.type in ("integer", "decimal"):
                sheet.write_number(2 + place, column, float(str(value)))
            else:
                told = (
                    said(one, value, known or Syntax(), language) if one.type in ("choice", "country") else str(value)
                )
                sheet.write_string(2 + place, column, told)
    sheet.freeze_panes(2, 0)
    book.set_properties({"title": form.name.say(language), "comments": "批准文号 " + form.approval if chinese else ""})
    book.close()
    return buffer.getvalue()


def heading(one: Question, language: str = "zh") -> str:
    """A column's heading: its name, and its unit in brackets."""
    if not one.unit or one.type not in ("integer", "decimal"):
        return one.short.say(language)
    return f"{one.short.zh}（{one.unit}）" if language.startswith("zh") else f"{one.short.en} ({one.unit})"

"""How levels and rows with two languages stand in a page of warnings."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString

from commercebrain.desk.core.levels import level_cell
from commercebrain.desk.people.models import Role
from commercebrain.desk.warnings import pages, words

register = template.Library()


@register.simple_tag
def level(code: str) -> Any:
    """A level as a shape and a word."""
    return level_cell(code)


@register.simple_tag
def of_row(row: Any, name: str) -> str:
    """``name_zh`` or ``name_en`` of a row in the reader's language."""
    return words.of_row(row, name)


@register.simple_tag
def sentence_of(row: Any) -> str:
    """What is the matter with a signal, as far as the reader is cleared."""
    return pages.sentence(row)


@register.simple_tag
def script_of(data: Any, number: int) -> SafeString:
    """The data of a picture for the script that draws it."""
    return json_script(data, f"picture-{number}")


@register.simple_tag
def role_word(code: str) -> str:
    """A role in the reader's language; the code where no such role is kept."""
    role = Role.objects.filter(code=code).first()
    return code if role is None else words.of_row(role, "name")


@register.simple_tag
def script_named(data: Any, name: str) -> SafeString:
    """The data of a script under a name."""
    return json_script(data, name)


@register.simple_tag
def told_of(point: Any, key: str) -> str:
    """One figure of a point of the curve."""
    return str(point.told[key])


@register.simple_tag
def record_rows(record: Any) -> list[tuple[str, str]]:
    """What became of a rule's signals, line by line."""
    return words.record_rows(record)

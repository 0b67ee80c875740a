"""Finds every message id in templates and Python code, the way makemessages would, without gettext installed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation.template import templatize

import commercebrain

SOURCE = Path(next(iter(commercebrain.__path__)))
SINGULAR = {"gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
# What templatize writes for {% translate %} and {% blocktranslate %}.
CALL = re.compile(
    r"""\b(n?gettext)\((u?)("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')(?:,\s*u?("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))?""",
    re.S,
)
INLINE = re.compile(r"""\b_\(("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')\)""")


@dataclass(frozen=True)
class Found:
    """A message id and where it stands."""

    english: str
    plural: str | None
    place: str


def in_templates() -> Iterator[Found]:
    """Those of all templates of the product."""
    for file in sorted([*SOURCE.rglob("templates/**/*.html"), *SOURCE.rglob("templates/**/*.txt")]):
        text = templatize(file.read_text(encoding="utf-8"), origin=str(file))
        place = str(file.relative_to(SOURCE))
        for call in CALL.finditer(text):
            plural = ast.literal_eval(call[4]) if call[4] and call[1] == "ngettext" else None
            yield Found(ast.literal_eval(call[3]), plural, place)
        for call in INLINE.finditer(text):
            yield Found(ast.literal_eval(call[1]), None, place)


def in_code() -> Iterator[Found]:
    """Those of the Python code, whatever names the functions were imported under."""
    for file in sorted(SOURCE.rglob("*.py")):
        if "migrations" in file.parts:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                names.update({alias.asname or alias.name: alias.name for alias in node.names})
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            real = names.get(called, "")
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            place = f"{file.relative_to(SOURCE)}:{node.lineno}"
            if real in SINGULAR and texts:
                yield Found(texts[0], None, place)
            elif real in PLURAL and len(texts) >= 2:
                yield Found(texts[0], texts[1], place)


@cache
def all_found() -> list[Found]:
    """Every message id that is not empty."""
    return [found for source in (in_templates(), in_code()) for found in source if found.english]

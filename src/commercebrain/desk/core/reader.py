"""Who reads this page: the language in which it is said to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language


def language() -> str:
    """The reader's language as a tag such as ``zh-hans`` or ``en``; Chinese where none is in force."""
    return get_language() or "zh"


def chinese() -> bool:
    """Whether the reader reads Chinese."""
    return language().startswith("zh")


def said(words: Any) -> str:
    """Words in both languages in the reader's: the catalogue's own, or as JSON keeps them (``{zh, en}``; where one is empty
    the other). A plain text as it is, "" for none."""
    if isinstance(words, Mapping):
        first, second = ("zh", "en") if chinese() else ("en", "zh")
        return str(words.get(first) or words.get(second) or "")
    if hasattr(words, "say"):
        return str(words.say(language()))
    return "" if words is None else str(words)

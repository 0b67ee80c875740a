"""Who reads this page: the language in which it is said to them."""

from __future__ import annotations

from django.utils.translation import get_language


def language() -> str:
    """The reader's language as a tag such as ``zh-hans`` or ``en``; Chinese where none is in force."""
    return get_language() or "zh"


def chinese() -> bool:
    """Whether the reader reads Chinese."""
    return language().startswith("zh")

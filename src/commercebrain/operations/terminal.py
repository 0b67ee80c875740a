"""The terminal's language."""

from __future__ import annotations

import os


def chinese() -> bool:
    """Whether the terminal's language is Chinese, or says nothing (the product is Chinese first)."""
    said = os.environ.get("CBRAIN_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "zh"
    return not said.startswith("en")


def say(zh: str, en: str) -> str:
    """The sentence in the terminal's language."""
    return zh if chinese() else en

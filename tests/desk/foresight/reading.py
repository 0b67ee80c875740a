"""What a page says, without its marks."""

from __future__ import annotations

import html
import re


def answer(text: str) -> str:
    """The first line of a page."""
    found = re.search(r'<p class="answer"[^>]*>(.*?)</p>', text, re.S)
    assert found is not None, text[:500]
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", found[1])).strip()

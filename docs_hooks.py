"""What the documentation shows is made from what the tests hold: the permission table, at each build."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

MARK = "<!-- the permission table -->"
PEOPLE = [
    *("stranger", "nobody", "director", "planner", "clerk", "trader", "deputy", "evaluator", "it"),
    *("county", "neighbour", "sister", "province", "firm", "admin", "root"),
]


def on_page_markdown(markdown: str, page: Any, **more: Any) -> str:
    """Puts the table in the place of its mark."""
    if MARK not in markdown:
        return markdown
    sys.path.insert(0, str(Path(__file__).parent))
    from tests.web.permission_table import rendered

    return markdown.replace(MARK, rendered(PEOPLE))

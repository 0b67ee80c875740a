"""What the repository holds: its tracked files, and their text."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps and that is there, relative to the root."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return tuple(Path(name) for name in told.decode().split("\0") if name and (ROOT / name).is_file())


@cache
def text(path: Path) -> str | None:
    """The text of a tracked file; none for one that is no text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None

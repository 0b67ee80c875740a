"""The head of the chain, written to a place outside the database, so that a cut tail is found too.

One line of text an anchor, oldest first::

    2025-07-21T01:02:03.123456+00:00 seal 12 total 3456 hash 5f0c…
    2025-07-22T08:00:00.000000+00:00 restored 10 total 3000 hash 9ab1…

The second kind says that a backup was put back whose head was seal 10: anchors above it hold no longer. Keep the file
(``CBRAIN_AUDIT_ANCHORS``) where who administers the database cannot write, or print a line now and then.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from commercebrain.desk.core.models import Seal
from commercebrain.desk.core.trail.canonical import instant
from commercebrain.engine.errors import UserError

logger = logging.getLogger(__name__)
LINE = re.compile(r"(\S+) (seal|restored) (\d+) total (\d+) hash ([0-9a-f]{64}|-)$")


@dataclass(frozen=True)
class Anchor:
    """A remembered head: seal number, events sealed up to it, its hash; ``restored`` voids anchors above it."""

    at: str
    seal: int
    total: int
    hash: str
    restored: bool = False

    def __str__(self) -> str:
        """The line in the file."""
        word = "restored" if self.restored else "seal"
        return f"{self.at} {word} {self.seal} total {self.total} hash {self.hash or '-'}"


def place() -> Path:
    """The configured file."""
    return Path(settings.AUDIT_ANCHORS)


def head() -> Anchor | None:
    """The anchor of the newest seal; none while nothing is sealed."""
    seal = Seal.objects.order_by("-number").first()
    return anchor_of(seal) if seal else None


def anchor_of(seal: Seal) -> Anchor:
    """The anchor of one seal."""
    return Anchor(instant(seal.sealed_at), seal.number, seal.total, seal.hash)


def append(seal: Seal) -> None:
    """Adds a seal to the configured file; a place that cannot be written is told to the log and stops nothing."""
    _write(anchor_of(seal))


def note_restore(head_then: Anchor | None) -> None:
    """Adds that a backup with this head was put back."""
    number, total, hash_ = (head_then.seal, head_then.total, head_then.hash) if head_then else (0, 0, "")
    _write(Anchor(instant(timezone.now()), number, total, hash_, restored=True))


def _write(anchor: Anchor) -> None:
    try:
        place().parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(place(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, f"{anchor}\n".encode())  # one write: two processes never mix their lines
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        logger.exception("The audit anchors could not be written to %s", place())


def read(path: Path) -> list[Anchor]:
    """Every anchor of a file that still holds; a line that is none raises :class:`UserError` with its number."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError(
            "audit.anchors_unreadable", f"读不了锚点文件 {path}：{fault}。", f"Cannot read the anchors {path}: {fault}."
        ) from None
    return standing(parse(text.splitlines(), str(path)))


def parse(lines: Iterable[str], name: str = "") -> list[Anchor]:
    """The anchors that the lines hold, in order; empty lines are passed over."""
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = LINE.match(line.strip())
        if match is None:
            raise UserError(
                "audit.not_an_anchor",
                f"锚点文件 {name} 第{number}行不是锚点：{line[:80]}",
                f"Line {number} of the anchors {name} is not an anchor: {line[:80]}",
            )
        at, word, seal, total, hash_ = match.groups()
        found.append(Anchor(at, int(seal), int(total), "" if hash_ == "-" else hash_, word == "restored"))
    return found


def standing(found: Iterable[Anchor]) -> list[Anchor]:
    """The anchors that no later restore has voided; a restore stands for the head that it put back."""
    kept: list[Anchor] = []
    for anchor in found:
        if anchor.restored:
            kept = [earlier for earlier in kept if earlier.seal <= anchor.seal]
        if anchor.seal:
            kept.append(anchor)
    return kept

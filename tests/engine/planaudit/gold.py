"""The hand-made checks of tests/gold/arithmetic.md, and which of an audit's findings are about which."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from commercebrain.engine.planaudit.findings import Finding

GOLD = Path(__file__).resolve().parents[2] / "gold" / "arithmetic.md"
_HEAD = re.compile(r"^### (A\d\d) .* — ([A-Z ]+)$", re.MULTILINE)
_QUOTE = re.compile(r"^- (\d{3}) 「(.*?)」$", re.MULTILINE)


@dataclass(frozen=True)
class GoldCheck:
    """One check: its number, its verdict, and the stretches (document, start, end) that it quotes."""

    id: str
    verdict: str
    spans: tuple[tuple[str, int, int], ...]


@cache
def plans() -> dict[str, str]:
    """The five plans by file name."""
    folder = files("commercebrain.catalogue").joinpath("samples/plans")
    return {
        entry.name: entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".txt")
    }


@cache
def gold_checks() -> tuple[GoldCheck, ...]:
    """All 67 checks."""
    text = GOLD.read_text("utf-8")
    heads = list(_HEAD.finditer(text))
    checks = []
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else len(text)]
        spans = tuple(span for doc, quote in _QUOTE.findall(body) if (span := _place(doc, quote)))
        checks.append(GoldCheck(head[1], head[2], spans))
    return tuple(checks)


def _place(prefix: str, quote: str) -> tuple[str, int, int] | None:
    name, text = next((n, t) for n, t in plans().items() if n.startswith(prefix))
    kept = [i for i, char in enumerate(text) if char not in "\r\n"]
    at = "".join(text[i] for i in kept).find(quote.replace("⇥", "\t"))
    return (name, kept[at], kept[at + len(quote) - 1] + 1) if at >= 0 else None


def covered(check: GoldCheck, findings: Sequence[Finding]) -> int:
    """How many of a check's quotes the findings' quotes overlap."""
    return sum(
        any(q.doc == doc and q.start < end and start < q.end for f in findings for q in f.quotes)
        for doc, start, end in check.spans
    )


def is_about(check: GoldCheck, finding: Finding) -> bool:
    """Whether a finding is about a check: it quotes two of its quotes (its only one), or nothing else.

    Where a check quotes two documents, so must the finding.
    """
    wanted = min(2, len(check.spans))
    inside = all(
        any(q.doc == doc and start <= q.start and q.end <= end for doc, start, end in check.spans)
        for q in finding.quotes
    )
    if inside:
        return True
    documents = {doc for doc, _, _ in check.spans}
    if len(documents) > 1 and len({q.doc for q in finding.quotes} & documents) < 2:
        return False
    return covered(check, [finding]) >= wanted


def confirmed(check: GoldCheck, findings: Sequence[Finding]) -> bool:
    """Whether the findings with a verdict of 'holds' cover two of a check's quotes (its only one)."""
    return covered(check, [f for f in findings if f.verdict == "holds"]) >= min(2, len(check.spans))


def of(verdict: str) -> list[GoldCheck]:
    """The checks with a verdict."""
    return [check for check in gold_checks() if check.verdict == verdict]

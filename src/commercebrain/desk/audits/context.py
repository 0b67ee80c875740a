"""A finding's words where they stand: quotes with the text around them, and marks for the margin of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from commercebrain.desk.audits.models import AuditFinding
from commercebrain.desk.audits.words import SHAPES
from commercebrain.desk.plans.marks import Stretch
from commercebrain.desk.plans.models import Document

AROUND = 90  # characters shown before and after a quote
APART = 240  # two quotes of one finding closer than this share a mark


@dataclass(frozen=True)
class Quoted:
    """A stretch of a document: text before, the words, text after; ``moved`` when the text has changed since."""

    plan: Document
    finding: AuditFinding
    before: str
    words: str
    after: str
    moved: bool


def in_context(finding: AuditFinding) -> list[tuple[Document, list[Quoted]]]:
    """The quotes of ``finding`` by document, each in its context; a quote inside another is left out."""
    plans = {row.pk: row for row in Document.objects.filter(pk__in=[q["document"] for q in finding.quotes])}
    result = []
    for pk, quotes in by_document(finding).items():
        plan = plans[pk]
        result.append((plan, [_quoted(plan, finding, quote) for quote in quotes]))
    return result


def _quoted(plan: Document, finding: AuditFinding, quote: dict[str, Any]) -> Quoted:
    start, end = quote["start"], quote["end"]
    if not stands(plan.text, quote):
        return Quoted(plan, finding, "", quote["quote"], "", moved=True)
    before, after = plan.text[max(0, start - AROUND) : start], plan.text[end : end + AROUND]
    return Quoted(plan, finding, before, plan.text[start:end], after, moved=False)


def stands(text: str, quote: dict[str, Any]) -> bool:
    """Whether the words of ``quote`` still stand at their offsets."""
    return "".join(text[quote["start"] : quote["end"]].splitlines()) == quote["quote"]


def by_document(finding: AuditFinding) -> dict[int, list[dict[str, Any]]]:
    """The widest quotes of each document in the order of the text."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for quote in finding.quotes:
        groups.setdefault(quote["document"], []).append(quote)
    for pk, quotes in groups.items():
        kept: list[dict[str, Any]] = []
        for quote in sorted(quotes, key=lambda q: (q["start"], -q["end"])):
            if not kept or quote["end"] > kept[-1]["end"]:
                kept.append(quote)
        groups[pk] = kept
    return groups


@dataclass(frozen=True)
class Mark:
    """A mark in the margin of a plan, at the first of its words; ``first`` for the one that carries the anchor."""

    finding: AuditFinding
    first: bool

    @property
    def shape(self) -> str:
        """The shape of its verdict."""
        return SHAPES[self.finding.verdict]


@dataclass
class Noted:
    """A stretch of the plan's text with the audit's marks before it and the findings whose words it belongs to."""

    stretch: Stretch
    marks: list[Mark] = field(default_factory=list)
    ids: str = ""


def noted(stretches: Sequence[Stretch], document: Document, findings: Iterable[AuditFinding]) -> list[Noted]:
    """``stretches`` of the document, cut again where the audit's quotes begin and end; together the same text.

    Linear in the text, in the findings and in how many of them overlap at one place.
    """
    spans: list[tuple[int, int, AuditFinding]] = []
    marks: dict[int, list[Mark]] = {}
    for finding in findings:
        last = -APART
        for quote in by_document(finding).get(document.pk, []):
            if not stands(document.text, quote):
                continue
            spans.append((quote["start"], quote["end"], finding))
            if quote["start"] - last >= APART:
                marks.setdefault(quote["start"], []).append(Mark(finding, first=last < 0))
            last = quote["end"]
    cuts = sorted({cut for start, end, _ in spans for cut in (start, end)})
    spans.sort(key=lambda span: span[:2])
    result: list[Noted] = []
    position = at = turn = 0
    open_: list[tuple[int, int, AuditFinding]] = []
    for stretch in stretches:
        end = position + len(stretch.text)
        while turn < len(cuts) and cuts[turn] <= position:
            turn += 1
        inner = [position]
        while turn < len(cuts) and cuts[turn] < end:
            inner.append(cuts[turn])
            turn += 1
        for low, high in pairwise([*inner, end]):
            open_ = [span for span in open_ if span[1] > low]
            while at < len(spans) and spans[at][0] <= low:
                open_.append(spans[at])
                at += 1
            piece = Stretch(stretch.text[low - position : high - position], stretch.findings, stretch.strong,
                            stretch.starts if low == position else [])  # fmt: skip
            ids = " ".join(str(pk) for pk in dict.fromkeys(span[2].pk for span in open_))
            result.append(Noted(piece, marks.get(low, []), ids))
        position = end
    return result

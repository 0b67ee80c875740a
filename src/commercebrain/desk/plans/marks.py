"""The document's own text cut into stretches, so that every found row is highlighted where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from commercebrain.desk.plans.models import Finding

_BREAK = re.compile(r"\s")


@dataclass(slots=True)
class Stretch:
    """A stretch of the text under the same findings: ``strong`` where one of them has its number there.

    ``starts`` are the findings that begin with this stretch: the page sets their anchors before it.
    """

    text: str
    findings: tuple[Finding, ...] = ()
    strong: bool = False
    starts: list[int] = field(default_factory=list)

    @property
    def ids(self) -> str:
        """The ids of the findings, parted by blanks."""
        return " ".join(str(finding.pk) for finding in self.findings)

    @property
    def lead(self) -> Finding:
        """The finding whose kind and state the stretch shows: the shortest, which is the most particular one."""
        return min(self.findings, key=lambda finding: (finding.end - finding.start, finding.pk))


def number_span(text: str, finding: Finding) -> tuple[int, int] | None:
    """Where the words that carry the number stand in ``text``; None where they are not one stretch of the quote."""
    words = str(finding.row.get("value_text") or "")
    if not words:
        return None
    # Blanks and line breaks between the characters differ between a page's text and the quote.
    pattern = r"\s*".join(re.escape(character) for character in _BREAK.sub("", words))
    found = re.compile(pattern).search(text, finding.start, finding.end)
    return found.span() if found else None


def stretches(text: str, findings: Iterable[Finding]) -> list[Stretch]:
    """``text`` in order as stretches; joined together they are the text again.

    Linear in the text and in the number of findings times how many of them overlap at one place.
    """
    rows = [f for f in findings if 0 <= f.start < f.end <= len(text)]
    numbers = {f.pk: span for f in rows if (span := number_span(text, f))}
    cuts = {0, len(text)}
    for row in rows:
        cuts.update((row.start, row.end, *numbers.get(row.pk, ())))
    opening = sorted(rows, key=lambda f: f.start)
    result: list[Stretch] = []
    active: list[Finding] = []
    at = 0
    borders = sorted(cuts)
    for first, last in pairwise(borders):
        active = [f for f in active if f.end > first]
        starts = []
        while at < len(opening) and opening[at].start <= first:
            active.append(opening[at])
            starts.append(opening[at].pk)
            at += 1
        inside = [f for f in active if (n := numbers.get(f.pk)) and n[0] <= first and last <= n[1]]
        result.append(Stretch(text[first:last], tuple(inside or active), bool(inside), starts))
    return result

"""Numbers of the five plans changed on purpose, one at a time, and what the audit says of them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache

from tests.engine.planaudit.gold import plans

from commercebrain.engine.planaudit.audit import audit_documents
from commercebrain.engine.planaudit.findings import VERDICTS, Finding
from commercebrain.engine.planaudit.ledger import Document, read_document

#: Checks whose verdict rests on numbers that must agree, so that any change beyond rounding must show.
CHECKABLE = ("PA101", "PA201", "PA301", "PA401", "PA402", "PA403", "PA601", "PA701")
_NUMBER = re.compile(r"\d[\d,，]*(?:\.\d+)?")
_SEED = 20250721

Place = tuple[str, int, int]


@dataclass(frozen=True)
class Mutation:
    """A number at ``start``–``end`` of a document and what is put there."""

    doc: str
    start: int
    end: int
    old: str
    new: str

    def applied(self) -> str:
        """The document with the change."""
        text = plans()[self.doc]
        return text[: self.start] + self.new + text[self.end :]

    def moved(self, doc: str, position: int) -> int:
        """Where a position of the document stands after the change."""
        return position + len(self.new) - len(self.old) if doc == self.doc and position >= self.end else position


@cache
def originals() -> tuple[Finding, ...]:
    """The audit of the plans as they are."""
    return tuple(audit_documents([_read(name) for name in plans()]))


@cache
def _read(name: str) -> Document:
    return read_document(name, plans()[name])


def audit_after(mutation: Mutation) -> list[Finding]:
    """The audit with one number changed."""
    return audit_documents([read_document(n, mutation.applied()) if n == mutation.doc else _read(n) for n in plans()])


def checkable_numbers() -> list[Place]:
    """Every number that a checkable statement which holds is made of, once."""
    places = {
        place
        for finding in originals()
        if finding.check in CHECKABLE and finding.verdict in ("holds", "rounding")
        for place in finding.numbers
        if _NUMBER.search(plans()[place[0]], place[1], place[2])
    }
    return sorted(places)


def mutations(count: int, seed: int = _SEED) -> list[Mutation]:
    """``count`` changes, each by an eighth or more and by three units of the last digit or more."""
    generator = random.Random(seed)
    places = checkable_numbers()
    out: list[Mutation] = []
    while len(out) < count:
        doc, start, end = places[len(out) % len(places)]
        found = _NUMBER.search(plans()[doc], start, end)
        assert found is not None
        digits = re.sub("[,，]", "", found.group())
        decimals = len(digits.partition(".")[2])
        factor = generator.choice((generator.uniform(0.35, 0.87), generator.uniform(1.13, 2.6)))
        value = float(digits) * factor
        step = 10.0**-decimals
        if abs(value - float(digits)) < 3 * step:
            value = float(digits) + 3 * step
        out.append(Mutation(doc, found.start(), found.end(), found.group(), f"{value:.{decimals}f}"))
    return out


def _touched(finding: Finding, doc: str, start: int, end: int) -> bool:
    return any(q.doc == doc and q.start < end and start < q.end for q in finding.quotes)


def is_flagged(mutation: Mutation, after: list[Finding]) -> bool:
    """Whether a finding with a doubt that was not there before is about the changed number."""
    end = mutation.start + len(mutation.new)
    before = {_key(f, None): f.verdict for f in originals()}
    for finding in after:
        if finding.verdict in ("holds", "rounding") or not _touched(finding, mutation.doc, mutation.start, end):
            continue
        was = before.get(_key(finding, None), "holds")
        if VERDICTS.index(finding.verdict) > VERDICTS.index(was):
            return True
    return False


def kept(mutation: Mutation, after: list[Finding]) -> tuple[int, int]:
    """(untouched statements that kept their verdict, untouched statements)."""
    verdicts = {_key(f, None, exact=True): f.verdict for f in after}
    untouched = [f for f in originals() if not _touched(f, mutation.doc, mutation.start, mutation.end)]
    same = sum(verdicts.get(_key(f, mutation, exact=True)) == f.verdict for f in untouched)
    return same, len(untouched)


def _key(finding: Finding, mutation: Mutation | None, exact: bool = False) -> tuple[object, ...]:
    if not exact:
        return finding.check, finding.about
    places = tuple((q.doc, q.start if mutation is None else mutation.moved(q.doc, q.start)) for q in finding.quotes)
    return finding.check, finding.about, places

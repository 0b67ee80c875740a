"""The audit of some plans: every check over one ledger of their figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from commercebrain.engine.planaudit import growth, multiples, paths, reached, regions, restated, shares, sums, undefined
from commercebrain.engine.planaudit.check import Check
from commercebrain.engine.planaudit.findings import Finding
from commercebrain.engine.planaudit.ledger import Document, Ledger, read_document

#: Every check, in the order of its number.
CHECKS: tuple[type[Check], ...] = tuple(
    sorted(
        (
            *growth.CHECKS, *sums.CHECKS, *shares.CHECKS, *multiples.CHECKS, *restated.CHECKS, *reached.CHECKS,
            *paths.CHECKS, *undefined.CHECKS, *regions.CHECKS,
        ),
        key=lambda check: int(check.number.removeprefix("PA")),
    )
)  # fmt: skip


def audit_plans(documents: Iterable[tuple[str, str]]) -> list[Finding]:
    """Every number of the documents, given as (name, text), held against those that it can be held against.

    Findings come in the order of the checks and, within one, of the text. Time grows in proportion to the length of
    the documents and to their number: figures are matched by index.
    """
    return audit_documents([read_document(name, text) for name, text in documents])


def audit_documents(documents: Sequence[Document]) -> list[Finding]:
    """The same for documents that were read before, each with a name of its own."""
    ledger = Ledger(documents)
    return [finding for check in CHECKS for finding in check().run(ledger)]

"""A finding in the making, before it is known whether it promises or reports, and the view that it is read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from commercebrain.engine.plantext.amounts import Amount
from commercebrain.engine.plantext.dates import PlanYears, Span
from commercebrain.engine.plantext.findings import Comparator, Kind, YearBasis
from commercebrain.engine.plantext.structure import Block
from commercebrain.engine.plantext.tense import Tense


@dataclass(slots=True)
class Context:
    """What the reader knows of the whole document."""

    doc: str
    years: PlanYears
    region: str
    default_tense: Tense | None


@dataclass(slots=True)
class View:
    """A stretch of a block read as sentences: ``text`` is normalised, ``base`` its place in the block's text."""

    block: Block
    text: str
    base: int
    quote_type: str

    def document_span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the document of ``text[start:end]``."""
        return self.block.offset(self.base + start), self.block.end_offset(self.base + end)


@dataclass(slots=True)
class Draft:
    """One amount with all that was read of it."""

    view: View
    amount: Amount
    tense: Tense
    indicator: str
    kind: Kind
    unit: str
    value: float | None
    high: float | None
    comparator: Comparator
    quote: tuple[int, int]
    year: int | None = None
    period: Span | None = None
    base: int | Span | None = None
    basis: YearBasis = "inherited"
    per: str | None = None
    region: str = ""
    direction: str = "up"
    confidence: float = 0.9
    baseline: tuple[float, int | None, str] | None = None
    binding: Literal["binding", "expected"] | None = None
    subject: str = ""
    flags: set[str] = field(default_factory=set)

"""What the reader hands back: one row for each promise, statement and task, with the keys of the gold rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Comparator = Literal[">", ">=", "=", "~", "<=", "<"]
Kind = Literal["level", "growth_rate", "share", "ratio", "count", "increment", "cumulative", "rank"]
YearBasis = Literal["explicit", "inherited", "plan_horizon", "publication"]
Period = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of a document that says something to follow up.

    ``text[start:end]`` of the document without line breaks is ``quote``; ``confidence`` is the reader's own, 0 to 1.
    """

    doc: str
    quote: str
    start: int
    end: int
    confidence: float
    section: str

    @property
    def type(self) -> str:
        """target, fact or task."""
        raise NotImplementedError

    def to_row(self) -> dict[str, Any]:
        """The finding as a JSON-ready row; periods become lists."""
        row: dict[str, Any] = {"type": self.type}
        for key, value in asdict(self).items():
            row[key] = list(value) if isinstance(value, tuple) else value
        return row


@dataclass(frozen=True, slots=True)
class TargetFinding(Finding):
    """A quantified promise. Units of ``target_value``: ``unit``; ``baseline_value`` is in ``baseline_unit``."""

    id: str
    line: int
    quote_type: str
    match: str
    indicator: str
    region: str
    value_text: str
    target_value: float | None
    target_value_high: float | None
    comparator: Comparator
    unit: str
    target_year: int | None
    year_basis: YearBasis
    kind: Kind
    period: Period | None
    per: str | None
    direction: str
    baseline_value: float | None
    baseline_year: int | None
    baseline_unit: str | None
    quantifier: str
    note: str | None = None
    #: What the table's column of nature 属性 says: 约束性 or 预期性; None where the plan does not say.
    binding: Literal["binding", "expected"] | None = None

    @property
    def type(self) -> str:
        """Always ``target``."""
        return "target"


@dataclass(frozen=True, slots=True)
class FactFinding(Finding):
    """A quantified statement about the past; ``base`` is the year or period that it is compared with."""

    id: str
    line: int
    quote_type: str
    match: str
    indicator: str
    region: str
    value_text: str
    value: float | None
    comparator: Comparator
    unit: str
    year: int | None
    period: Period | None
    per: str | None
    base: int | Period | None
    year_basis: YearBasis
    kind: Kind
    quantifier: str
    note: str | None = None

    @property
    def type(self) -> str:
        """Always ``fact``."""
        return "fact"


@dataclass(frozen=True, slots=True)
class TaskFinding(Finding):
    """A piece of work with the units that lead it and those that join in."""

    id: str
    list: str
    number: int | str | None
    title: str
    units_quote: str
    lead_units: tuple[str, ...]
    responsible_units: tuple[str, ...]
    line: int
    deadline: str | None
    lead_rule: str
    related_body_tasks: tuple[int | str, ...] | None = None

    @property
    def type(self) -> str:
        """Always ``task``."""
        return "task"

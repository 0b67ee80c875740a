"""A found row, a target or a fact as a reader sees it in one line. Words and formatting only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core.catalogue import indicator_name
from commercebrain.desk.core.formatting import DASH, number, tight, unit_words
from commercebrain.desk.plans.forms import COMPARATOR_SIGNS
from commercebrain.desk.plans.models import Fact, Finding, Kind, Target

#: Shape of a review state; the colour only repeats it.
STATE_SHAPES = {"waiting": "○", "accepted": "✔", "corrected": "✎", "rejected": "✕"}
KIND_WORDS = {
    Kind.TARGET: gettext_lazy("target"),
    Kind.FACT: gettext_lazy("fact"),
    Kind.TASK: gettext_lazy("task"),
}


def amount(comparator: str, value: Any, high: Any, unit: str) -> str:
    """A value as it is promised: “≥ 3,000 亿元”, “3–5 %”; a dash where the plan gives no number."""
    if value is None:
        return DASH
    try:
        low = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    text = number(low)
    if high is not None:
        text = f"{text}–{number(Decimal(str(high)))}"
    else:
        text = f"{COMPARATOR_SIGNS.get(comparator, '')} {text}".strip()
    return tight(f"{text} {unit_words(unit)}".strip())


def time_words(year: Any, first: Any, last: Any, per: str = "") -> str:
    """The year or the years, and “each year” where the number holds for each."""
    span = f"{first}–{last}" if first and last and first != last else str(year or last or "")
    if per in ("year", "年"):
        return _("%(years)s, each year") % {"years": span} if span else _("each year")
    if per:
        return _("%(years)s, each half-year") % {"years": span} if span else _("each half-year")
    return span


@dataclass(frozen=True, slots=True)
class Line:
    """One found row for the review list."""

    finding: Finding
    kind: str
    shape: str
    state: str
    subject: str
    catalogue: str
    place: str
    amount: str
    when: str
    base: str
    units: str
    low: bool

    @property
    def percent(self) -> int:
        """The reader's confidence in per cent."""
        return int(self.finding.confidence * 100 + 0.5)


def line(finding: Finding) -> Line:
    """``finding`` as it stands now."""
    row = finding.current
    first, last = (row.get("period") or [None, None])[:2]
    target, task = finding.kind == Kind.TARGET, finding.kind == Kind.TASK
    base = ""
    if target and row.get("baseline_value") is not None:
        base = amount("", row["baseline_value"], None, row.get("baseline_unit") or "")
        base = f"{base} ({row['baseline_year']})" if row.get("baseline_year") else base
    leads, joining = row.get("lead_units") or [], row.get("responsible_units") or []
    value = row.get("target_value" if target else "value")
    return Line(
        finding=finding,
        kind=str(KIND_WORDS[Kind(finding.kind)]),
        shape=STATE_SHAPES[finding.state],
        state=str(finding.get_state_display()),
        subject=(row.get("title") if task else row.get("indicator")) or finding.quote[:60],
        catalogue=indicator_name(finding.indicator) if finding.indicator else "",
        place=row.get("region") or "",
        amount="" if task else amount(
            row.get("comparator") or "", value, row.get("target_value_high"), row.get("unit") or ""
        ),
        when=str(row.get("deadline") or "") if task else time_words(
            row.get("target_year" if target else "year"), first, last, row.get("per") or ""
        ),
        base=base,
        units="、".join([*leads, *joining]),
        low=finding.confidence < 0.8,
    )  # fmt: skip


def promise(target: Target) -> str:
    """The promised value in one line."""
    return amount(target.comparator, target.value, target.value_high, target.unit_text)


def promised_for(target: Target) -> str:
    """When the promise falls due."""
    return time_words(target.target_year, target.period_first, target.period_last, target.per)


def stated(fact: Fact) -> str:
    """A fact's value in one line."""
    return amount(fact.comparator, fact.value, None, fact.unit_text)


def subject(row: Target | Fact) -> str:
    """The indicator's name: the catalogue's where it is matched, else the plan's words."""
    return indicator_name(row.indicator) if row.indicator else row.indicator_text

"""How rounds, reports and shares are said on the bureau's pages."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html

from commercebrain.desk.core import reader
from commercebrain.desk.forms.models import Report, Round
from commercebrain.desk.forms.moment import now
from commercebrain.engine.forms.periods import say_period
from commercebrain.engine.forms.status import WORDS, Status, shown, status

#: A shape beside each word, so that colour is never the only sign.
SHAPES = {
    Status.NOT_YET: "○", Status.DUE: "◔", Status.OVERDUE: "▲", Status.FILED: "●", Status.RETURNED: "↩",
    Status.PASSED: "✔", Status.EXCUSED: "–",
}  # fmt: skip


def form_name(round_: Round) -> str:
    """What the form was called when the round opened."""
    name = round_.declaration.get("name") or {}
    return str(name.get("zh" if reader.chinese() else "en") or round_.form)


def period_name(period: str) -> str:
    """A period in words."""
    return say_period(period, reader.language())


def status_of(report: Report) -> Status:
    """Where a report stands now."""
    return status(report.state, report.round.opens_at, report.round.due_at, now())


def status_word(report: Report) -> str:
    """The same in the reader's words."""
    return WORDS[status_of(report)].say(reader.language())


def status_cell(report: Report, _value: Any = None) -> Any:
    """The same as a cell: a shape and the word."""
    one = status_of(report)
    return format_html(
        '<span class="report-status report-{}"><span aria-hidden="true">{}</span> {}</span>',
        str(one), SHAPES[one], WORDS[one].say(reader.language()),
    )  # fmt: skip


def share(value: float | None) -> str:
    """A share in per cent that never rounds to a whole; a dash for none."""
    return "—" if value is None else shown(value)


def heat(value: float | None) -> str:
    """The class of a cell by its share: from 0 (below 80 %) to 4 (all)."""
    if value is None:
        return "heat-none"
    steps = (0.8, 0.9, 0.95, 1.0)
    return f"heat-{sum(value >= step for step in steps)}"

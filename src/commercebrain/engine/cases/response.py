"""How a case was answered, as the rates count it: the numbers of a row of ``response_status``, and times by their middle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from commercebrain.engine.cases.following import DEFINITE
from commercebrain.engine.cases.kinds import Template
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.workdays import likely_workday, workdays_between


@dataclass(frozen=True, slots=True)
class Ran:
    """A clock of a case: when it is due, and until when it ran: until it was met, dropped or paused (None: it runs)."""

    code: str
    due_at: datetime
    until: datetime | None = None


def response_clocks(template: Template) -> tuple[str, ...]:
    """The clocks of the answer: those that end when the case leaves its first stage, and when the firm is contacted."""
    ends = {one.to for one in template.from_stage(template.first).values()}
    ends |= {code for code, stage in template.stages.items() if stage.contact}
    return tuple(code for code, one in template.clocks.items() if ends & set(one.to))


def numbers(
    template: Template,
    *,
    entered: Mapping[str, datetime],
    values: Mapping[str, Any],
    clocks: Iterable[Ran],
    results: Sequence[str],
    opened_at: datetime,
    now: datetime,
    closed_at: datetime | None = None,
    firms: Sequence[Mapping[str, Any]] | None = None,
    earlier: Sequence[Mapping[str, Any]] = (),
    pairs: Sequence[tuple[bool, bool]] = (),
) -> dict[str, int | None]:
    """The counts of one case for ``response_status``, by column.

    ``entered``: when each stage was entered *first*. ``results`` are those of its follow-ups, the latest last. ``firms``:
    the values of the firms that this row counts (of a remedy case); None of other cases. ``earlier``: the values that steps
    renewed, the oldest first: the first measure is the one that counts as acting. A response is *due* when it was
    given, when one of its clocks has run out, or when the case is closed; it is given when the firm was contacted (of a
    template without such a stage: when somebody took the case up), and on time when no clock of the answer was missed.
    ``pairs``: of the follow-ups that found a firm like this one that was warned of and not helped, whether the helped and the
    other recovered, the latest last.
    """
    contacts = [
        moment for stage, moment in entered.items() if stage in template.stages and template.stages[stage].contact
    ]
    taken = [moment for stage, moment in entered.items() if stage != template.first]
    has_contact = any(one.contact for one in template.stages.values())
    answered = min(contacts, default=None) if has_contact else min(taken, default=None)
    acknowledged = min(taken, default=None)
    own = [one for one in clocks if one.code in response_clocks(template)]
    missed = any((one.until or now) > one.due_at for one in own)
    acted = _acted(template, entered, [*earlier, values])
    definite = [one for one in results if one in DEFINITE]
    found: dict[str, int | None] = {
        "opened": 1,
        "due": int(answered is not None or missed or closed_at is not None),
        "responded": int(answered is not None),
        "on_time": int(answered is not None and not missed),
        "acknowledged": int(acknowledged is not None),
        "acknowledge_days": _days(opened_at, acknowledged),
        "acted": int(acted is not None),
        "act_days": _days(opened_at, acted),
        "closed": int(closed_at is not None),
        "close_days": _days(opened_at, closed_at),
        "followed": int(bool(definite)),
        "recovered": int(definite[-1:] == ["recovered"]),
        "paired": int(bool(pairs)),
        "paired_recovered": int(bool(pairs) and pairs[-1][0]),
        "other_recovered": int(bool(pairs) and pairs[-1][1]),
        "named": None if firms is None else len(firms),
        "responding": None if firms is None else sum(one.get("responds") == "yes" for one in firms),
    }
    return found


def _acted(template: Template, entered: Mapping[str, datetime], values: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When something was first done for the firm: the day of the measure where the template follows one up, else the moment
    of the first stage before the end that was entered."""
    if template.follow_up is not None:
        day = min((str(one[field]) for one in values if one.get(field := template.follow_up.after)), default=None)
        return datetime.fromisoformat(str(day)).replace(hour=12, tzinfo=BEIJING) if day else None
    before_end = {
        source
        for one in template.transitions.values()
        if template.is_final(one.to)
        for source in one.from_
        if source != template.first
    }
    return min((moment for stage, moment in entered.items() if stage in before_end), default=None)


def _days(start: datetime, end: datetime | None) -> int | None:
    if end is None:
        return None
    return max(0, workdays_between(start.astimezone(BEIJING).date(), end.astimezone(BEIJING).date(), likely_workday))


@dataclass(frozen=True, slots=True)
class Times:
    """Working days by their middle and their mean, over how many cases; None where there are none."""

    count: int
    median: float | None
    mean: float | None


def times(days: Iterable[int | None]) -> Times:
    """The middle and the mean of those that are known."""
    known = [one for one in days if one is not None]
    return Times(len(known), float(median(known)) if known else None, sum(known) / len(known) if known else None)

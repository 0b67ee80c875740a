"""How a case is said on pages and in lists: its kind, stage, level, clocks, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from commercebrain.desk.cases.declared import templates
from commercebrain.desk.cases.models import Case, Clock, Pause
from commercebrain.desk.core import levels, reader
from commercebrain.desk.forms.moment import now
from commercebrain.engine.cases.calendars import HOME, calendar_of
from commercebrain.engine.cases.clocks import both, late_by, preliminary, remaining, unannounced
from commercebrain.engine.catalogue import Words
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

STATES = {
    "open": (Words(zh="办理中", en="open"), "●"),
    "closed": (Words(zh="已办结", en="closed"), "✔"),
    "withdrawn": (Words(zh="已撤回", en="withdrawn"), "–"),
}


def joined(parts: Sequence[str]) -> str:
    """Parts of one sentence."""
    return ("，" if reader.chinese() else ", ").join(parts) + ("。" if reader.chinese() else ".")


# --- names from the declaration -----------------------------------------------------------------------------------------
def template_name(code: str) -> str:
    """The kind of case, as the catalogue has it now."""
    known = templates().get(code)
    return reader.said(known.name) if known is not None else code


def kind_of(case: Case) -> str:
    """The kind of case, as it was called when the case started."""
    return reader.said(case.declaration.get("name") or {}) or template_name(case.template)


def title_of(case: Case) -> str:
    """The title in the reader's language."""
    return (case.title_zh if reader.chinese() else case.title_en or case.title_zh) or case.number


def _named(case: Case, part: str, code: str) -> str:
    held = case.declaration.get(part) or {}
    if isinstance(held, Mapping):
        found = held.get(code)
    else:
        found = next((one for one in held if one.get("code") == code), None)
    if isinstance(found, Mapping):
        return reader.said(found.get("name") or found) or code
    return code


def stage_name(case: Case, code: str = "") -> str:
    """A stage by its name; the one that the case is in where none is given."""
    return _named(case, "stages", code or case.stage)


def clock_name(clock: Clock) -> str:
    """What a clock measures."""
    return _named(clock.case, "clocks", clock.code)


def outcome_name(case: Case) -> str:
    """The outcome of a closed case."""
    return _named(case, "outcomes", case.outcome) if case.outcome else ""


def role_name(case: Case, code: str) -> str:
    """The part that somebody takes in a case."""
    return _named(case, "participants", code)


def purpose_name(case: Case, code: str) -> str:
    """What a document of a case is for."""
    return _named(case, "papers", code)


def state_word(code: str) -> str:
    """Whether a case is worked on, in words of cases: what is closed here is no unit that was closed."""
    return STATES[code][0].say(reader.language())


def states() -> list[tuple[str, str]]:
    """The states to choose from."""
    return [(code, state_word(code)) for code in STATES]


# --- addresses and cells -------------------------------------------------------------------------------------------------
def address(case: Case) -> str:
    """Where a case is shown."""
    return reverse("cases:case", args=[case.pk])


def firm_address(case: Case) -> str | None:
    """Where its firm is shown."""
    return reverse("registry:enterprise", args=[case.enterprise_id]) if case.enterprise_id else None


def one_line(_row: Any, value: Any) -> Any:
    """A number or a day that is not broken."""
    return format_html('<span class="one-line">{}</span>', value) if value else "—"


def level_cell(case: Case, _value: Any = None) -> Any:
    """A level as shape and word."""
    return levels.level_cell(case.level)


def stage_cell(case: Case, _value: Any = None) -> Any:
    """The stage, or how the case ended."""
    text = stage_name(case) if case.state == Case.State.OPEN else state_word(case.state)
    if case.outcome:
        text = f"{text} · {outcome_name(case)}"
    return format_html(
        '<span class="case-stage case-{}"><span aria-hidden="true">{}</span> {}</span>', case.state,
        STATES[case.state][1], text,
    )  # fmt: skip


def due_of(case: Any) -> datetime | date | None:
    """When its next clock is due, else the day of its next follow-up; none of a case that is over, or whose clocks stand
    still."""
    return (case.due or case.follow_on) if case.state == Case.State.OPEN else None


def due_words(case: Any) -> tuple[str, str]:
    """What the next due moment means, and its class: working days that are left or by how many it is late."""
    if case.state != Case.State.OPEN:
        return outcome_name(case) or state_word(case.state), "left"
    if case.due is not None:
        return left_words(case.due, case.due_calendar), left_class(case.due)
    return (_t("follow-up on %(day)s") % {"day": case.follow_on} if case.follow_on else ""), "left"


def next_due(case: Case) -> str:
    """The clock that runs out first with what is left of it, else the day of the next follow-up; "" of a case that is over
    or waits for neither. “Visit or call: 2 working days left.”"""
    if case.state != Case.State.OPEN:
        return ""
    still = Pause.objects.filter(case=case, until=None).values("clock")
    clock = case.clocks.filter(met_at=None, dropped_at=None).exclude(pk__in=still).order_by("due_at", "pk").first()
    if clock is not None:
        told = {"clock": clock_name(clock), "left": left_words(clock.due_at, clock.calendar)}
        return _t("%(clock)s: %(left)s") % told
    row = case.follow_ups.filter(checked_at=None).order_by("due_on").first()
    return _t("follow-up on %(day)s") % {"day": row.due_on} if row is not None else ""


def due_cell(case: Any, _value: Any = None) -> Any:
    """The day with the working days that are left or late, or with the word that it is a follow-up's."""
    due = due_of(case)
    if due is None:
        return "—"
    if case.due is None:
        return format_html('{} <span class="left">{}</span>', due, _t("follow-up"))
    return format_html('{} <span class="{}">{}</span>', _day(case.due), left_class(case.due), due_words(case)[0])


def due_clock(case: Any) -> str:
    """What its next clock measures; "" where none runs. A case of :func:`queries.with_due`."""
    return _named(case, "clocks", case.due_code) if case.state == Case.State.OPEN and case.due_code else ""


def _day(moment: datetime) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d")


def left_class(due: datetime) -> str:
    """The class of the words beside a due moment: red is a state and stands for late alone."""
    moment = now()
    if due < moment:
        return "late"
    return "soon" if due.astimezone(BEIJING).date() == moment.date() else "left"


def left_words(due: datetime, calendar: str = HOME) -> str:
    """“2 working days left”, “due today”, “3 working days late”, in the working days of a calendar, “(preliminary)” where
    those of a year are not announced yet; in days where the authority abroad is not declared any more."""
    moment = now()
    if due < moment:
        return "▲ " + _late_words(due, moment, calendar)
    try:
        left, early = remaining(due, moment, calendar), unannounced(moment, due, calendar)
    except UserError:
        left = (due.astimezone(BEIJING).date() - moment.astimezone(BEIJING).date()).days
        return ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
    if left <= 0:
        return _t("due today")
    words = ngettext("%(n)s working day left", "%(n)s working days left", left) % {"n": left}
    return words if early is None else _t("%(left)s (preliminary)") % {"left": words}


def _late_words(due: datetime, moment: datetime, calendar: str) -> str:
    try:
        late = late_by(due, moment, calendar) or 0
    except UserError:
        late = (moment.astimezone(BEIJING).date() - due.astimezone(BEIJING).date()).days
        return ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late}
    if late <= 0:
        return _t("late since today")
    return ngettext("%(n)s working day late", "%(n)s working days late", late) % {"n": late}


# --- clocks --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """A clock as the page of a case draws it."""

    clock: Clock
    name: str
    state: str
    words: str
    css: str
    due: str
    elsewhere: str
    ready_by: str
    pauses: tuple[Any, ...]
    may_pause: bool


def both_zones(clock: Clock) -> tuple[str, str]:
    """The due moment in Beijing time and, of a clock abroad, in the zone of the authority, with its name."""
    here = clock.due_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    if clock.calendar == HOME:
        return here, ""
    days = both(clock.due_at, clock.calendar)
    return here, f"{days.there:%Y-%m-%d %H:%M} {reader.said(days.where)}"


def how_counted(clock: Clock) -> Words | None:
    """What is to be known of a due moment: a year that counts by its weekends, or whose holidays stand for those of an
    authority that has its own."""
    try:
        year = unannounced(clock.started_at, clock.due_at, clock.calendar)
        return calendar_of(clock.calendar).days if year is None else preliminary(year)
    except UserError:  # the authority is not declared any more
        return None


def _aside(text: str, told: Words | None) -> str:
    if not text or told is None:
        return text
    return f"{text}（{told.zh}）" if reader.chinese() else f"{text} ({told.en})"


def ready_by(clock: Clock) -> str:
    """The last working day at home before a deadline abroad; empty where that is the due day itself, or at home."""
    if clock.calendar == HOME:
        return ""
    days = both(clock.due_at, clock.calendar)
    if days.home_workday and days.unannounced is None:
        return ""
    return _aside(days.ready_by.isoformat(), preliminary(days.unannounced) if days.unannounced is not None else None)


def shown_clock(clock: Clock, pauses: Sequence[Any], may: bool) -> Shown:
    """A clock with its words: running, standing still, met in time or late, or no longer waited for."""
    (here, there), told = both_zones(clock), how_counted(clock)
    open_pause = next((one for one in pauses if one.until is None), None)
    if clock.met_at is not None:
        timely = clock.met_at <= clock.due_at
        state, words = ("met", _t("met in time")) if timely else ("met_late", _t("met late"))
        words = f"{'✔' if timely else '▲'} {words} · {_day(clock.met_at)}"
        css = "met" if timely else "late"
    elif clock.dropped_at is not None:
        state, words, css = "dropped", "– " + _t("no longer waited for"), "left"
    elif open_pause is not None:
        state, css = "paused", "left"
        words = "‖ " + _t("stands still since %(day)s: %(why)s") % {
            "day": _day(open_pause.since),
            "why": open_pause.reason,
        }
    else:
        state, words, css = "running", left_words(clock.due_at, clock.calendar), left_class(clock.due_at)
    return Shown(
        clock,
        clock_name(clock),
        state,
        words,
        css,
        here if there else _aside(here, told),
        _aside(there, told),
        ready_by(clock),
        tuple(pauses),
        may and state == "running",
    )

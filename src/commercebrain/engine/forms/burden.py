"""The burden meter of a firm: what it was asked, how often, by whom, and what of it need not have been asked.

An answer could have been re-used where the same datum had been asked by another form shortly before, where it was the same
as the time before, or where the bureau knows it anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.forms.kinds import FormKind, Question

#: Within so many days another form's answer to the same datum would have served.
FRESH_DAYS = 31


@dataclass(frozen=True)
class AskedReport:
    """One report asked of the firm: the form, the period, by whom (a unit's name), when, what was answered (none: not
    sent), how many answers came filled in and stayed, and how long it took."""

    form: FormKind
    period: str
    by: str
    asked_on: date
    answers: Mapping[str, Any] | None = None
    reused: int = 0
    seconds: int | None = None


@dataclass
class AskedBy:
    """One form as one unit asked it."""

    form: str
    name: Words
    by: str
    times: int = 0
    answered: int = 0
    questions: int = 0
    reused: int = 0
    seconds: int = 0
    timed: int = 0


@dataclass
class AskedDatum:
    """One datum: how often it was asked, by which forms and units, and how often that could have been spared."""

    datum: str
    name: Words
    times: int = 0
    forms: set[str] = field(default_factory=set)
    by: set[str] = field(default_factory=set)
    unchanged: int = 0
    elsewhere: int = 0
    known: int = 0
    spared: int = 0


@dataclass(frozen=True)
class Burden:
    """The whole: by form and unit, by datum, the most often asked first."""

    forms: tuple[AskedBy, ...] = ()
    data: tuple[AskedDatum, ...] = ()

    @property
    def reports(self) -> int:
        """How many reports were asked."""
        return sum(one.times for one in self.forms)

    @property
    def questions(self) -> int:
        """How many questions stood in them."""
        return sum(one.questions for one in self.forms)

    @property
    def reused(self) -> int:
        """How many answers came filled in and were left so."""
        return sum(one.reused for one in self.forms)

    @property
    def seconds(self) -> int:
        """How long the firm sat over those whose time is known."""
        return sum(one.seconds for one in self.forms)

    @property
    def could_be_reused(self) -> int:
        """How many questions need not have been asked."""
        return sum(one.spared for one in self.data)

    @property
    def share(self) -> float | None:
        """The share of the questions that need not have been asked; None where none was asked."""
        return self.could_be_reused / self.questions if self.questions else None


def burden(rows: Iterable[AskedReport], known: Collection[str] = ()) -> Burden:
    """The burden that the reports put on one firm; ``known`` are the facts that the bureau has of it (``employees``)."""
    forms: dict[tuple[str, str], AskedBy] = {}
    data: dict[str, AskedDatum] = {}
    before: dict[str, Any] = {}
    told: dict[str, list[tuple[date, str]]] = {}
    for row in sorted(rows, key=lambda one: (one.asked_on, one.form.code, one.period)):
        kind = row.form
        line = forms.setdefault((kind.code, row.by), AskedBy(kind.code, kind.name, row.by))
        line.times += 1
        line.answered += row.answers is not None
        line.reused += row.reused
        line.seconds += row.seconds or 0
        line.timed += row.seconds is not None
        for one in kind.questions:
            if one.shown_if is not None and (row.answers is None or one.field not in row.answers):
                continue  # it was not on the page, as far as one knows
            line.questions += 1
            datum = data.setdefault(_datum(kind, one), AskedDatum(_datum(kind, one), one.short))
            _count(datum, one, row, before, told, known)
    return Burden(
        tuple(sorted(forms.values(), key=lambda one: (-one.times, one.form, one.by))),
        tuple(sorted(data.values(), key=lambda one: (-one.times, one.datum))),
    )


def _datum(form: FormKind, one: Question) -> str:
    """What is asked for: a question that names no datum is its own."""
    return one.datum or f"{form.code}.{one.field}"


def _count(
    datum: AskedDatum, one: Question, row: AskedReport, before: dict[str, Any], told: dict[str, list[tuple[date, str]]],
    known: Collection[str],
) -> None:  # fmt: skip
    datum.times += 1
    datum.forms.add(row.form.code)
    datum.by.add(row.by)
    answer = None if row.answers is None else row.answers.get(one.field)
    same = answer is not None and before.get(datum.datum) == answer
    fresh = any(
        form != row.form.code and 0 <= (row.asked_on - day).days <= FRESH_DAYS
        for day, form in told.get(datum.datum, ())
    )
    has = any(way.removeprefix("known:") in known for way in one.prefill if way != "last")
    datum.unchanged += same
    datum.elsewhere += fresh
    datum.known += has
    datum.spared += same or fresh or has
    if answer is not None:
        before[datum.datum] = answer
        told.setdefault(datum.datum, []).append((row.asked_on, row.form.code))

"""The ways that a reader may take with a case, as buttons: what each is called, its letter, what is missing for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from commercebrain.desk.cases import pages
from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.standing import Standing
from commercebrain.desk.core import reader
from commercebrain.desk.core.workdays import workdays_between
from commercebrain.engine.cases.gates import Missing, Move
from commercebrain.engine.clock import BEIJING

#: Letters that mean something else on pages of cases: moving about, and the note.
TAKEN = frozenset("jkhln")


@dataclass(frozen=True)
class Way:
    """A transition as a button. ``ready`` ones are taken at once; the others lead to the form that asks for what is
    missing, and one whose condition does not hold says why."""

    code: str
    name: str
    key: str
    to: str
    url: str
    version: int
    ready: bool
    missing: int
    lacks: str
    refused: str
    primary: bool
    back: str = ""


def ways(stands: Standing, moves: Iterable[Move], back: str = "") -> list[Way]:
    """The buttons of a case, in the order of the declaration; the one that leads on is the one to press."""
    case, found, moves = stands.case, [], list(moves)
    known = letters(stands.template.from_stage(case.stage))
    best = _best(stands, [one for one in moves if one.missing or one.holds is True])
    for move in moves:
        refused = (
            "" if move.holds is True or move.missing else reader.said(move.why) or _t("Its condition does not hold.")
        )
        found.append(
            Way(
                code=move.code, name=reader.said(move.transition.name), key=known[move.code], to=move.transition.to,
                url=reverse("cases:move", args=[case.pk, move.code]), version=case.version,
                ready=move.ready and not move.transition.sentence, missing=len(move.missing),
                lacks=" ".join(one.say(reader.language()) for one in move.missing), refused=refused,
                primary=move is best, back=back,
            )
        )  # fmt: skip
    return found


def letters(codes: Iterable[str]) -> dict[str, str]:
    """A letter for each transition of a stage: of its code the first that no earlier one took, else the next free one."""
    used: set[str] = set(TAKEN)
    found: dict[str, str] = {}
    for code in codes:
        letter = next(
            (one for one in (*code, *"abcdefghijklmnopqrstuvwxyz", *"123456789") if one.isalnum() and one not in used),
            "",
        )
        used.add(letter)
        found[code] = letter
    return found


def onward(stands: Standing, moves: Sequence[Move]) -> tuple[str, list[Missing]]:
    """The stage that the case goes to next and what is missing for it: the nearest stage that leads on, else, for
    who may not move it, the next stage of the declaration."""
    template, (order, at) = stands.template, _place(stands)
    if (best := _best(stands, moves)) is not None:
        return best.transition.to, list(best.missing)
    leads = [
        one.to
        for one in template.from_stage(stands.case.stage).values()
        if one.to in order and order.index(one.to) > at
    ]
    to = min(leads, key=lambda one: _far(stands, one), default="")
    return to, stands.missing(to) if to else []


def _place(stands: Standing) -> tuple[list[str], int]:
    """The stages in order, and where the case stands among them: -1 where its stage is none of them."""
    order = list(stands.template.stages)
    return order, order.index(stands.case.stage) if stands.case.stage in order else -1


def _best(stands: Standing, moves: Iterable[Move]) -> Move | None:
    """Of some moves the one that leads on: to the nearest stage ahead, one from which there is only a way back after those
    that lead further, an end last of all; none where none does."""
    order, at = _place(stands)
    ahead = [one for one in moves if one.transition.to in order and order.index(one.transition.to) > at]
    return min(ahead, key=lambda one: (*_far(stands, one.transition.to), len(one.missing)), default=None)


def _far(stands: Standing, to: str) -> tuple[bool, bool, int]:
    """How far a stage lies ahead: an end farthest, then a stage that leads back only, then by the order of the stages."""
    template, (order, at) = stands.template, _place(stands)
    from_there = [order.index(one.to) for one in template.from_stage(to).values() if one.to in order]
    aside = bool(from_there) and max(from_there) <= at
    return template.is_final(to), aside, order.index(to)


def first_line(stands: Standing, moves: Sequence[Move], days: int, due: str = "") -> str:
    """“Visit or call: 2 working days left; 2 things missing for 采取措施; 3 working days in this stage.”"""
    case = stands.case
    if case.state != Case.State.OPEN:
        told = {"day": case.closed_on, "outcome": pages.outcome_name(case) or pages.state_word(case.state)}
        return _t("Ended on %(day)s: %(outcome)s.") % told
    to, lacking = onward(stands, moves)
    parts = [due] if due else []
    if to:
        stage = reader.said(stands.template.stages[to].name)
        text = ngettext("%(n)s thing missing for “%(stage)s”", "%(n)s things missing for “%(stage)s”", len(lacking))
        parts.append(
            text % {"n": len(lacking), "stage": stage}
            if lacking
            else _t("nothing missing for “%(stage)s”") % {"stage": stage}
        )
    here = ngettext("%(n)s working day in this stage", "%(n)s working days in this stage", days)
    day = case.stage_since.astimezone(BEIJING).date()
    parts.append(here % {"n": days} if days else _t("in this stage since %(day)s") % {"day": day})
    text = pages.joined(["；".join(parts)] if reader.chinese() else ["; ".join(parts)])
    return text[:1].upper() + text[1:]


def days_here(case: Case, last: date) -> int:
    """The working days since the case came into its stage, up to a day."""
    return max(0, workdays_between(case.stage_since.astimezone(BEIJING).date(), last))

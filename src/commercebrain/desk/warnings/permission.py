"""Who may do what about rules and signals: persons of the administration alone, never a firm's user."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.errors import UserError


class Refused(UserError):  # noqa: N818 - it is an answer, not an error
    """A step that cannot be taken; ``field`` names the field at fault where there is one, ``status`` answers pages."""

    def __init__(self, code: str, zh: str, en: str, status: int = 400, at: str = "") -> None:
        super().__init__(f"warnings.{code}", zh, en)
        self.status = status
        self.field = at


def enters(person: Any, *units: int) -> bool:
    """Whether a person may enter for one of the units."""
    extent = extent_of(person, Right.ENTER, today())
    return extent.everything or bool(extent.units & set(units))


def may_act(person: Any, signal: Signal) -> bool:
    """Whether a person may act on a signal: of the unit that deals with it, or of the bureau whose rule it is."""
    return enters(person, signal.unit_id, signal.bureau_id)


def must_act(person: Any, signal: Signal) -> None:
    """Raises :class:`Refused` (403) unless the person may act on the signal."""
    if not may_act(person, signal):
        raise Refused("not_yours", "这条预警不由您办理。", "This warning is not yours to deal with.", 403)


def must_enter(person: Any, unit: int) -> None:
    """Raises :class:`Refused` (403) unless the person may enter for the unit."""
    if not enters(person, unit):
        raise Refused(
            "not_your_unit", "预警规则和静默期由本单位有录入权限的人员办理。",
            "Rules and quiet periods are dealt with by persons who may enter for the unit.", 403,
        )  # fmt: skip


def worded(sentence: str, code: str, zh: str, en: str, longest: int = 500) -> str:
    """A sentence without spare blanks; refused where it says nothing."""
    said = " ".join(sentence.split())[:longest]
    if not said:
        raise Refused(code, zh, en, at="sentence")
    return said

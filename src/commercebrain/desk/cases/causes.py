"""What a case came from, and what joined it since: told by folders above this one, which it does not know.

A folder declares in its ``apps.py``::

    causes.told_by(causes_of)

``causes_of(case, person)`` gives what ``person`` may read of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from commercebrain.desk.cases.models import Case


@dataclass(frozen=True)
class Cause:
    """One cause of a case: whence (``warnings.signal:12``) and its page, the rule and its name for the reader, its level, what
    is the matter in both languages, since when, what became of it (in the reader's words), and the facts that it rests on:
    (name, value), the value empty where it is withheld."""

    origin: str
    url: str
    rule: str
    name: str
    level: str
    sentence: dict[str, str]
    since: date
    ended: str = ""
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Causes:
    """The causes that a reader sees, the oldest first, and how many more are out of sight."""

    seen: Sequence[Cause] = field(default_factory=list)
    hidden: int = 0


Teller = Callable[[Case, Any], Causes]
TELLERS: list[Teller] = []


def told_by(teller: Teller) -> None:
    """Declares who tells what a case came from."""
    if teller not in TELLERS:
        TELLERS.append(teller)


def causes_of(case: Case, person: Any) -> Causes:
    """Everything that a case came from, as far as a person may read it."""
    told = [teller(case, person) for teller in TELLERS]
    return Causes([one for causes in told for one in causes.seen], sum(causes.hidden for causes in told))

"""The quarter in progress from its months so far: offered where ``catalogue/foresight.yaml`` declares it."""

from __future__ import annotations

from django.http import HttpRequest  # noqa: F401

from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.people.models import Person
from commercebrain.engine.catalogue import Indicator


def offered(indicator: Indicator, asked: Asked) -> str:
    """The address of the panel; "" where no nowcast is declared of the indicator, or the question narrows it."""
    return ""


def nowcast_of(person: Person, indicator: Indicator, asked: Asked) -> None:
    """To be asked of the engine."""

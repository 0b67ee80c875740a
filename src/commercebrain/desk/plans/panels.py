"""Further parts of the pages of a target and a task: a folder above plans registers what it has to show there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Part:
    """A template with what it shows, on a page it does not know."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


Maker = Callable[..., Part | None]
TARGET: list[Maker] = []  # called with (request, target state, outlook)
TASK: list[Maker] = []  # called with (request, task)


def parts(makers: list[Maker], request: HttpRequest, *about: Any) -> list[Part]:
    """The parts that have something to show."""
    return [part for make in makers if (part := make(request, *about)) is not None]

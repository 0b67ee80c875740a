"""What stands open on a firm: folders above the register add what they know, each as far as the reader may see it.

A folder registers a function of the request and the firm that gives words such as “2 cases”; the firm's page says them in
its first line.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from commercebrain.desk.registry.models import Enterprise

Teller = Callable[[HttpRequest, Enterprise], list[str]]
TELLERS: list[Teller] = []


def register(teller: Teller) -> None:
    """Adds what ``teller`` knows to the first line of every firm."""
    if teller not in TELLERS:
        TELLERS.append(teller)


def open_on(request: HttpRequest, firm: Enterprise) -> list[str]:
    """Everything that is told to be open on a firm, in the order of the folders."""
    return [words for teller in TELLERS for words in teller(request, firm)]

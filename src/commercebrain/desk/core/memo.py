"""What one reading request asks again and again, asked once: the business date and how far a person's rights go.

Only requests that change nothing remember (GET and HEAD), so an answer can never be older than the request. Outside a
request nothing is remembered, but where a job reads many rows at once and says so (:func:`remembering`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse

Value = TypeVar("Value")
_held: ContextVar[dict[Hashable, Any] | None] = ContextVar("held", default=None)


def once(key: Hashable, ask: Callable[[], Value]) -> Value:
    """The answer of ``ask``, remembered under ``key`` until the end of the reading request."""
    held = _held.get()
    if held is None:
        return ask()
    if key not in held:
        if isinstance(held, _Fixed):
            return ask()
        held[key] = ask()
    return cast(Value, held[key])


@contextmanager
def remembering() -> Iterator[None]:
    """Remembers within the block, which must write nothing that the answers depend on; what is known already stays."""
    token = _held.set(dict(_held.get() or {}))
    try:
        yield
    finally:
        _held.reset(token)


class _Fixed(dict[Hashable, Any]):
    """What was learnt before; nothing more is remembered."""


@contextmanager
def carrying(*keys: Hashable) -> Iterator[None]:
    """Inside a block that writes, still knows the answers under ``keys`` that the reading around it has learnt.

    For what no write of the block changes, such as the business date; everything else is asked anew.
    """
    held = _held.get() or {}
    token = _held.set(_Fixed({key: held[key] for key in keys if key in held}))
    try:
        yield
    finally:
        _held.reset(token)


@contextmanager
def as_if(answers: dict[Hashable, Any]) -> Iterator[None]:
    """Inside the block these are the answers, whatever would be told by asking; everything else is asked anew each time."""
    token = _held.set(_Fixed(answers))
    try:
        yield
    finally:
        _held.reset(token)


class RememberWithinReads:
    """Middleware: begins with nothing remembered, forgets everything at the end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Remembers during a request that only reads."""
        token = _held.set({} if request.method in ("GET", "HEAD") else None)
        try:
            return self.get_response(request)
        finally:
            _held.reset(token)

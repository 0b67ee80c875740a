"""Answers that many firms need at the same moment, kept in the process for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The answers to the latest ``most`` questions, each for ``seconds``; asked by one thread at a time."""

    def __init__(self, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self._held: dict[Hashable, tuple[float, Value]] = {}
        self._guard = threading.Lock()

    def get(
        self, key: Hashable, ask: Callable[[], Value], enough: Callable[[Value], bool] = lambda value: True
    ) -> Value:
        """The answer under ``key``; asked anew where it is old, or not ``enough``."""
        with self._guard:
            at, value = self._held.get(key, (None, None))
            if at is None or time.monotonic() - at > self.seconds or not enough(value):
                value = ask()
                self._held[key] = (time.monotonic(), value)
                for old in sorted(self._held, key=lambda one: self._held[one][0])[: -self.most]:
                    del self._held[old]
            return value

    def forget(self) -> None:
        """Forgets everything."""
        with self._guard:
            self._held.clear()

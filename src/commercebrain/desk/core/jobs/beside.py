"""Work that the worker does beside its jobs, every few seconds, without a row in the list of jobs.

For what is short, repeated, and remembers in the database how far it got (delivering notices). It runs in a thread of
its own, so that a slow mail server delays neither jobs nor the worker's heartbeat. Several workers run it at once:
what is declared must claim its rows.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)
Function = Callable[[], Any]


@dataclass(frozen=True)
class Chore:
    """A declared function and how many seconds lie between two runs."""

    code: str
    seconds: float
    run: Function


CHORES: dict[str, Chore] = {}


def beside(code: str, seconds: float) -> Callable[[Function], Function]:
    """Declares the function below as done by every worker each ``seconds`` seconds."""

    def declare(run: Function) -> Function:
        CHORES[code] = Chore(code, seconds, run)
        return run

    return declare


class Beside(threading.Thread):
    """Runs one chore until stopped; a fault is logged and does not end it."""

    def __init__(self, chore: Chore) -> None:
        super().__init__(name=chore.code, daemon=True)
        self.chore = chore
        self.stopped = threading.Event()

    def run(self) -> None:
        """Round after round."""
        while not self.stopped.wait(self.chore.seconds):
            try:
                self.chore.run()
            except Exception:
                logger.exception("%s failed; it is tried again in %s s", self.chore.code, self.chore.seconds)
            close_old_connections()
        connections.close_all()

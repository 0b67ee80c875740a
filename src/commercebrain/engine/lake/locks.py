"""One writer at a time: locks that the operating system holds, and frees when the process dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commercebrain.engine.errors import UserError

_PAUSE = 0.05


@contextmanager
def held(path: Path, patience: float, busy: UserError) -> Iterator[None]:
    """Hold the lock file ``path``; raises ``busy`` when another process still holds it after ``patience`` seconds."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        waited = 0.0
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if waited >= patience:
                    raise busy from None
                time.sleep(_PAUSE)
                waited += _PAUSE
        yield
    finally:
        os.close(handle)

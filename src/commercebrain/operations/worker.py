"""The worker: runs queued jobs and leaves a heartbeat that the health page and ``cbrain doctor`` read."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from commercebrain.operations.setup_django import ready

HEARTBEAT = "worker_heartbeat"
BEAT_SECONDS = 10.0


def _beat(stop: threading.Event) -> None:
    from django.db import connection

    from commercebrain.desk.core.models import Setting

    try:
        while not stop.is_set():
            Setting.objects.update_or_create(
                key=HEARTBEAT, defaults={"value": datetime.now(UTC).isoformat(timespec="seconds")}
            )
            stop.wait(BEAT_SECONDS)
    finally:
        connection.close()


def run(*, batch: bool = False) -> None:
    """Runs until told to stop; with ``batch`` until the queue is empty."""
    ready()
    from django.core.management import call_command

    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(stop,), name="heartbeat", daemon=True)
    beat.start()
    try:
        call_command("db_worker", interval=0.5, batch=batch, startup_delay=False, reload=False, verbosity=0)
    finally:
        stop.set()
        beat.join(timeout=5)

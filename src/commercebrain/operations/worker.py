"""The worker: runs queued jobs and leaves a heartbeat that the health page and ``cbrain doctor`` read."""

from __future__ import annotations

from commercebrain.operations.setup_django import ready


def run(*, batch: bool = False) -> None:
    """Runs until told to stop; with ``batch`` until the queue is empty."""
    ready()
    from django.core.management import call_command

    from commercebrain.desk.core.jobs import Heartbeat

    heartbeat = Heartbeat()
    heartbeat.start()
    try:
        call_command("db_worker", interval=0.5, batch=batch, startup_delay=False, reload=False, verbosity=0)
    finally:
        heartbeat.stopped.set()
        heartbeat.join(timeout=5)

"""The worker: runs queued jobs and leaves a heartbeat that the health page and ``cbrain doctor`` read."""

from __future__ import annotations

from commercebrain.operations.setup_django import ready


def run(*, batch: bool = False) -> None:
    """Runs until told to stop; with ``batch`` until the queue is empty."""
    ready()
    from commercebrain.desk.core.jobs import run_worker

    run_worker(batch=batch)

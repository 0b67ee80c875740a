"""The worker: runs queued jobs, begins scheduled ones, mends what a killed worker left, seals the event log,
delivers notices.

Several may run at once, on one machine or several. Each leaves a heartbeat that the health page, the page of jobs and
``cbrain doctor`` read.
"""

from __future__ import annotations

from commercebrain.operations.setup_django import ready


def run(*, batch: bool = False) -> None:
    """Runs until told to stop; with ``batch`` until the queue is empty."""
    ready()
    from django.core.management import call_command

    from commercebrain.desk.core.jobs import Heartbeat, look_after
    from commercebrain.desk.core.jobs.beside import CHORES, Beside
    from commercebrain.desk.core.jobs.running import worker_name

    if batch:
        look_after()  # a worker that ends with the queue must find there what came due or was lost meanwhile
    threads = [Heartbeat(), *(Beside(chore) for chore in CHORES.values())]
    for thread in threads:
        thread.start()
    try:
        call_command(
            "db_worker", interval=0.5, batch=batch, startup_delay=False, reload=False, verbosity=0,
            worker_id=worker_name(),
        )  # fmt: skip
    finally:
        for thread in threads:
            thread.stopped.set()
        for thread in threads:
            thread.join(timeout=5)

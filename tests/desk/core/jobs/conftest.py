"""What tests of jobs share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from commercebrain.desk.core import jobs


@pytest.fixture
def declared() -> Iterator[Callable[..., Any]]:
    """Lets a test declare jobs and forgets them and their schedule afterwards."""
    kinds, schedule = dict(jobs.KINDS), dict(jobs.SCHEDULE)
    jobs.SCHEDULE.clear()
    yield jobs.job
    for table, before in ((jobs.KINDS, kinds), (jobs.SCHEDULE, schedule)):
        table.clear()
        table.update(before)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs wait for a worker instead of being run at once."""
    monkeypatch.setattr(type(jobs.run_job), "enqueue", lambda self, pk: None)

"""What all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Tests never assert times: on a busy machine hypothesis' own 200 ms an example would.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# The browser's driver runs its own event loop; Django's own caution about it is not wanted in tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure(config: pytest.Config) -> None:
    """The Chinese catalogue is made, not kept: make it before anything is shown."""
    from commercebrain.web.locale_build import build

    if not hasattr(config, "workerinput"):  # of several processes the first one makes it for all
        build()
    _let_tests_empty_the_log()


def _let_tests_empty_the_log() -> None:
    """Tests with transactions of their own end by emptying all tables; the event log's triggers would refuse."""
    from django.db.backends.base.operations import BaseDatabaseOperations

    from commercebrain.desk.core.trail.triggers import lifted

    flush = BaseDatabaseOperations.execute_sql_flush

    def without_triggers(self: BaseDatabaseOperations, sql_list: list[str]) -> None:
        with lifted(self.connection):
            flush(self, sql_list)

    BaseDatabaseOperations.execute_sql_flush = without_triggers

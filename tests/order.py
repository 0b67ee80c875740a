"""In which order the files of the tests are given to the processes of one run: what takes long begins first.

Otherwise one process is still at work on the last long file while the other has nothing left to do.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

BROWSER = "tests/browser/"
#: The files that take longest, longest first; one that is not named here comes later, which costs nothing but time.
LONG = (
    BROWSER,
    "tests/web/test_nobody_sees_more.py",
    "tests/web/test_permissions.py",
    "tests/operations/test_demo.py",
    "tests/operations/test_backup.py",
    "tests/operations/test_serve.py",
    "tests/test_scenario_warnings.py",
    "tests/operations/test_killed_worker.py",
    "tests/engine/simulate/test_later.py",
    "tests/engine/lake/records/test_killed.py",
    "tests/engine/test_compiled.py",
    "tests/engine/indicators/test_engines.py",
    "tests/web/test_navigation.py",
    "tests/faults/",
    "tests/web/test_api_fuzz.py",
    "tests/engine/planaudit/test_mutations.py",
    "tests/engine/outlook/test_landing_honesty.py",
    "tests/engine/outlook/test_nowcast.py",
    "tests/desk/warnings/test_lifecycle_machine.py",
    "tests/engine/foresight/test_hostile.py",
    "tests/desk/core/",
    "tests/desk/registers/",
    "tests/operations/",
    "tests/web/",
    "tests/engine/disclosure/",
    "tests/engine/indicators/",
    "tests/desk/",
)


def longest_first(items: list[pytest.Item]) -> None:
    """Sorts the files; the tests of each stay in their order."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    return next((place for place, start in enumerate(LONG) if nodeid.startswith(start)), len(LONG))


class ByFile(LoadFileScheduling):
    """Whole files in the order in which they were collected; those of the browser go together, for they share a site."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else str(super()._split_scope(nodeid))


def scheduler(config: Any, log: Any) -> LoadFileScheduling | None:
    """The one above for the short run; the long one has enough for two browsers."""
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return (ByFile if "not slow" in config.option.markexpr else LoadFileScheduling)(config, log)

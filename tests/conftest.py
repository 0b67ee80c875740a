"""What all tests share."""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest
from hypothesis import settings

from tests.depth import examples
from tests.emptied import instead_of_djangos_own
from tests.on_postgres import missed_on_postgres
from tests.order import longest_first, scheduler
from tests.prepared_database import begin_with_it

# Tests never assert times: on a busy machine hypothesis' own 200 ms an example would.
settings.register_profile("house", deadline=None, max_examples=examples(100))
settings.load_profile("house")

# The browser's driver runs its own event loop; Django's own caution about it is not wanted in tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# A fifth of the time went into looking for rubbish among what stays: models, the catalogue, the tests themselves.
gc.set_threshold(50_000, 20, 20)


def pytest_configure(config: pytest.Config) -> None:
    """The Chinese catalogue is made, not kept: make it before anything is shown."""
    from commercebrain.web.locale_build import build

    if not hasattr(config, "workerinput"):  # of several processes the first one makes it for all
        build()
    instead_of_djangos_own()
    begin_with_it()


#: Seconds after which a long test hangs: several times what the longest takes here, for other machines are slower and busy
#: with more. A mark of its own counts where it is more; the others have what pyproject.toml says.
PATIENCE_WHEN_SLOW = 2400


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, and is not ended while it works in earnest on a slow machine."""
    missed_on_postgres(items)
    longest_first(items)
    for item in items:
        if item.get_closest_marker("slow") is not None:
            own = item.get_closest_marker("timeout")
            if own is None or own.args[0] < PATIENCE_WHEN_SLOW:
                how = {} if own is None else own.kwargs
                item.add_marker(pytest.mark.timeout(PATIENCE_WHEN_SLOW, **how), append=False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files are handed out in that order."""
    return scheduler(config, log)

"""What all tests share."""

from __future__ import annotations

import os

import pytest

# The browser's driver runs its own event loop; Django's own caution about it is not wanted in tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure(config: pytest.Config) -> None:
    """The Chinese catalogue is made, not kept: make it before anything is shown."""
    from commercebrain.web.locale_build import build

    build()

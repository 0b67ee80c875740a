"""Plans as they come: the five documents with their labelled rows, and a lake with official figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.house import House
from tests.real import PLANS, browse, labelled, official_lake  # noqa: F401 - fixtures

from commercebrain.desk.plans import actions
from commercebrain.desk.plans.actions.documents import _findings, _store
from commercebrain.desk.plans.models import Document
from commercebrain.engine.lake import Lake

NINGBO = "001_028b0ab762920143.txt"
SHAOXING = "000_ef1ba93025f3a1e3.txt"
TASKS = "003_c98ee514b40ac4d4.txt"


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> None:
    """Uploads go to a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def read(house: House) -> Callable[..., Document]:
    """Takes in one of the five plans for a unit and stores its labelled rows, as if the reader were perfect."""

    def make(name: str = NINGBO, unit: str = "ningbo", **more: Any) -> Document:
        document = actions.import_document(
            PLANS / name, unit=getattr(house.units, unit), person=None, **{"classification": "internal", **more}
        )
        text = (PLANS / name).read_text(encoding="utf-8")
        _store(document, text, list(_findings(document, text, labelled(name, text))), None)
        document.refresh_from_db()
        return document

    return make


@pytest.fixture
def sign_in(browse: Callable[..., Client]) -> Callable[..., Client]:
    """A browser in which a person is signed in; ``language`` "en" or "zh-hans"."""
    return browse


@pytest.fixture
def figures(official_lake: Path, settings: Any) -> Path:
    """The installation's lake holds the official figures."""
    settings.LAKE_ROOT = official_lake
    return official_lake


@pytest.fixture
def empty_lake(tmp_path: Path, settings: Any) -> Path:
    """The installation's lake is set up and empty."""
    settings.LAKE_ROOT = tmp_path / "lake"
    Lake.create(settings.LAKE_ROOT)
    return tmp_path / "lake"

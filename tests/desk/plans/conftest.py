"""Plans as they come: the five documents with their labelled rows, and a lake with official figures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.house import House

from commercebrain.desk.plans import actions
from commercebrain.desk.plans.actions.documents import _findings, _store
from commercebrain.desk.plans.models import Document
from commercebrain.engine.lake import Lake

CATALOGUE = Path(__file__).parents[3] / "src/commercebrain/catalogue"
PLANS = CATALOGUE / "samples/plans"
OBSERVATIONS = CATALOGUE / "observations"
GOLD = Path(__file__).parents[2] / "gold"
NINGBO = "001_028b0ab762920143.txt"
SHAOXING = "000_ef1ba93025f3a1e3.txt"
TASKS = "003_c98ee514b40ac4d4.txt"


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> None:
    """Uploads go to a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "uploads"


def labelled(name: str, text: str) -> Iterator[dict[str, Any]]:
    """The labelled rows of a document with their place in its text, as ``cbrain plan read`` gives them."""
    for kind in ("target", "fact", "task"):
        for line in (GOLD / f"{kind}s.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["doc"] != name:
                continue
            letters = [c for c in row["quote"] if c != "\n"]
            found = re.search(r"\n*".join(re.escape(c) for c in letters), text)
            if found:
                yield {**row, "type": kind, "start": found.start(), "end": found.end(), "confidence": 0.9}


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
def sign_in(settings: Any) -> Callable[..., Client]:
    """A browser in which a person is signed in; ``language`` "en" or "zh-hans"."""

    def make(person: Any, language: str = "en") -> Client:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        return client

    return make


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The official figures of the project in a lake, made once."""
    root = tmp_path_factory.mktemp("official") / "lake"
    lake = Lake.create(root)
    for path in sorted(OBSERVATIONS.glob("*.csv")):
        lake.intake(path, taken_in=date(2025, 7, 21))
    return root


@pytest.fixture
def figures(official: Path, settings: Any) -> Path:
    """The installation's lake holds the official figures."""
    settings.LAKE_ROOT = official
    return official


@pytest.fixture
def empty_lake(tmp_path: Path, settings: Any) -> Path:
    """The installation's lake is set up and empty."""
    settings.LAKE_ROOT = tmp_path / "lake"
    Lake.create(settings.LAKE_ROOT)
    return tmp_path / "lake"

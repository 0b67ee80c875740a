"""Real promises and real figures for tests of pages: a plan's labelled rows gone live, and the official figures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import commercebrain
from commercebrain.desk.plans import actions
from commercebrain.desk.plans.actions.documents import _findings, _store
from commercebrain.desk.plans.models import Document
from commercebrain.engine.lake import Lake
from tests.house import House

CATALOGUE = Path(commercebrain.__file__).parent / "catalogue"
PLANS = CATALOGUE / "samples" / "plans"
GOLD = Path(__file__).parent / "gold"
SHAOXING_PLAN = "000_ef1ba93025f3a1e3.txt"
NINGBO_PLAN = "001_028b0ab762920143.txt"
SHAOXING_TASKS = "003_c98ee514b40ac4d4.txt"
TODAY = date(2025, 7, 21)


@cache
def labels(kind: str) -> tuple[dict[str, Any], ...]:
    """The labelled rows of a kind."""
    return tuple(map(json.loads, (GOLD / f"{kind}s.jsonl").read_text(encoding="utf-8").splitlines()))


def labelled(name: str, text: str) -> Iterator[dict[str, Any]]:
    """A document's labelled rows with their place in its text, as ``cbrain plan read`` would give them."""
    for kind in ("target", "fact", "task"):
        for row in labels(kind):
            if row["doc"] == name:
                found = re.search(r"\n*".join(re.escape(c) for c in row["quote"] if c != "\n"), text)
                if found:
                    yield {**row, "type": kind, "start": found.start(), "end": found.end(), "confidence": 0.9}


@pytest.fixture(scope="session")
def official_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the official figures of the catalogue, taken in once; not to be written to."""
    root = tmp_path_factory.mktemp("official") / "lake"
    lake = Lake.create(root)
    for path in sorted((CATALOGUE / "observations").glob("*.csv")):
        lake.intake(path, taken_in=TODAY)
    return root


@pytest.fixture
def figures(official_lake: Path, settings: Any, tmp_path: Path) -> Path:
    """The desk reads the official figures; uploads go to a folder of the test's own."""
    settings.LAKE_ROOT = official_lake
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return official_lake


@pytest.fixture
def live(house: House, figures: Path) -> Callable[..., Document]:
    """Takes in one of the five plans for a unit; its labelled rows go live at once, as in the demonstration."""

    def make(name: str = NINGBO_PLAN, unit: str = "ningbo") -> Document:
        document = actions.import_document(
            PLANS / name, unit=getattr(house.units, unit), person=None, title=name[:3], classification="public"
        )
        text = (PLANS / name).read_text(encoding="utf-8")
        _store(document, text, list(_findings(document, text, labelled(name, text))), None)
        actions.accept_unattended(document)
        document.refresh_from_db()
        return document

    return make


@pytest.fixture
def browse() -> Callable[..., Client]:
    """A browser in which a person is signed in, in English unless another language is asked for."""

    def make(person: Any, language: str = "en") -> Client:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["language"] = language
        return client

    return make

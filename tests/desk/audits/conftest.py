"""Plans that have been read and audited: the five documents, without what the reader found in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.house import House

from commercebrain.desk.plans.models import Document

PLANS = Path(__file__).parents[3] / "src/commercebrain/catalogue/samples/plans"
NINGBO = "001_028b0ab762920143.txt"
SHAOXING = "000_ef1ba93025f3a1e3.txt"
SHAOXING_TABLE = "002_56215197aaa548a9.txt"
PROVINCE = "004_841f20586f01442f.txt"


@pytest.fixture
def plan(house: House) -> Callable[..., Document]:
    """Stores a plan (a file of the samples, or ``text``) of a unit as read."""

    def make(name: str = NINGBO, unit: str = "ningbo", text: str = "", **more: Any) -> Document:
        owner = getattr(house.units, unit)
        text = text or (PLANS / name).read_text(encoding="utf-8")
        return Document.objects.create(
            name=name, title=more.pop("title", f"规划 {name[:3]}"), unit=owner, region=owner.region,
            sha256=f"{name}{unit}"[:64], text=text, state=Document.State.REVIEW, **more,
        )  # fmt: skip

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

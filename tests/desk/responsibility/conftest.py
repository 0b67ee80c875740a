"""A plan of 宁波 with a target and a task that its own bureau leads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.house import House
from tests.real import browse, figures, official_lake  # noqa: F401 - fixtures

from commercebrain.desk.plans.models import Document, Finding, Target, Task
from commercebrain.desk.responsibility.models import Assignment


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Path) -> None:
    """Uploads go to a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def world(house: House) -> SimpleNamespace:
    """An internal plan of 宁波: exports of 10,000 亿元 by 2025, a task of 宁波市商务局 with 海曙 joining."""
    document = Document.objects.create(
        name="规划.txt", title="规划", unit=house.units.ningbo, region=house.regions["330200"], sha256="w",
        text="出口额达到10000亿元", state=Document.State.LIVE,
    )  # fmt: skip

    def row(what: str, model: Callable[..., Any], **more: Any) -> Any:
        seq = Finding.objects.count()
        finding = Finding.objects.create(
            document=document, kind=what, seq=seq, start=0, end=9, quote="出口额达到10000亿元", confidence=0.9, row={},
            state=Finding.State.ACCEPTED,
        )  # fmt: skip
        made = model.objects.create(document=document, finding=finding, quote=finding.quote, **more)
        made.refresh_from_db()
        return made

    target = row(
        "target", Target, indicator="export_value", indicator_text="出口额", region=house.regions["330200"],
        region_text="宁波市", value=10000, comparator=">=", unit_text="亿元", base_value=6407, base_unit="亿元",
        base_year=2020, target_year=2025, kind="level", direction="up",
    )  # fmt: skip
    task = row(
        "task",
        Task,
        title="开拓新兴市场",
        lead_units=["市商务局"],
        responsible_units=["海曙区商务局"],
        due_on=date(2025, 12, 31),
    )
    lead = Assignment.objects.create(
        task=task, role="lead", text="市商务局", unit=house.units.ningbo, since=date(2025, 4, 1)
    )
    joining = Assignment.objects.create(
        task=task, role="joining", text="海曙区商务局", unit=house.units.haishu, since=date(2025, 4, 1)
    )
    return SimpleNamespace(
        document=document, target=target, task=task, lead=lead, joining=joining, house=house, row=row
    )

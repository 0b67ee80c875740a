"""The series behind a signal: every question that a card asks is one that the catalogue can answer."""

from __future__ import annotations

import pytest
from tests.house import House

from commercebrain.desk.warnings.evidence import question
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.indicators.logical import dimensions


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "subject", "wanted"),
    [
        ("goods", "847130|USA", {"hs6": ("847130",), "country": ("USA",)}),
        ("market", "USA", {"country": ("USA",)}),
        ("cluster", "330203|61", {"hs2": ("61",)}),
        ("county", "330203", {}),
    ],
)
def test_the_question_behind_a_signal_names_columns_of_the_customs_records(
    house: House, kind: str, subject: str, wanted: dict[str, tuple[str, ...]]
) -> None:
    unit = house.units.ningbo
    region = house.regions["330203"]
    asked = question(Signal(bureau=unit, unit=unit, region=region, subject_kind=kind, subject=subject))
    assert asked is not None and dict(asked.where) == wanted
    assert asked.region == ("330203" if kind in ("county", "cluster") else "330200")
    known = dimensions(load_catalogue().records["declaration_lines"])
    assert set(asked.where) <= set(known)

"""What a bureau declares of its own under ``CBRAIN_HOME``: kinds of measures, authorities abroad and their days."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.desk.cases.conftest import CONTACT, warning

from commercebrain.desk.cases import actions, declared, forms
from commercebrain.engine.cases.calendars import calendar_of
from commercebrain.engine.catalogue.own import with_own
from commercebrain.engine.errors import UserError

MEASURE = """
- code: night_shift
  name: {zh: 错峰生产协调, en: Shifts by night}
  definition: {zh: 协调错峰用电, en: Power at night}
  source: {doc: 本市办法}
"""
AUTHORITY = """
- {code: CUB, name: {zh: 古巴, en: Cuba}, body: {zh: 古巴外贸部, en: Ministry of Foreign Trade}, holidays: CU, zone: America/Havana, source: {doc: 本市办法}}
"""


@pytest.fixture
def own(tmp_path: Path, settings: Any) -> Path:
    """The bureau's own folder of the catalogue."""
    settings.HOME = tmp_path
    folder = tmp_path / "catalogue"
    folder.mkdir()
    return folder


@pytest.mark.django_db
def test_a_measure_of_the_bureau_can_be_chosen_in_the_templates_of_the_product(
    own: Path, city: SimpleNamespace
) -> None:
    (own / "measures.yaml").write_text(MEASURE, encoding="utf-8")
    assert {"night_shift", "visit"} <= set(declared.measures())
    people, case = city.people, warning(city)
    actions.move(case, people.jia, "acknowledge")
    actions.move(case, people.jia, "contact", values=CONTACT)
    chosen = {"measure_kind": "night_shift", "measure_due": "2025-08-08"}
    assert actions.move(case, people.jia, "decide_measure", values=chosen).values["measure_kind"] == "night_shift"
    (own / "measures.yaml").unlink()
    assert "night_shift" not in declared.templates()["warning_response"].by_code["measure_kind"].choices


def test_an_own_template_chooses_among_the_measures_of_both(own: Path) -> None:
    (own / "measures.yaml").write_text(MEASURE, encoding="utf-8")
    (own / "templates").mkdir()
    shipped = Path(declared.__file__).parents[2] / "catalogue" / "templates" / "warning_response.yaml"
    text = shipped.read_text(encoding="utf-8").replace("code: warning_response", "code: own_response")
    (own / "templates" / "own.yaml").write_text(text, encoding="utf-8")
    found, faults = with_own(own, "templates")
    assert faults == () and {"own_response", "warning_response"} <= set(found)
    assert {"night_shift", "visit"} <= set(found["own_response"].by_code["measure_kind"].choices)


def test_the_days_of_an_authority_that_the_bureau_declared_count(own: Path) -> None:
    with pytest.raises(UserError, match="CUB"):
        calendar_of("CUB")
    (own / "authorities.yaml").write_text(AUTHORITY, encoding="utf-8")
    abroad = calendar_of("CUB")
    assert not abroad.is_workday(date(2025, 7, 25)) and abroad.is_workday(date(2025, 7, 24)), (
        "26 July and the day before"
    )
    assert "CUB" in dict(forms.authorities()) and "eu27" in dict(forms.authorities())
    assert calendar_of("CN").is_workday(date(2025, 7, 25))


def test_a_faulty_file_of_the_bureau_leaves_the_products_and_is_named(own: Path) -> None:
    (own / "measures.yaml").write_text("- {code: x, nam: y}\n", encoding="utf-8")
    found, faults = with_own(own, "measures")
    assert "visit" in found and "x" not in found and faults and faults[0].file == "measures.yaml"

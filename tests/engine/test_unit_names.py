"""Short names of units in plans find the unit that is meant; what is unclear finds none."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from commercebrain.engine.documents import document_number
from commercebrain.engine.errors import UserError
from commercebrain.engine.unit_names import FILE, match_unit

DATA = yaml.safe_load(FILE.read_text(encoding="utf-8"))
KNOWN = [
    "绍兴市商务局",
    "绍兴市发展和改革委员会",
    "宁波市商务局",
    "示例市商务局",
    "柯桥区商务局",
    "浙江省商务厅",
    "绍兴市市场监督管理局",
]


@pytest.mark.parametrize("row", DATA["examples"], ids=lambda row: row["name"])
def test_the_examples_of_the_catalogue_hold(row: dict[str, str]) -> None:
    assert match_unit(row["name"], row["place"], row["level"], KNOWN) == row["unit"]


def test_the_first_character_of_an_office_is_no_prefix() -> None:
    assert match_unit("市市场监管局", "绍兴市", "city", KNOWN) == "绍兴市市场监督管理局"
    assert match_unit("市场监管局", "绍兴市", "city", KNOWN) == "绍兴市市场监督管理局"


def test_a_unit_of_another_city_is_never_taken() -> None:
    assert match_unit("市商务局", "杭州市", "city", KNOWN) is None


@pytest.mark.parametrize(
    "typed", ["绍政发〔2023〕5号", "绍政发[2023]05号", "绍政发（2023）5 号", "绍政发【2023】第5号"]
)
def test_a_document_number_is_brought_into_its_proper_form(typed: str) -> None:
    assert document_number(typed, date(2023, 6, 1)) == "绍政发〔2023〕5号"


@pytest.mark.parametrize(
    "typed", ["", "5号", "同意", "绍政发2023-5", "〔2023〕5号", "绍政发〔2023〕0号", "SX〔2023〕5号"]
)
def test_what_is_no_document_number_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(UserError) as fault:
        document_number(typed)
    assert "绍政发〔2023〕5号" in fault.value.zh


def test_a_number_of_a_later_year_than_its_document_is_refused() -> None:
    with pytest.raises(UserError, match="2024"):
        document_number("绍政发〔2024〕5号", date(2023, 6, 1))

"""Title, number and day of a document, and what its deadlines mean."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.plantext.particulars import due_date, read_particulars

PLANS = Path(__file__).parents[3] / "src/commercebrain/catalogue/samples/plans"


@pytest.mark.parametrize(
    ("name", "title", "number", "day"),
    [
        ("000_ef1ba93025f3a1e3.txt", "绍兴市商务发展“十四五”规划", "绍政发〔2021〕25号", date(2021, 8, 16)),
        ("001_028b0ab762920143.txt", "宁波市商务发展“十四五”规划", "", date(2021, 6, 9)),
        ("002_56215197aaa548a9.txt", "绍兴市加快推进城市国际化行动方案（2020—2022年）", "绍政办发〔2020〕15号", date(2020, 5, 7)),
        ("003_c98ee514b40ac4d4.txt", "绍兴市人民政府办公室关于进一步加强国际化招商引资工作的实施意见", "绍政办发〔2023〕17号", date(2023, 4, 26)),
        ("004_841f20586f01442f.txt", "浙江省新型贸易发展“十四五”规划", "", None),
    ],
)  # fmt: skip
def test_the_five_plans_say_who_they_are(name: str, title: str, number: str, day: date | None) -> None:
    found = read_particulars((PLANS / name).read_text(encoding="utf-8"))
    assert (found.title, found.number, found.issued_on) == (title, number, day)


@pytest.mark.parametrize(
    ("text", "title", "number"),
    [
        ("杭政函（2022）7 号\n\n关于印发杭州市服务贸易“十四五”发展规划的通知\n正文", "杭州市服务贸易“十四五”发展规划", "杭政函（2022）7 号"),
        ("某市会展业发展三年行动计划(2023—2025年)\n\n为促进会展业发展", "某市会展业发展三年行动计划(2023—2025年)", ""),
        ("", "plan.txt", ""),
    ],
)  # fmt: skip
def test_other_heads_are_read_too(text: str, title: str, number: str) -> None:
    found = read_particulars(text, "plan.txt")
    assert (found.title, found.number) == (title, number)


def test_an_impossible_day_is_no_day() -> None:
    assert read_particulars("某规划\n2021年2月30日\n").issued_on is None


@pytest.mark.parametrize(
    ("deadline", "day"),
    [
        ("2022", date(2022, 12, 31)),
        ("2025 (2023—2025)", date(2025, 12, 31)),
        ("2024年6月底前", date(2024, 6, 30)),
        ("2024年2月", date(2024, 2, 29)),
        ("2024-06-15", date(2024, 6, 15)),
        ("2023年2月31日", date(2023, 2, 28)),
        ("持续推进", None),
        ("", None),
    ],
)
def test_a_deadline_is_the_last_day_of_what_it_names(deadline: str, day: date | None) -> None:
    assert due_date(deadline) == day


@given(st.text(max_size=3000))
def test_no_text_is_too_odd_to_be_looked_at(text: str) -> None:
    found = read_particulars(text, "x")
    assert found.title
    due_date(text)

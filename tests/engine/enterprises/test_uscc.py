"""Credit codes: what the standard says, and codes that no office issues."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError

REAL = "91110000600037341L"  # the example of python-stdnum's own documentation


@pytest.mark.parametrize(
    "text",
    [REAL, REAL.lower(), "91110000-600037341-L", " 91110000 600037341L ", "９１１１００００６０００３７３４１Ｌ"],
)
def test_a_code_is_understood_however_it_is_written(text):
    assert uscc.check(text) == REAL


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("9111000060003734", "uscc.length", "16"),
        ("91110000600037341M", "uscc.check_digit", "L"),
        ("9I110000600037341L", "uscc.letters", REAL),
        ("91110000六00037341L", "uscc.letters", "六"),
        ("", "uscc.length", "0"),
    ],
)
def test_a_fault_is_told_with_what_it_may_have_meant(text, code, told):
    with pytest.raises(UserError) as fault:
        uscc.check(text)
    assert fault.value.code == code and told in fault.value.zh and told in fault.value.en


@given(st.integers(0, 10**7 - 1), st.sampled_from([f"9901{n:02d}" for n in range(1, 7)]))
def test_an_invented_code_is_valid_in_form_and_known_as_invented(number, region):
    code = uscc.synthetic(region, number)
    assert uscc.check(code) == code and uscc.is_synthetic(code) and code[2:8] == region
    assert uscc.organisation_check(code[8:16]) == code[16]


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=1, max_size=1), st.integers(0, 17))
def test_one_changed_character_is_always_found(char, place):
    code = REAL[:place] + char + REAL[place + 1 :]
    assert uscc.is_valid(code) == (code == REAL)


def test_no_real_region_issues_an_invented_code():
    assert not uscc.is_synthetic(REAL)
    with pytest.raises(ValueError, match="330203"):
        uscc.synthetic("330203", 1)


def test_the_same_seed_gives_the_same_firms_and_a_longer_run_begins_with_them():
    from tests.engine.enterprises.test_matching import WORDS

    from commercebrain.engine.enterprises.simulate import firms

    day = date(2025, 7, 21)
    short, long = list(firms(50, 2, WORDS, day)), list(firms(200, 2, WORDS, day))
    assert short == list(firms(50, 2, WORDS, day))
    assert [f.uscc for f in short] == [f.uscc for f in long[:50]] and [f.name_zh for f in short] == [
        f.name_zh for f in long[:50]
    ]
    assert {f.uscc for f in short}.isdisjoint(f.uscc for f in firms(50, 3, WORDS, day))
    assert len({f.name_zh for f in long}) == 200 and all(f.established_on <= (f.closed_on or day) <= day for f in long)

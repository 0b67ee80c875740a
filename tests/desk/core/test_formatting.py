"""Numbers and units as a reader sees them."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from commercebrain.desk.core.formatting import tight, units_said


@pytest.mark.parametrize(
    ("said", "english"),
    [
        ("the published 14,202.5 亿元 counts", "the published 14,202.5 hundred million yuan counts"),
        ("54 个 are missing 6 个", "54 are missing 6"),
        ("+6.0 % against 3.31 %", "+6.0 % against 3.31 %"),
        ("the series 2020年宁波 is missing", "the series 2020年宁波 is missing"),
    ],
)
def test_units_behind_numbers_of_an_engine_sentence_are_said_in_english(said: str, english: str) -> None:
    with override("en"):
        assert units_said(said) == english
    with override("zh-hans"):
        assert units_said(said) == said


def test_a_sign_stands_close_to_its_number() -> None:
    assert tight("1.5 :1, 6 %, 13.1 ‰, 20 个") == "1.5:1, 6%, 13.1‰, 20 个"

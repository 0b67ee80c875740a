"""Reading one product code: what is mended, what is refused, and what two codes have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commercebrain.engine.errors import UserError
from commercebrain.engine.lists import ProductCode, common, nomenclature, nomenclatures, read_code
from commercebrain.engine.lists.nomenclature import CHAPTERS, hs_edition, last_headings
from commercebrain.engine.lists.ranges import MOST, between


@st.composite
def codes(
    draw: st.DrawFn, lengths: tuple[int, ...] = (2, 4, 6, 8, 10), chapters: tuple[str, ...] = tuple(sorted(CHAPTERS))
) -> str:
    """Codes that can be: a chapter, a heading that it has, any digits below."""
    chapter = draw(st.sampled_from(chapters))
    heading = draw(st.integers(1, last_headings()[chapter]))
    rest = draw(st.integers(0, 999_999))
    return f"{chapter}{heading:02d}{rest:06d}"[: draw(st.sampled_from(lengths))]


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("8471.30.0100", "8471300100"),
        ("8471 30 00", "84713000"),
        ("８４７１３０００", "84713000"),
        ("84・71", "8471"),
        ("8471-30", "847130"),
        (" '01012100", "01012100"),
        ("84", "84"),
        ("8471.", "8471"),
        ("8471·30·01", "84713001"),
        (84713000, "84713000"),
        (84713000.0, "84713000"),
    ],
)
def test_a_code_is_its_digits_however_it_is_written(written: object, digits: str) -> None:
    assert read_code(written).digits == digits


@given(codes(), st.sampled_from([".", " ", "", "-", "．"]))
def test_dots_and_spaces_between_pairs_of_digits_change_nothing(digits: str, mark: str) -> None:
    written = mark.join(digits[n : n + 2] for n in range(0, len(digits), 2))
    assert read_code(written, "CN", "2022") == ProductCode(digits, "CN", "2022")
    assert read_code(written.translate({48 + n: 0xFF10 + n for n in range(10)})).digits == digits


def test_a_zero_that_a_spreadsheet_dropped_is_put_back_and_said_and_never_guessed_in_text() -> None:
    read = read_code(1012100, "CN")
    assert read.digits == "01012100"
    assert read.note is not None and "01012100" in read.note.zh
    assert read_code("1012100", "CN", number=True).digits == "01012100"
    with pytest.raises(UserError, match="1012100") as told:
        read_code("1012100", "CN")
    assert told.value.code == "code.lost_zero" and "01012100 还是 10121000" in told.value.zh
    with pytest.raises(UserError) as told:
        read_code("28049010001", "CN")
    assert told.value.code == "code.length" and "11位" in told.value.zh
    with pytest.raises(UserError) as told:  # 8501.10 as a number: the zero at its end is gone, or the one before it
        read_code(8501.1, "CN")
    assert told.value.code == "code.lost_zero"


@given(codes(lengths=(4, 6, 8, 10), chapters=tuple(f"0{n}" for n in range(1, 10))))
def test_every_code_of_the_first_nine_chapters_comes_back_from_a_spreadsheet(digits: str) -> None:
    assert read_code(int(digits)).digits == digits


@pytest.mark.parametrize(
    ("written", "kind", "fault"),
    [
        ("77010000", "CN", "code.no_chapter"),
        ("00", "HS", "code.no_chapter"),
        ("98", "HS", "code.no_chapter"),
        ("99038803", "EUCN", None),
        ("9903.88.03", "USHTS", "code.not_goods"),
        ("9903.88.03", "", "code.not_goods"),
        ("9804.00.00", "CN", None),
        ("9817.00.96", "USHTS", None),
        ("85990000", "CN", "code.no_heading"),
        ("8500", "HS", "code.no_heading"),
        ("20180615", "CN", "code.no_heading"),
        ("8471300100", "HS", "code.length"),
        ("8471300100", "USHTS", None),
        ("847130010000", "CN", "code.length"),
        ("847l30", "CN", "code.not_digits"),
        ("", "CN", "code.not_digits"),
        ("八四七一", "CN", "code.not_digits"),
        ("٨٤٧١", "CN", "code.not_digits"),
        ("-8471", "CN", "code.not_digits"),
        (float("inf"), "CN", "code.not_digits"),
        ("8471", "Mars", "code.no_nomenclature"),
    ],
)
def test_what_no_nomenclature_has_is_refused_with_a_sentence(written: object, kind: str, fault: str | None) -> None:
    if fault is None:
        assert read_code(written, kind).nomenclature == kind
        return
    with pytest.raises(UserError) as told:
        read_code(written, kind)
    assert told.value.code == fault
    assert told.value.zh.endswith("。") and told.value.en.endswith(".")


def test_a_loaded_table_says_which_codes_there_are() -> None:
    assert read_code("84713000", "CN", "2022", table={"84713000"}).digits == "84713000"
    with pytest.raises(UserError, match="84713009") as told:
        read_code("84713009", "CN", "2022", table={"84713000"})
    assert told.value.code == "code.unknown"


@given(st.text(max_size=14))
def test_nothing_typed_raises_anything_but_a_sentence(text: str) -> None:
    try:
        read = read_code(text, "USHTS", "2018")
    except UserError:
        return
    assert read.digits.isdigit() and read.digits.isascii() and len(read.digits) in nomenclatures()["USHTS"].digits


def test_a_nomenclature_is_known_by_its_names() -> None:
    assert [nomenclature(name).code for name in ("cn", "中国税则", "美国HTS", "htsus", "欧盟CN", "ＨＳ")] == [
        "CN", "CN", "USHTS", "USHTS", "EUCN", "HS",
    ]  # fmt: skip


def test_editions_belong_to_the_edition_of_the_harmonized_system_that_they_are_built_on() -> None:
    assert [hs_edition(one) for one in ("2018", "2021", "2022", "2025-07", "2012", "1987", "")] == [
        "2017", "2017", "2022", "2022", "2012", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        (("8471", "CN", "2022"), ("84713000", "CN", "2025"), "prefix"),
        (("84713000", "CN", "2022"), ("84713000", "USHTS", "2022"), "hs6"),
        (("84713000", "CN", "2021"), ("84713009", "CN", "2022"), "hs6"),
        (("84713000", "CN", "2022"), ("84713009", "CN", "2022"), "none"),
        (("84713000", "CN", "2022"), ("84714100", "USHTS", "2022"), "none"),
        (("84", "HS", "2017"), ("84713000", "CN", "2017"), "hs6"),
    ],
)
def test_codes_compare_by_prefix_within_a_nomenclature_and_at_six_digits_across(
    one: tuple[str, str, str], other: tuple[str, str, str], how: str
) -> None:
    assert common(ProductCode(*one), ProductCode(*other)) == how
    assert common(ProductCode(*other), ProductCode(*one)) == how


def test_a_range_stands_as_the_fewest_codes_that_hold_it() -> None:
    assert between("84180000", "84189999") == ("8418",)
    assert between("8501", "8504") == ("8501", "8502", "8503", "8504")
    assert len(between("841810", "841869")) == 60
    assert between("84", "85") == ("84", "85")
    assert between("8504", "8501") == between("8501", "850110") == ()
    assert between("0101010101", "9699999998") and len(between("0101010101", "9699999998")) <= MOST


@given(st.integers(0, 9_999), st.integers(0, 9_999), st.integers(0, 99_999_999))
def test_a_range_holds_all_between_its_ends_and_nothing_else(low: int, width: int, probe: int) -> None:
    first, last = f"{low:08d}", f"{low + width:08d}"
    held = between(first, last)
    for number in (low, low + width, low + width // 2, low - 1, low + width + 1, probe):
        code = f"{max(number, 0):08d}"
        assert code.startswith(held) == (first <= code <= last)

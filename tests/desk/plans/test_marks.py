"""Highlighting: the stretches are the text, and every found row has its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from commercebrain.desk.plans.marks import number_span, stretches
from commercebrain.desk.plans.models import Finding


def found(pk: int, start: int, end: int, words: str = "") -> Finding:
    return Finding(pk=pk, kind="target", start=start, end=end, row={"value_text": words}, state="waiting")


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[Finding]]:
    text = draw(st.text(alphabet="出口额达1234亿元，\n 。", min_size=1, max_size=80))
    spans = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=8))
    rows = [found(n, min(span), max(span), text[min(span) : max(span)][1:4].strip()) for n, span in enumerate(spans, 1)]
    return text, rows


@given(texts())
def test_stretches_join_to_the_text_and_know_what_lies_over_them(given: tuple[str, list[Finding]]) -> None:
    text, rows = given
    parts = stretches(text, rows)
    assert "".join(part.text for part in parts) == text
    kept = {row.pk for row in rows if row.start < row.end}
    starts = [pk for part in parts for pk in part.starts]
    assert sorted(starts) == sorted(kept)
    at = 0
    for part in parts:
        for row in part.findings:
            assert row.start <= at and at + len(part.text) <= row.end
        at += len(part.text)


def test_a_number_cut_by_a_line_break_is_found() -> None:
    text = "出口突破 3000\n亿元。"
    span = number_span(text, found(1, 0, len(text), "突破3000亿元"))
    assert span is not None and text[slice(*span)] == "突破 3000\n亿元"


def test_numbers_of_one_quote_are_marked_apart() -> None:
    text = "建立10个代表处、20个合伙人"
    parts = stretches(text, [found(1, 0, len(text), "10个"), found(2, 0, len(text), "20个")])
    strong = [(part.text, [row.pk for row in part.findings]) for part in parts if part.strong]
    assert strong == [("10个", [1]), ("20个", [2])]

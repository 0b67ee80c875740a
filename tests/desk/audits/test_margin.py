"""Marks in the margin: whatever overlaps, the text stays the text and each mark stands where its words begin."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.depth import examples

from commercebrain.desk.audits.context import by_document, noted, stands
from commercebrain.desk.audits.models import AuditFinding
from commercebrain.desk.plans.marks import Stretch
from commercebrain.desk.plans.models import Document

TEXT = "2020年进口364.1亿元，\n年均增长47.4%。" * 12
spans = st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))).map(sorted).filter(lambda s: s[0] < s[1])


def finding(pk: int, places: list[list[int]]) -> AuditFinding:
    quotes = [
        {"document": 1, "start": low, "end": high, "quote": "".join(TEXT[low:high].splitlines())}
        for low, high in places
    ]
    return AuditFinding(pk=pk, quotes=quotes, verdict="conflict")


def cut(borders: list[int]) -> list[Stretch]:
    points = sorted({0, len(TEXT), *borders})
    return [Stretch(TEXT[low:high]) for low, high in pairwise(points)]


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.lists(spans, min_size=1, max_size=4), max_size=5), st.lists(st.integers(0, len(TEXT)), max_size=8))
def test_the_pieces_are_the_text_and_every_finding_is_marked_at_its_first_word(places, borders):
    findings = [finding(pk, rows) for pk, rows in enumerate(places, 1)]
    notes = noted(cut(borders), Document(pk=1, text=TEXT), findings)
    assert "".join(note.stretch.text for note in notes) == TEXT
    position, first = 0, {}
    covered: dict[int, set[int]] = {}
    for note in notes:
        for mark in note.marks:
            if mark.first:
                assert mark.finding.pk not in first
                first[mark.finding.pk] = position
        for pk in map(int, note.ids.split()):
            covered.setdefault(pk, set()).update(range(position, position + len(note.stretch.text)))
        position += len(note.stretch.text)
    assert first == {pk: min(low for low, _ in rows) for pk, rows in enumerate(places, 1)}
    for pk, rows in enumerate(places, 1):
        assert covered[pk] == {at for low, high in rows for at in range(low, high)}


def test_words_that_no_longer_stand_there_get_no_mark():
    moved = finding(1, [[0, 5]])
    changed = "新" + TEXT
    assert not stands(changed, moved.quotes[0])
    notes = noted([Stretch(changed)], Document(pk=1, text=changed), [moved])
    assert not any(note.marks or note.ids for note in notes)


def test_a_quote_inside_another_is_left_out():
    assert len(by_document(finding(1, [[0, 20], [3, 9], [0, 7], [30, 40]]))[1]) == 2

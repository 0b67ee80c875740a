"""How a figure comes about is told to readers without clearance too: it must not hold what the figure itself may not tell."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from tests.engine.disclosure.small_city import CLEARED, MONTHS, ask, draw, take_in

from commercebrain.engine.catalogue.loader import load_catalogue
from commercebrain.engine.indicators.explain import explain

QUESTIONS: tuple[dict[str, object], ...] = (
    {"by": ("county",)},
    {"by": ("country", "hs2"), "transform": "ytd"},
    {"by": ("county",), "where": {"country": ("NRU",)}},
    {"transform": "yoy"},
    {"as_of": date(2025, 5, 2)},
)


def told(root: Path, lines: int, asked: dict[str, object], language: str = "en") -> str:
    """The explanation of a question of a reader without clearance, without the fingerprint of the batch."""
    found = ask(root, code="customs_export_value", **asked)
    assert found is not None
    text = "\n".join(text for _, text in explain(load_catalogue(), root, found, lines=lines, language=language))
    return re.sub(r"\b[0-9a-f]{12}\b", "", text.replace(str(root), ""))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_explanation_without_lines_is_the_same_whatever_the_firms_declared(tmp_path: Path, language: str) -> None:
    """Two cities with the same months and words, one with many more lines: nothing in the explanation tells them apart."""
    for name, lines in (("small", 90), ("large", 150)):
        take_in(tmp_path / name, draw(1, MONTHS, lines=lines), date(2025, 5, 1))
    for asked in QUESTIONS:
        small, large = (told(tmp_path / name, 0, asked, language) for name in ("small", "large"))
        assert small == large, asked


def test_the_explanation_with_lines_would_tell_them_apart(tmp_path: Path) -> None:
    """So the comparison above can fail; and whoever is cleared is shown counts, sums and lines."""
    for name, lines in (("small", 90), ("large", 150)):
        take_in(tmp_path / name, draw(1, MONTHS, lines=lines), date(2025, 5, 1))
    small, large = (told(tmp_path / name, 3, QUESTIONS[0]) for name in ("small", "large"))
    assert small != large
    assert "919901010" in large
    assert ask(tmp_path / "large", CLEARED, code="customs_export_value", by=("uscc",)) is not None


def test_no_line_no_firm_and_no_sum_of_a_withheld_cell_stands_in_the_explanation(tmp_path: Path) -> None:
    lines = draw(1)
    take_in(tmp_path, lines, date(2025, 5, 1))
    text = told(tmp_path, 0, {"by": ("county", "country")})
    numbers = set(re.findall(r"\d[\d,]*", text))
    sums: dict[object, int] = {}
    for line in lines:
        if line.flow == "export":
            for cell in ((line.county, line.country, line.month), (line.county, line.month), line.month):
                sums[cell] = sums.get(cell, 0) + line.value
    assert not numbers & {form for value in sums.values() if value > 999 for form in (str(value), f"{value:,}")}
    assert not any(line.firm in text for line in lines)

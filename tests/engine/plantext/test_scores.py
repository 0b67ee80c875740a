"""The reading of the five founding documents is held to its scores; a change that loses one fails here."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from tests.engine.plantext.scoring import GOLD, PLANS, gold_rows, score

from commercebrain.engine.plantext.reader import read_plan

#: kind → (detection F1, exact F1) that must be reached.
BARS = {"target": (0.95, 0.88), "fact": (0.93, 0.85)}
#: Shares of the matched rows whose field must be right.
FIELDS = {"indicator": 0.85, "region": 0.95, "baseline": 0.85}


@functools.cache
def rows() -> tuple[dict[str, Any], ...]:
    found = [f for plan in PLANS for f in read_plan(plan.read_text("utf-8"), plan.name, ("target", "fact"))]
    return tuple(finding.to_row() for finding in found)


@pytest.mark.parametrize("kind", ["target", "fact"])
def test_statements_are_found(kind: str) -> None:
    result, missed, spurious = score(kind, gold_rows(kind), list(rows()))
    detail = [row["quote"] for row in missed] + [row["quote"] for row in spurious]
    assert result["detection"]["f1"] >= BARS[kind][0], detail


@pytest.mark.parametrize("kind", ["target", "fact"])
def test_value_unit_time_comparator_and_kind_are_right(kind: str) -> None:
    result, _, _ = score(kind, gold_rows(kind), list(rows()))
    assert result["exact"]["f1"] >= BARS[kind][1], result["fields"]


@pytest.mark.parametrize("kind", ["target", "fact"])
def test_indicator_region_and_baseline_are_right(kind: str) -> None:
    result, _, _ = score(kind, gold_rows(kind), list(rows()))
    for field, bar in FIELDS.items():
        if field in result["fields"]:
            assert result["fields"][field] >= bar, field


def test_every_quote_stands_where_the_row_says() -> None:
    texts = {plan.name: plan.read_text("utf-8") for plan in PLANS}
    assert len(rows()) > 300
    for row in rows():
        stretch = texts[row["doc"]][row["start"] : row["end"]]
        assert "".join(stretch.splitlines()) == row["quote"]
        assert row["value_text"].strip("*") in row["quote"], row["quote"]
        assert texts[row["doc"]].count("\n", 0, row["start"]) + 1 == row["line"]


@pytest.mark.parametrize("kind", ["target", "fact"])
def test_rows_carry_every_key_of_the_labels(kind: str) -> None:
    first = json.loads((GOLD / f"{kind}s.jsonl").read_text("utf-8").splitlines()[0])
    mine = next(row for row in rows() if row["type"] == kind)
    assert set(first) <= set(mine)
    assert {"type", "start", "end"} <= set(mine)
    assert 0 <= mine["confidence"] <= 1


def test_only_the_kinds_asked_for_come_back() -> None:
    text = PLANS[3].read_text("utf-8")
    kinds = {f.type for f in read_plan(text, PLANS[3].name, ("target",))}
    assert kinds == {"target"}
    assert {f.type for f in read_plan(text, PLANS[3].name)} == {"target", "task"}


def test_findings_come_in_the_order_of_the_text() -> None:
    found = read_plan(PLANS[2].read_text("utf-8"), PLANS[2].name)
    assert [f.start for f in found] == sorted(f.start for f in found)

"""The scorer of the gold labels, the five sample plans and the labels: what the tests of the reader
measure with.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import commercebrain

GOLD = Path(__file__).parents[2] / "gold"
PLANS = sorted((Path(commercebrain.__file__).parent / "catalogue/samples/plans").glob("*.txt"))

_spec = importlib.util.spec_from_file_location("score_plan_reading", GOLD / "score_plan_reading.py")
assert _spec is not None and _spec.loader is not None
scorer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(scorer)


def gold_rows(kind: str) -> list[dict[str, Any]]:
    """The labels of one kind: target, fact or task."""
    text = (GOLD / f"{kind}s.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def score(
    kind: str, gold: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """The scores of ``rows``, what was missed and what is spurious; rows of documents without labels do
    not count.
    """
    docs = {row["doc"] for row in gold}
    mine = [row for row in rows if row["doc"] in docs and row.get("type", kind) == kind]
    if kind == "task":
        return scorer.score_tasks(gold, mine)
    return scorer.score_values(gold, mine, kind)

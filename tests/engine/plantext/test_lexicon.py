"""The reader's words are words of the language, not of the five plans that it was written with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engine.plantext.scoring import PLANS

import commercebrain

LEXICONS = sorted((Path(commercebrain.__file__).parent / "catalogue/plantext").glob("*.yaml"))
LONG = 8


def words(node: Any, key: str = "") -> Iterator[str]:
    """Every word of a lexicon: strings in lists and maps, keys too; where it comes from (``source``) is
    no word.
    """
    if isinstance(node, dict):
        for name, value in node.items():
            if name not in ("source", "note", "examples"):
                yield str(name)
                yield from words(value, str(name))
    elif isinstance(node, list):
        for value in node:
            yield from words(value, key)
    elif isinstance(node, str):
        yield node


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("path", LEXICONS, ids=lambda p: p.name)
def test_no_long_word_of_a_lexicon_occurs_in_one_plan_only(path: Path) -> None:
    texts = {plan.name: squeezed(plan.read_text("utf-8")) for plan in PLANS}
    entries = set(words(yaml.safe_load(path.read_text("utf-8"))))
    assert entries
    alone = {
        entry: [name for name, text in texts.items() if squeezed(entry) in text]
        for entry in entries
        if len(squeezed(entry)) > LONG
    }
    assert {entry: found for entry, found in alone.items() if len(found) == 1} == {}


def test_the_check_sees_a_word_taken_from_one_plan() -> None:
    entries = list(words({"source": "不算", "a": {"b": ["绍兴市加快推进城市国际化行动方案"]}}))
    assert entries == ["a", "b", "绍兴市加快推进城市国际化行动方案"]
    assert sum(entries[-1] in squeezed(plan.read_text("utf-8")) for plan in PLANS) == 1

"""The table against OWASP ASVS names tests that exist, gives every line an answer, and counts itself rightly."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache

from tests.tracked import ROOT

TEXT = (ROOT / "docs" / "reference" / "asvs.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ROWS = ROW.findall(TEXT)
ANSWERS = {"held", "by design", "operator's duty", "not applicable", "**not done**"}


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_line_has_an_answer_and_a_reason():
    assert len(ROWS) >= 250
    assert {answer for _item, _level, _what, answer, _why in ROWS} == ANSWERS
    items = [item for item, *_rest in ROWS]
    assert len(items) == len(set(items))
    assert items == sorted(items, key=lambda item: [int(part) for part in item.split(".")])
    assert all(why.strip() for *_rest, why in ROWS)


def test_every_test_that_the_table_names_exists_and_whatever_is_held_names_one():
    missing = []
    for item, _level, _what, answer, why in ROWS:
        named = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", why)
        assert (named is not None) == (answer == "held"), item
        if named and (not (ROOT / named[1]).exists() or named[2] not in names_in(named[1])):
            missing.append(f"{item}: {why}")
    assert missing == []


def test_the_numbers_at_its_head_are_those_of_its_lines():
    told = dict(
        re.findall(r"^\| (held|by design|operator's duty|not applicable|\*\*not done\*\*) \| (\d+) \|", TEXT, re.M)
    )
    assert {word: int(n) for word, n in told.items()} == Counter(answer for _i, _l, _w, answer, _y in ROWS)

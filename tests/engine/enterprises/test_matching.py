"""Whether two records are one firm: measured on pairs made by hand and on variants of invented firms."""

from __future__ import annotations

import csv
import random
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import commercebrain.catalogue
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.enterprises.matching import Record, compare, distance, doubles
from commercebrain.engine.enterprises.simulate import Firm, firms

PAIRS = Path(__file__).with_name("pairs.csv")
PLACES = frozenset(
    [
        "宁波",
        "绍兴",
        "浙江",
        "杭州",
        "嘉兴",
        "台州",
        "温州",
        "义乌",
        "上海",
        "慈溪",
        "余姚",
        "新昌",
        "诸暨",
        "柯桥",
        "北仑",
        "示例",
        "大榭开发区",
    ]
)
WORDS = yaml.safe_load(
    (Path(next(iter(commercebrain.catalogue.__path__))) / "registry" / "simulation.yaml").read_text(encoding="utf-8")
)
DAY = date(2025, 7, 21)


def by_hand() -> list[tuple[Record, Record, bool, str]]:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return [
            (Record((r["a"],), r["code_a"]), Record((r["b"],), r["code_b"]), r["same"] == "1", r["why"])
            for r in csv.DictReader(file)
        ]


def variants(firm: Firm, chance: random.Random) -> list[Record]:
    """The ways in which the same firm turns up in other people's lists."""
    name, code = firm.name_zh, firm.uscc
    place = chance.randrange(9, 17)
    slip = code[:place] + chance.choice([c for c in uscc.ALPHABET if c != code[place]]) + code[place + 1 :]
    swap = code[:place] + code[place + 1] + code[place] + code[place + 2 :] if place < 16 else slip
    full = "".join(chr(ord(c) + 0xFEE0) for c in code)
    return [
        Record((name,), f"{code[:8]} {code[8:]}"),
        Record((name,), full),
        Record((name.replace("有限公司", "有限责任公司"),)),
        Record((name.replace("示例", "示例市"),)),
        Record((f"示例省{name}",)),
        Record((re.sub("(股份)?有限(责任)?公司$", "", name),)),
        Record((name.replace("示例", "", 1).replace("有限公司", "（示例）有限公司"),)),
        Record((" ".join(name),)),
        Record((name,), slip if not uscc.is_valid(slip) else ""),
        Record((name,), swap if not uscc.is_valid(swap) else ""),
        Record((firm.name_en.upper().replace(".", "").replace(",", ""),)),
        *([Record((firm.former,))] if firm.former else []),
    ]


def generated() -> list[tuple[Record, Record, bool, str]]:
    chance = random.Random(7)
    made = list(firms(400, 3, WORDS, DAY))
    pairs: list[tuple[Record, Record, bool, str]] = []
    for firm in made[:40]:
        own = Record((firm.name_zh, firm.name_en, *([firm.former] if firm.former else [])), firm.uscc, firm.county)
        pairs += [(own, other, True, "variant") for other in variants(firm, chance)]
        for other in chance.sample(made[40:], 6):
            pairs.append((own, Record((other.name_zh,), ""), False, "stranger"))
        trades = [t["zh"] for t in WORDS["trades"] if t["zh"] not in firm.name_zh]
        trade = next(t["zh"] for t in WORDS["trades"] if t["zh"] in firm.name_zh)
        pairs.append((own, Record((firm.name_zh.replace(trade, chance.choice(trades)),)), False, "other trade"))
        pairs.append((own, Record((firm.name_zh.replace("示例", "宁波"),)), False, "other city"))
        pairs.append((own, Record((f"{firm.name_zh}甲区分公司",)), False, "branch"))
    return pairs


def measured(pairs: list[tuple[Record, Record, bool, str]]) -> tuple[float, float, list[str]]:
    """Precision, recall, and the pairs that went wrong."""
    right = called = there = 0
    wrong = []
    for one, two, same, why in pairs:
        found = compare(one, two, PLACES)
        right, called, there = right + (found.same and same), called + found.same, there + same
        if found.same != same:
            wrong.append(f"{why}: {one.names[0]} / {two.names[0]} → {found.score}")
    return right / called, right / there, wrong


def test_pairs_made_by_hand_are_told_apart():
    assert len(by_hand()) >= 60
    precision, recall, wrong = measured(by_hand())
    assert precision >= 0.95 and recall >= 0.9, wrong


def test_variants_of_invented_firms_are_found_and_strangers_are_not():
    pairs = generated()
    assert len(pairs) >= 200
    precision, recall, wrong = measured(pairs)
    assert precision >= 0.97 and recall >= 0.95, wrong[:20]


def test_every_score_says_what_it_stands_on():
    for one, two, _same, _why in by_hand():
        found = compare(one, two, PLACES)
        assert not found.score or found.reasons
        assert all(reason.zh and reason.en for reason in found.reasons)


def test_two_valid_codes_are_never_taken_for_one_firm_by_their_names_alone():
    one, two = (Record(("示例恒达服饰有限公司",), uscc.synthetic("990101", n)) for n in (1, 2))
    found = compare(one, two)
    assert not found.same and any(reason.code == "code_other" for reason in found.reasons)


@given(
    st.text("宁波恒达服饰机械有限公司(（ ", min_size=2, max_size=14),
    st.text("宁波恒达服饰机械有限公司(（ ", min_size=2, max_size=14),
)
def test_the_score_does_not_depend_on_the_order_and_lies_between_nought_and_one(a, b):
    one, two = Record((a,)), Record((b,))
    assert compare(one, two).score == compare(two, one).score
    assert 0 <= compare(one, two).score <= 1
    assert compare(one, one).score >= 0.75 if any(map(str.isalnum, a)) else not compare(one, one).score


@pytest.mark.parametrize("blank", ["  ", "((", "（（", "( （"])
def test_names_of_blanks_and_brackets_alone_are_no_evidence(blank):
    assert not compare(Record((blank,)), Record((blank,))).score


@given(st.text("abcd", max_size=6), st.text("abcd", max_size=6))
def test_edit_distance_is_nought_only_for_equal_texts_and_the_same_both_ways(a, b):
    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)


@pytest.mark.parametrize("count", [600])
def test_doubles_of_a_register_are_found_by_their_keys_without_comparing_all_with_all(count):
    made = list(firms(count, 5, WORDS, DAY))
    register = [Record((f.name_zh, f.name_en), f.uscc, f.county, key=n) for n, f in enumerate(made)]
    twice = [
        Record((made[n].name_zh.replace("有限公司", "有限责任公司"),), "", made[n].county, key=count + n)
        for n in range(40)
    ]
    found = {
        (one.key % count, two.key % count) for one, two, match in doubles([*register, *twice], PLACES) if match.same
    }
    assert {(n, n) for n in range(40)} <= found
    assert len(found) <= 44

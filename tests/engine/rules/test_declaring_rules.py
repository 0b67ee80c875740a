"""What is wrong in a declared rule is told with its file, its line, and what to do."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path

import pytest
from tests.tracked import ROOT

import commercebrain
from commercebrain.engine.catalogue import load_catalogue

INSTALLED = Path(commercebrain.__file__).parent / "catalogue"
GOOD = """code: R901
name: {zh: 规则, en: Rule}
group: orders
subject: firm
practice: {zh: 本局做法, en: The bureau's own}
parameters:
  least: {value: 500, unit: 万元, name: {zh: 规模, en: Size}, from: 100, to: 1000, step: 100}
when: cover <= '≤1' and exports_last_12m >= least
levels: [{level: close_watch, when: below_95}, {level: watch}]
exclusive_of: [R101]
say: {zh: "{name}订单可维持{cover}个月", en: "{name}: {cover} months"}
case: warning_response
proposes: [visit]
escalation: [{after: 1 working day, to: director}]
backtest: {truth: exports_fall, slider: least}
examples:
  - {given: {cover: ≤1, exports_last_12m: 5000000}, fires: true, level: watch}
"""


def faults(folder: Path, *texts: str) -> list[tuple[int, str]]:
    """The faults of a catalogue that declares these rules, with their lines."""
    (folder / "rules").mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / "rules" / f"{number}.yaml").write_text(text, encoding="utf-8")
    return [(one.line, one.reason_en) for one in load_catalogue(folder).check()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bureau's own catalogue: its code lists, no more."""
    shutil.copytree(INSTALLED / "codes", tmp_path / "codes")
    return tmp_path


def test_a_bureaus_own_rule_may_speak_of_what_the_product_declares(folder: Path) -> None:
    """Rules, lists, case templates, measures, roles."""
    assert faults(folder, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("cover <=", "covr <=", 8, "Unknown name “covr”; did you mean “cover”?"),
        ("'≤1' and", "'≤9' and", 8, "There is no option “≤9”"),
        ("exports_last_12m >= least", "orders_in_hand >= least", 8, "different units"),
        ("exports_last_12m >= least", "exports_last_12m >", 8, "cannot be read at character"),
        ("exports_last_12m >= least", "exports_last_12m >= 5000000", 7, "The parameter “least” is not used"),
        ("unit: 万元", "unit: 万圆", 7, "Unknown unit"),
        ("value: 500", "value: 50", 7, "the value 50 lies outside 100 to 1000"),
        ("  least: {", "  cover: {value: 1, name: {zh: 甲, en: A}, from: 0, to: 2, step: 1}\n  least: {", 7, "called like a fact"),
        ("when: below_95}", "when: belw_95}", 9, "Unknown name “belw_95”"),
        ("[{level: close_watch, when: below_95}, {level: watch}]", "[{level: note, when: below_95}, {level: watch}]", 9, "from the highest down"),
        ("[{level: close_watch, when: below_95}, {level: watch}]", "[{level: watch, when: below_95}]", 1, "the last has none"),
        ("[R101]", "[R999]", 10, "There is no rule “R999”"),
        ("[R101]", "[R205]", 10, "only one about firm can exclude"),
        ("{cover} months", "{covr} months", 11, "Unknown name “covr”"),
        ("{cover} months", "{cover <= '≤1'} months", 11, "must be a name"),
        ("case: warning_response", "case: warning_respons", 12, "There is no case template “warning_respons”; did you mean “warning_response”?"),
        ("[visit]", "[visits]", 13, "There is no kind of measure “visits”; did you mean “visit”?"),
        ("to: director", "to: directr", 14, "There is no role “directr”; did you mean “director”?"),
        ("after: 1 working day", "after: soon", 14, "no span of time"),
        ("slider: least", "slider: most", 15, "There is no parameter “most”"),
        ("fires: true, level: watch", "fires: false", 17, "The example differs: the rule fires"),
        ("fires: true, level: watch", "fires: true, level: note", 17, "the level is watch, not note"),
        ("{cover: ≤1,", "{covre: ≤1,", 17, "There is no fact “covre” for an example; did you mean “cover”?"),
        ("{cover: ≤1,", "{cover: 12,", 17, "The value “12” of “cover” does not fit"),
        ("practice: {zh: 本局做法, en: The bureau's own}", "source: []", 1, "give source: or practice:"),
        ("group: orders", "group: order", 3, "did you mean “orders”?"),
    ],
)  # fmt: skip
def test_a_fault_names_the_line_and_the_nearest_word(folder: Path, old: str, new: str, line: int, reason: str) -> None:
    """Whatever is wrong: names, units, levels, references, sentences, examples."""
    assert old in GOOD
    found = faults(folder, GOOD.replace(old, new))
    assert any(line == at and reason in told for at, told in found), found


def test_two_rules_of_one_number_are_a_fault(folder: Path) -> None:
    """It says where the other is."""
    found = faults(folder, GOOD, GOOD)
    assert found == [(1, "The code “R901” is used twice; it is in rules/0.yaml on line 1.")]


def test_rules_that_exclude_each_other_are_a_fault(folder: Path) -> None:
    """Neither would ever be told."""
    other = GOOD.replace("R901", "R902").replace("[R101]", "[R901]")
    found = faults(folder, GOOD.replace("[R101]", "[R902]"), other)
    assert any("name each other" in told for _, told in found)


def test_the_rule_of_the_how_to_page_is_taken_as_it_stands(folder: Path) -> None:
    """What the page shows passes the check that the page names."""
    page = (ROOT / "docs" / "how-to" / "declare-a-rule.md").read_text(encoding="utf-8")
    block = page.partition("```yaml\n")[2].partition("```")[0]
    assert faults(folder, textwrap.dedent(block)) == []

"""The promises of the five plans: each has its indicator, or a sentence that says why it waits for a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.catalogue.cli import catalogue_app as app
from commercebrain.engine.catalogue.promises import from_lines, from_plans, hold
from commercebrain.engine.errors import UserError

GOLD = Path(__file__).parents[2] / "gold" / "targets.jsonl"
PLANS = Path(__file__).parents[3] / "src" / "commercebrain" / "catalogue" / "samples" / "plans"


def test_no_target_of_the_gold_standard_is_silent() -> None:
    held = hold(from_lines(GOLD), load_catalogue())
    assert len(held) == 176
    assert [one.promise.id for one in held if one.silent] == []
    assert [one.promise.id for one in held if one.argued] == ["T017"]


def test_no_promise_that_the_reader_finds_is_silent() -> None:
    held = hold(from_plans(PLANS), load_catalogue())
    assert len(held) > 160
    assert [one.promise for one in held if one.silent] == []


def test_every_argument_is_about_a_promise_that_waits_and_quotes_its_plan() -> None:
    catalogue = load_catalogue()
    both = [*hold(from_plans(PLANS), catalogue), *hold(from_lines(GOLD), catalogue)]
    used = {one.argued.name for one in both if one.argued}
    assert used == set(catalogue.unmatched)
    for one in catalogue.unmatched.values():
        assert one.quote in (PLANS / one.doc).read_text(encoding="utf-8"), one.name


def test_the_command_names_what_is_not_argued_and_fails(tmp_path: Path) -> None:
    rows = [
        {"id": "A", "doc": "x.txt", "indicator": "出口额", "unit": "亿元", "region": "绍兴市"},
        {"id": "B", "doc": "x.txt", "indicator": "月球出口额", "unit": "亿元", "region": None},
    ]
    file = tmp_path / "targets.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    result = CliRunner().invoke(app, ["match-targets", str(file), "--language", "en"])
    assert result.exit_code == 1
    assert "月球出口额" in result.output and "not argued" in result.output
    assert "1 matched" in result.output
    file.write_text(json.dumps(rows[0], ensure_ascii=False), encoding="utf-8")
    assert CliRunner().invoke(app, ["match-targets", str(file)]).exit_code == 0


def test_a_line_that_is_no_target_is_named(tmp_path: Path) -> None:
    file = tmp_path / "targets.jsonl"
    file.write_text('{"id": "A"}\n', encoding="utf-8")
    with pytest.raises(UserError, match="line 1"):
        list(from_lines(file))

"""``cbrain rules`` lists, tests and runs; what cannot be asked is a sentence."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from commercebrain.cli import app
from commercebrain.engine.errors import UserError
from commercebrain.engine.simulate.write import simulate

runner = CliRunner()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rules") / "lake"
    simulate(root, 20_000, 1, "2023-01", "2025-06", 200)
    return root


def ask(lake: Path, *words: str) -> str:
    found = runner.invoke(app, ["rules", *words], env={"CBRAIN_LAKE": str(lake), "CBRAIN_TODAY": "2025-07-21"})
    if isinstance(found.exception, UserError):
        raise found.exception
    assert found.exit_code == 0, found.output
    return found.stdout


def test_list_names_every_rule_with_its_condition(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(tmp_path, "list", "--format", "csv"))))
    assert len(rows) >= 30
    assert {"R101", "R211"} <= {row["code"] for row in rows}
    orders = json.loads(ask(tmp_path, "list", "--group", "orders", "--format", "json"))
    assert 0 < len(orders) < len(rows)


def test_a_rule_that_a_bureau_declared_is_listed_in_the_place_of_the_products(tmp_path: Path) -> None:
    shipped = yaml.safe_load(
        (files("commercebrain.catalogue") / "rules" / "reporting.yaml").read_text(encoding="utf-8")
    )
    own = next(one for one in shipped if one["code"] == "R402")
    own["name"] = {"zh": "本局迟报规则", "en": "Our own rule about late reports"}
    folder = tmp_path / "home" / "catalogue" / "rules"
    folder.mkdir(parents=True)
    (folder / "own.yaml").write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")
    words = ["rules", "list", "--group", "reporting", "--format", "json"]
    rows = json.loads(runner.invoke(app, words, env={"CBRAIN_HOME": str(tmp_path / "home")}).stdout)
    assert {row["code"]: row["name"] for row in rows}["R402"] == "本局迟报规则" and len(rows) == 4


def test_test_says_what_a_rule_would_have_told_and_what_followed(lake: Path) -> None:
    words = ("--from", "2024-06", "--to", "2025-03", "--param", "fall=30", "--among", "exports_last_12m > 0")
    told = json.loads(ask(lake, "test", "R211", *words, "--format", "json"))
    assert told["months"][0] == 202406
    assert told["months"][-1] == 202503
    assert told["parameters"]["fall"] == 30
    assert told["signals"] == told["right"] + told["false"] + told["repeats"]
    assert told["synthetic"] is True
    curve = list(csv.DictReader(io.StringIO(ask(lake, "test", "R211", *words, "--format", "csv"))))
    assert [float(row["value"]) for row in curve] == sorted(float(row["value"]) for row in curve)
    assert "R211" in ask(lake, "test", "R211", *words)


def test_run_raises_nothing_and_says_what_it_finds(lake: Path) -> None:
    rows = json.loads(ask(lake, "run", "R204", "R211", "--format", "json"))
    assert {row["rule"] for row in rows} <= {"R204", "R211"}
    assert all(row["synthetic"] and row["sentence"] for row in rows)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("test", "R999"), "rule.unknown"),
        (("test", "R211", "--param", "fall"), "rule.param"),
        (("test", "R211", "--param", "nothing=3"), "rule.unknown_parameter"),
        (("test", "R211", "--from", "2025-13"), "rule.month"),
        (("test", "R211", "--from", "2025-06", "--to", "2024-06"), "rule.months"),
        (("test", "R211", "--truth", "luck", "--from", "2025-01"), "rule.unknown_truth"),
        (("list", "--group", "weather"), "rule.unknown_group"),
        (("list", "--format", "xlsx"), "cli.format"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(lake: Path, words: tuple[str, ...], code: str) -> None:
    with pytest.raises(UserError) as told:
        ask(lake, *words)
    assert told.value.code == code


def test_without_customs_lines_there_is_nothing_to_test_on(tmp_path: Path) -> None:
    with pytest.raises(UserError) as told:
        ask(tmp_path / "lake", "test", "R211")
    assert told.value.code == "rule.no_lines"

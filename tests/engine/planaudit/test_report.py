"""What the audit hands out: JSON of one shape, a report for people, an exit status for scripts."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from tests.engine.planaudit.mutations import originals
from typer.testing import CliRunner

from commercebrain.cli import app
from commercebrain.engine.planaudit.audit import CHECKS
from commercebrain.engine.planaudit.findings import VERDICTS
from commercebrain.engine.planaudit.report import to_json, to_markdown

PLANS = Path(str(files("commercebrain.catalogue").joinpath("samples/plans")))
ZHEJIANG = str(PLANS / "004_841f20586f01442f.txt")
SHAOXING_2023 = str(PLANS / "003_c98ee514b40ac4d4.txt")


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBRAIN_LANGUAGE", "zh")


def test_the_json_has_the_promised_shape() -> None:
    rows = json.loads(to_json(originals()))["findings"]
    assert len(rows) == len(originals())
    for row in rows:
        assert list(row) == ["check", "verdict", "quotes", "computation", "zh", "en"]
        assert row["verdict"] in VERDICTS
        assert all(list(quote) == ["doc", "quote", "start", "end"] for quote in row["quotes"])
        assert row["zh"].endswith("。") and row["en"].endswith(".")
        assert any(char.isdigit() for char in row["computation"]) or row["check"] in ("PA704",)


def test_every_check_has_a_number_a_sentence_in_both_languages_and_an_explanation() -> None:
    assert len({check.number for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check.title("zh").endswith("。") and check.title("en").endswith(".")
        assert len((check.__doc__ or "").split("\n\n", 1)) == 2, check


def test_the_report_lists_the_gravest_first_and_escapes_what_is_quoted() -> None:
    report = to_markdown(originals())
    assert report.index("## 自相矛盾") < report.index("## 说法不一") < report.index("## 相符")
    assert "\t" not in report
    assert "# The arithmetic of the plans" in to_markdown(originals(), "en")


@pytest.mark.parametrize(
    ("limit", "file", "status"),
    [
        ("contradiction", ZHEJIANG, 1),
        ("contradiction", SHAOXING_2023, 0),
        ("conflict", ZHEJIANG, 1),
        (None, ZHEJIANG, 0),
    ],
)
def test_the_command_fails_on_the_verdict_that_it_was_told(limit: str | None, file: str, status: int) -> None:
    arguments = ["plan", "audit", file, "--format", "json", *(["--fail-on", limit] if limit else [])]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == status
    assert "findings" in json.loads(done.stdout)


def test_a_file_that_is_not_there_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["plan", "audit", str(tmp_path / "没有.txt")])
    assert done.exit_code == 2
    assert "没有.txt" in done.output and "Traceback" not in done.output


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "规划.txt" for folder in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.write_text("示例市商务发展规划\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["plan", "audit", *map(str, paths)])
    assert done.exit_code == 2
    assert "同名" in done.output


def test_the_page_of_checks_explains_every_check() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "plan-checks.md").read_text("utf-8")
    for check in CHECKS:
        assert f"### {check.number}\n\n{check.title('zh')} {check.title('en')}" in page

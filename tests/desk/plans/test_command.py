"""``cbrain plan import``: the same taking in as on the page."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from tests.desk.plans.test_import import SHORT
from tests.house import House
from typer.testing import CliRunner

from commercebrain.desk.plans.cli import import_
from commercebrain.desk.plans.models import Document

app = typer.Typer()
app.command()(import_)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBRAIN_LANGUAGE", "en")


@pytest.mark.django_db
def test_it_reads_says_how_many_rows_and_does_nothing_twice(house: House, tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text(SHORT, encoding="utf-8")
    first = CliRunner().invoke(app, [str(path), "--unit", "宁波市商务局"])
    assert first.exit_code == 0 and "read:" in first.output
    again = CliRunner().invoke(app, [str(path), "--unit", str(house.units.ningbo.pk)])
    assert again.exit_code == 0 and "was here already" in again.output
    assert Document.objects.count() == 1 and Document.objects.get().state == Document.State.REVIEW


@pytest.mark.django_db
def test_one_bad_file_is_told_and_does_not_keep_the_others_out(house: House, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(SHORT, encoding="utf-8")
    bad.write_bytes(b"")
    both = CliRunner().invoke(app, [str(bad), str(good), "--unit", "Ningbo Bureau of Commerce"])
    assert both.exit_code == 1 and "bad.txt" in both.output and "read:" in both.output
    assert CliRunner().invoke(app, [str(bad), "--unit", "宁波市商务局"]).exit_code == 2


@pytest.mark.django_db
def test_an_unknown_unit_is_a_sentence(house: House, tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text(SHORT, encoding="utf-8")
    answer = CliRunner().invoke(app, [str(path), "--unit", "某局"])
    assert answer.exit_code == 2 and "no unit “某局”" in answer.output and not Document.objects.exists()

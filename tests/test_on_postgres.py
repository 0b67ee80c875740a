"""What the run on PostgreSQL reads: the files with a test that is meant for it, and none is missed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.on_postgres import MARK, chosen, marked_files, missed_on_postgres

RACES = "tests/desk/lists/test_races.py"


def test_without_a_file_named_the_marked_ones_are_read_and_no_other() -> None:
    asked = ["-m", "database and not slow", "-n", "2", "--dist", "loadfile"]
    assert chosen(asked) == [*asked, *marked_files()]
    assert RACES in marked_files() and "tests/test_on_postgres.py" not in marked_files()


def test_what_is_named_is_read_alone() -> None:
    for named in (RACES, f"{RACES}::test_of_two_decisions_at_once_one_counts", "tests/desk/lists"):
        assert chosen(["-m", "database", named]) == ["-m", "database", named]


def test_a_marked_test_in_a_file_that_does_not_say_so_is_refused(tmp_path: Path) -> None:
    silent, telling = tmp_path / "test_silent.py", tmp_path / "test_telling.py"
    silent.write_text("both = pytestmark", encoding="utf-8")
    telling.write_text(f"both = pytest.{MARK}", encoding="utf-8")

    def item(path: Path, marked: bool) -> Any:
        return SimpleNamespace(path=path, get_closest_marker=lambda _name: marked or None)

    missed_on_postgres([item(telling, True), item(silent, False)])
    with pytest.raises(pytest.UsageError, match=r"test_silent\.py"):
        missed_on_postgres([item(telling, True), item(silent, True)])

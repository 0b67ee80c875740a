"""The demonstration that tests copy is made anew when anything it is made of changes, and never used half-made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import prepared_demo


class Preparing:
    """Stands for the verb; counts how often it is called."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, home: Path) -> None:
        self.times += 1
        home.mkdir()
        (home / "rows").write_text(f"made {self.times}")


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product of one file, and a place of this test's own."""
    source = tmp_path / "src"
    source.mkdir()
    (source / "rules.yaml").write_text("one")
    monkeypatch.setattr(prepared_demo, "SOURCE", source)
    monkeypatch.setattr(prepared_demo, "PLACE", tmp_path / "kept")
    return source


def test_it_is_prepared_once_and_each_gets_a_copy_of_its_own(product: Path, tmp_path: Path) -> None:
    prepare = Preparing()
    prepared_demo.put(tmp_path / "first", prepare, {})
    (tmp_path / "first" / "rows").write_text("changed by a test")
    prepared_demo.put(tmp_path / "second", prepare, {"CBRAIN_HOME": "elsewhere", "PATH": "x"})
    assert (tmp_path / "second" / "rows").read_text() == "made 1" and prepare.times == 1


def test_it_is_prepared_anew_when_a_file_or_the_way_it_is_called_changes(product: Path, tmp_path: Path) -> None:
    prepare = Preparing()
    prepared_demo.put(tmp_path / "a", prepare, {})
    (product / "rules.yaml").write_text("two")
    prepared_demo.put(tmp_path / "b", prepare, {})
    (product / "more.csv").write_text("")
    prepared_demo.put(tmp_path / "c", prepare, {})
    prepared_demo.put(tmp_path / "d", prepare, {"CBRAIN_TODAY": "2025-07-22"})
    assert prepare.times == 4


def test_one_that_did_not_end_is_never_used(product: Path, tmp_path: Path) -> None:
    def killed(home: Path) -> None:
        home.mkdir()
        (home / "rows").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepared_demo.put(tmp_path / "a", killed, {})
    prepare = Preparing()
    prepared_demo.put(tmp_path / "b", prepare, {})
    assert (tmp_path / "b" / "rows").read_text() == "made 1" and not (tmp_path / "a").exists()


def test_one_during_whose_preparation_the_product_changed_serves_nobody_else(product: Path, tmp_path: Path) -> None:
    prepare = Preparing()

    def edited(home: Path) -> None:
        prepare(home)
        (product / "rules.yaml").write_text("edited meanwhile")

    prepared_demo.put(tmp_path / "a", edited, {})
    prepared_demo.put(tmp_path / "b", prepare, {})
    assert [(tmp_path / name / "rows").read_text() for name in "ab"] == ["made 1", "made 2"]


def test_the_two_used_last_are_kept(product: Path, tmp_path: Path) -> None:
    prepare = Preparing()
    for number, content in enumerate(("one", "two", "one", "three", "one")):
        (product / "rules.yaml").write_text(content)
        prepared_demo.put(tmp_path / str(number), prepare, {})
        for place, path in enumerate(sorted(prepared_demo.PLACE.glob("?" * 24), key=lambda one: one.stat().st_mtime)):
            os.utime(path, (place + number * 10, place + number * 10))  # as if some time had passed
    assert prepare.times == 3 and len(list(prepared_demo.PLACE.glob("?" * 24))) == 2

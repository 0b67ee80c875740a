"""The doctor finds what is wrong with an installation, says how to mend it, and ends with an exit code to act on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from commercebrain.desk.core.models import Setting
from commercebrain.operations import doctor
from commercebrain.operations.doctor import Finding
from tests.operations.installations import cbrain


def beat(seconds: float) -> None:
    """As if a worker had last been alive so many seconds ago."""
    Setting.objects.create(key="worker_seen", value=(timezone.now() - timedelta(seconds=seconds)).isoformat())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "verdict", "word"),
    [(None, "missing", "never run"), (5, "ok", "is running"), (600, "missing", "No heartbeat")],
)
def test_the_worker_is_known_by_its_heartbeat(seconds: float | None, verdict: str, word: str) -> None:
    if seconds is not None:
        beat(seconds)
    found = doctor._worker()
    assert found.verdict == verdict and word in found.en
    assert (found.mend_zh != "") == (verdict == "missing")


@pytest.mark.django_db
def test_a_lake_that_was_never_made_is_missing_and_mended_by_installing(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_ROOT = tmp_path / "nowhere"
    found = doctor._lake()
    assert found.verdict == "missing" and "cbrain install" in found.mend_en


def test_a_home_that_cannot_be_written_is_told_with_its_path(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME = tmp_path
    assert doctor._home().verdict == "ok"
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)  # root may write everywhere
    found = doctor._home()
    assert found.verdict == "missing" and str(tmp_path) in found.zh and "不可写" in found.zh


def test_a_full_disk_is_told_before_it_hurts(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HOME = tmp_path
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=2**30))
    found = doctor._home()
    assert found.verdict == "missing" and "1.0 GB" in found.en and "2 GB" in found.mend_en


@pytest.mark.parametrize(
    ("check", "break_it", "verdict"),
    [
        (doctor._chromium, lambda patch: patch.setattr(doctor.shutil, "which", lambda name: None), "optional"),
        (doctor._postgresql, lambda patch: patch.setattr(Path, "glob", lambda self, pattern: iter(())), "optional"),
        (doctor._assets, lambda patch: patch.setattr(Path, "exists", lambda self: False), "missing"),
    ],
)
def test_what_is_not_installed_is_named_with_the_way_to_get_it(
    check: Callable[[], Finding], break_it: Callable[[Any], None], verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        break_it(patch)
        found = check()
    assert found.verdict == verdict and found.mend_zh and found.mend_en


def test_front_end_libraries_and_the_chinese_interface_of_this_checkout_are_found() -> None:
    assert doctor._assets() == Finding("ok", "页面前端库已装好", "Front-end libraries in place")
    assert doctor._language().verdict == "ok"


def test_a_check_that_fails_itself_is_a_finding_and_the_rest_is_still_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> Finding:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(doctor, "CHECKS", (broken, doctor._python))
    first, second = doctor.examine()
    assert first.verdict == "missing" and "the disk is on fire" in first.en
    assert second.verdict == "ok"


@pytest.fixture
def bare(demo_home: Path, tmp_path: Path) -> Iterator[Path]:
    """A prepared installation in which no worker ever ran."""
    shutil.copytree(demo_home, tmp_path / "home", ignore=shutil.ignore_patterns("static", "uploads"))
    yield tmp_path / "home"


@pytest.mark.slow
def test_the_command_ends_with_one_until_what_it_names_is_mended(bare: Path) -> None:
    told = cbrain(bare, "doctor", fails=True)
    assert told.returncode == 1 and "The worker has never run" in told.stdout
    assert "observations" in told.stdout and "Database (sqlite) ready" in told.stdout
    connection = sqlite3.connect(bare / "db.sqlite3")
    connection.execute("INSERT INTO core_setting (key, value) VALUES ('worker_seen', ?)", (timezone.now().isoformat(),))
    connection.commit()
    connection.close()
    assert cbrain(bare, "doctor").returncode == 0


def test_an_empty_folder_gets_every_fault_named_in_the_reader_s_language(tmp_path: Path) -> None:
    told = cbrain(tmp_path / "home", "doctor", fails=True, CBRAIN_LANGUAGE="zh")
    assert told.returncode == 1
    assert "个迁移未执行" in told.stdout and "运行 cbrain install" in told.stdout
    assert "还没有建立" in told.stdout and "后台作业进程" in told.stdout
    assert "Traceback" not in told.stdout + told.stderr

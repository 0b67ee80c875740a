"""A writer killed at any moment leaves all of its file or nothing; writers of different months do not lose each other."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from tests.engine.lake.records.conftest import held, line, told, write_csv

from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

_WRITER = """
import sys
from datetime import date
from pathlib import Path
from commercebrain.engine.lake import Lake
lake = Lake(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
lake.intake(Path(sys.argv[2]), "declaration_lines", taken_in=date.fromisoformat(sys.argv[3]))
"""
DAY = date(2024, 3, 20)


def _writer(root: Path, file: Path, day: date = DAY) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(root), str(file), day.isoformat()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    return process


def _go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def _ended(process: subprocess.Popen[str]) -> int:
    """How it ended, its pipes closed."""
    process.communicate()
    return process.returncode


def _kill_at_random(tmp_path: Path, times: int, seed: int) -> None:
    """Kill writers at random points of a run; after each the lake holds whole files only, and stays writable."""
    chance = random.Random(seed)
    root = tmp_path / "lake"
    lake = Lake.create(root)
    table = RecordTable(root, record_dataset("declaration_lines"))
    table.create()
    before = [line(n, 202312) for n in range(50)]
    lake.intake(write_csv(tmp_path / "before.csv", before), "declaration_lines", taken_in=date(2024, 1, 20))
    probe = write_csv(tmp_path / "probe.csv", [line(n, 202311) for n in range(2000)])
    process = _writer(root, probe)
    started = time.monotonic()
    _go(process)
    assert _ended(process) == 0
    usual = time.monotonic() - started
    held_now = told(before + [line(n, 202311) for n in range(2000)])
    outcomes = set()
    for attempt in range(times):
        good = [line(n, 202401 + n % 3, value_cny=attempt) for n in range(2000)]
        bad = line(7, 202401, country="火星")
        file = write_csv(tmp_path / f"{attempt}.csv", [*good, bad])
        process = _writer(root, file)
        _go(process)
        time.sleep(usual * chance.uniform(0.0, 1.3))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        _ended(process)
        batches = [b for b in lake.batches() if b.file == file.name]
        after = told(before + good + [line(n, 202311) for n in range(2000)])
        assert held(table) == (after if batches else held_now)
        assert len(lake.quarantine()) == sum(b.quarantined for b in lake.batches())
        outcomes.add(bool(batches))
        report = lake.intake(file, "declaration_lines", taken_in=DAY)
        assert report.already == bool(batches)
        held_now = after
        assert held(table) == held_now
        if not report.already:  # who writes nothing cleans nothing: a folder left after the commit waits for the next
            assert not list((table.path / "_staging").iterdir())
        on_disk = {str(p) for folder in table.path.iterdir() if folder.name.isdigit() for p in folder.iterdir()}
        assert on_disk == {f for v in table.vintages() for f in v.files}
    last = write_csv(tmp_path / "last.csv", [line(n, 202404) for n in range(5)])
    assert not lake.intake(last, "declaration_lines", taken_in=DAY).already
    assert not list((table.path / "_staging").iterdir())
    assert lake.quarantine() and len(outcomes) >= 1


def test_an_intake_killed_at_a_few_random_points_counts_whole_or_not_at_all(tmp_path: Path) -> None:
    _kill_at_random(tmp_path, 2, seed=1)


@pytest.mark.slow
def test_an_intake_killed_at_fifty_random_points_counts_whole_or_not_at_all(tmp_path: Path) -> None:
    _kill_at_random(tmp_path, 50, seed=2)


@pytest.mark.parametrize("point", ["moved", "logged", "quarantined"])
def test_an_intake_that_dies_between_two_commits_leaves_nothing_to_be_seen(
    tmp_path: Path, lake: Lake, table: RecordTable, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    first = [line(n) for n in range(5)]
    lake.intake(write_csv(tmp_path / "a.csv", first), "declaration_lines", taken_in=DAY)
    file = write_csv(tmp_path / "b.csv", [*(line(n, value_cny=3) for n in range(5)), line(9, country="火星")])

    class DiedError(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise DiedError

    with monkeypatch.context() as patch:
        if point == "moved":
            patch.setattr(RecordTable, "_transact", die)
        elif point == "logged":
            patch.setattr("commercebrain.engine.lake.store.Store.add_file", die)
        else:
            patch.setattr("commercebrain.engine.lake.store.Store.append", die)
        with pytest.raises(DiedError):
            lake.intake(file, "declaration_lines", taken_in=DAY)
    assert held(table) == told(first) and lake.quarantine() == [] and len(lake.batches()) == 1
    report = lake.intake(file, "declaration_lines", taken_in=DAY)
    assert (report.already, report.accepted, report.quarantined) == (False, 5, 1)
    assert len(lake.quarantine()) == 1 and len(held(table)) == 5
    on_disk = {str(p) for folder in table.path.iterdir() if folder.name.isdigit() for p in folder.iterdir()}
    assert on_disk == {f for v in table.vintages() for f in v.files}


def test_intakes_of_different_months_at_the_same_time_all_land(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    Lake.create(root)
    months = (202401, 202402, 202403, 202404)
    files = [write_csv(tmp_path / f"{m}.csv", [line(n, m) for n in range(300)]) for m in months]
    processes = [_writer(root, file) for file in files]
    for process in processes:
        _go(process)
    assert [_ended(process) for process in processes] == [0, 0, 0, 0]
    table = RecordTable(root, record_dataset("declaration_lines"))
    assert held(table) == told([line(n, m) for m in months for n in range(300)])
    assert sorted(v.number for v in table.vintages()) == [1, 2, 3, 4]


def test_two_processes_with_the_same_file_take_it_in_once(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    lake = Lake.create(root)
    file = write_csv(tmp_path / "a.csv", [line(n) for n in range(300)])
    processes = [_writer(root, file) for _ in range(3)]
    for process in processes:
        _go(process)
    assert [_ended(process) for process in processes] == [0, 0, 0]
    assert len(lake.batches()) == 1


@pytest.mark.slow
def test_two_million_lines_come_in_within_the_memory_that_is_set(tmp_path: Path) -> None:
    """The whole process stays below 900 MB with a limit of 256 MB for the lines of a 150 MB file."""
    script = """
import re, sys
from datetime import date
from pathlib import Path
from commercebrain.engine.lake.records.intake import take_in
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
root = Path(sys.argv[1])
table = RecordTable(root / "lake", record_dataset("declaration_lines"))
report = take_in(table, root / "big.csv", taken_in=date(2024, 3, 20), memory="256MB")
# Not ru_maxrss: a new process begins it with what the test's own process holds.
print(report.accepted, re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
    rows = [line(n, 202401 + n % 12) for n in range(2000)]
    write_csv(tmp_path / "small.csv", rows)
    text = (tmp_path / "small.csv").read_text(encoding="utf-8")
    heading, _, body = text.partition("\n")
    with (tmp_path / "big.csv").open("w", encoding="utf-8") as stream:
        stream.write(heading + "\n")
        for _ in range(1000):
            stream.write(body)
    said = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True, text=True)
    accepted, peak = (int(word) for word in said.stdout.split())
    assert accepted == 2_000_000
    assert peak < 900_000  # kilobytes

"""An intake killed at any moment leaves the whole file or nothing; the next one is as if it never ran."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from commercebrain.engine.lake import Lake, Names
from commercebrain.engine.lake import store as store_module

TODAY = date(2025, 7, 21)
HEADINGS = "indicator,region,period,value,unit,published,source,grade"
ROWS = 300

# The child says when it begins, so that the kill falls inside the intake and not into Python's start.
CHILD = """
import sys
from datetime import date
from pathlib import Path
from commercebrain.engine.lake import Lake, Names
lake = Lake(Path(sys.argv[1]), Names())
print("begin", flush=True)
lake.intake(Path(sys.argv[2]), taken_in=date(2025, 7, 21))
print("end", flush=True)
"""


def write(path: Path, source: str, rows: int = ROWS) -> Path:
    lines = [HEADINGS]
    for n in range(rows):
        period, published = f"{2000 + n % 25}-{n // 25 % 12 + 1:02d}", f"2025-07-{n % 20 + 1:02d}"
        lines.append(f"export_value,330200,{period},{n}.5,亿元,{published},{source}{n},A")
    lines += [f"export_value,330200,2024-05,不是数,亿元,2025-07-01,{source},A"] * 20
    path.write_text("\n".join(lines), "utf-8")
    return path


def child(lake: Lake, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", CHILD, str(lake.root), str(path)], stdout=subprocess.PIPE, text=True)


def kill_and_check(tmp_path: Path, times: int, seed: int) -> tuple[int, int]:
    """Kill ``times`` intakes at random moments; how many had landed whole, and how many left nothing."""
    lake = Lake.create(tmp_path / "lake", Names())
    lake.intake(write(tmp_path / "旧.csv", "旧", 50), taken_in=TODAY)
    chance = random.Random(seed)
    probe = child(lake, write(tmp_path / "先.csv", "先"))
    assert probe.stdout is not None and probe.stdout.readline() == "begin\n"
    began = time.perf_counter()
    assert probe.stdout.readline() == "end\n"
    usual = time.perf_counter() - began
    probe.communicate()
    whole = nothing = 0
    for number in range(times):
        before, bad, batches = lake.observations(None), lake.quarantine(), lake.batches()
        path = write(tmp_path / f"{number}.csv", f"来源{number}-")
        process = child(lake, path)
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        time.sleep(chance.uniform(0.1, 1.7) * usual)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        after = lake.observations(None)
        if len(lake.batches()) == len(batches):
            nothing += 1
            assert after == before and lake.quarantine() == bad
        else:
            whole += 1
            assert len(after) == len(before) + ROWS and len(lake.quarantine()) == len(bad) + 20
        again = lake.intake(path, taken_in=TODAY)
        assert (again.read, again.accepted, again.quarantined) == (ROWS + 20, ROWS, 20)
        assert again.already == (len(lake.batches()) == len(batches) + 1 and len(after) != len(before))
        assert len(lake.observations(None)) == len(before) + ROWS
        assert len(lake.quarantine()) == len(bad) + 20
    return whole, nothing


def test_a_kill_at_random_moments_leaves_the_whole_intake_or_nothing(tmp_path):
    whole, nothing = kill_and_check(tmp_path, 3, seed=20250721)
    assert whole + nothing == 3


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_fifty_kills_at_random_moments_leave_whole_intakes_or_nothing(tmp_path):
    whole, nothing = kill_and_check(tmp_path, 50, seed=1)
    assert whole + nothing == 50


@pytest.mark.parametrize("writes_done", [0, 1, 2])
def test_a_death_between_any_two_writes_leaves_nothing_visible_and_the_next_intake_cleans_up(
    tmp_path, monkeypatch, writes_done
):
    lake = Lake.create(tmp_path / "lake", Names())
    path = write(tmp_path / "表.csv", "来源", 30)
    real, done = store_module.Store.append, []

    def append(self, name, rows, batch):
        if len(done) == writes_done:
            raise KeyboardInterrupt  # whatever ends the process here
        done.append(name)
        real(self, name, rows, batch)

    monkeypatch.setattr(store_module.Store, "append", append)
    with pytest.raises(KeyboardInterrupt):
        lake.intake(path, taken_in=TODAY)
    monkeypatch.undo()
    assert lake.observations(None) == [] and lake.quarantine() == [] and lake.batches() == []
    report = lake.intake(path, taken_in=TODAY)
    assert (report.already, report.accepted, report.quarantined) == (False, 30, 20)
    assert len(lake.observations(None)) == 30 and len(lake.quarantine()) == 20


def test_another_files_intake_removes_what_a_dead_one_left(tmp_path, monkeypatch):
    lake = Lake.create(tmp_path / "lake", Names())
    real = store_module.Store.append

    def append(self, name, rows, batch):
        if name == "batches":
            raise KeyboardInterrupt
        real(self, name, rows, batch)

    monkeypatch.setattr(store_module.Store, "append", append)
    with pytest.raises(KeyboardInterrupt):
        lake.intake(write(tmp_path / "一.csv", "一", 30), taken_in=TODAY)
    monkeypatch.undo()
    store = store_module.Store(lake.root)
    assert len(store.query("observations")) == 30
    lake.intake(write(tmp_path / "二.csv", "二", 10), taken_in=TODAY)
    assert len(store.query("observations")) == len(lake.observations(None)) == 10


@pytest.mark.slow
def test_processes_taking_in_different_files_at_once_all_land(tmp_path):
    lake = Lake.create(tmp_path / "lake", Names())
    paths = [write(tmp_path / f"{n}.csv", f"来源{n}-", 200) for n in range(4)]
    running = [child(lake, path) for path in paths]
    assert [process.communicate()[0] for process in running] == ["begin\nend\n"] * 4
    assert len(lake.batches()) == 4 and len(lake.observations(None)) == 800
    assert sorted(b.number for b in lake.batches()) == [1, 2, 3, 4]


@pytest.mark.slow
def test_processes_taking_in_the_same_file_at_once_take_it_once(tmp_path):
    lake = Lake.create(tmp_path / "lake", Names())
    path = write(tmp_path / "表.csv", "来源", 200)
    running = [child(lake, path) for _ in range(3)]
    assert [process.communicate()[0] for process in running] == ["begin\nend\n"] * 3
    assert len(lake.batches()) == 1 and len(lake.observations(None)) == 200


def test_a_reader_during_an_intake_sees_all_of_it_or_none(tmp_path):
    lake = Lake.create(tmp_path / "lake", Names())
    process = child(lake, write(tmp_path / "表.csv", "来源"))
    seen = {len(lake.observations(None))}
    while process.poll() is None:
        seen.add(len(lake.observations(None)))
    process.communicate()
    seen.add(len(lake.observations(None)))
    assert seen <= {0, ROWS}

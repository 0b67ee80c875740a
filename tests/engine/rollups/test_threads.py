"""Many short-lived threads read the same roll-ups, and processes share what they compiled, without harm."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from tests.engine.rollups.lines import append, draw, months_of, table_at

from commercebrain.engine.compiled import _Files
from commercebrain.engine.working.columns import Columns, write_columns
from commercebrain.engine.working.store import Working


@pytest.mark.parametrize("rounds", [4, pytest.param(150, marks=pytest.mark.slow)])
def test_threads_that_begin_and_end_all_read_the_same_sums(tmp_path: Path, rounds: int) -> None:
    rng = np.random.default_rng(5)
    table = table_at(tmp_path)
    append(table, {month: draw(rng, 60) for month in months_of(202301, 4)})
    Working(tmp_path).refresh(table)
    reader = Working(tmp_path).reader("declaration_lines")
    assert reader is not None
    got: list[float] = []

    def ask(name: str) -> None:
        connection = reader.connection(name)
        for _ in range(3):
            found = connection.execute(f"SELECT sum(value_cny)::DOUBLE AS s FROM {name}").fetchnumpy()
            got.append(float(found["s"][0]))

    for _ in range(rounds):
        threads = [threading.Thread(target=ask, args=(name,)) for name in ("county", "country", "grain", "hs2") * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(got) == rounds * 8 * 3
    assert len(set(got)) == 1


def test_a_file_being_read_is_not_closed_by_a_thread_that_maps_it(tmp_path: Path) -> None:
    write_columns(tmp_path / "a.cols", {"a": np.arange(50_000), "b": np.arange(50_000) * 3})
    file = Columns(tmp_path / "a.cols")
    handle = file._handle
    assert file.mapped("b")[7] == 21
    file._map = None  # as a thread sees it that looked before the map was made
    with (tmp_path / "other").open("wb"):  # would be given the number of a file that was closed
        assert np.array_equal(file.read("a"), np.arange(50_000))
    assert file._handle == handle


def test_machine_code_of_processes_that_start_together_is_never_taken_for_another(tmp_path: Path) -> None:
    one, two = (_Files(str(tmp_path), "kernel", "stamp") for _ in range(2))
    files = [one, two] * 6
    threads = [threading.Thread(target=each.save, args=(f"key{n}", f"code{n}")) for n, each in enumerate(files)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [two.load(f"key{n}") for n in range(12)] == [f"code{n}" for n in range(12)]
    later = _Files(str(tmp_path), "kernel", "changed")
    later.save("key1", "new")
    assert later.load("key1") == "new"
    assert two.load("key1") is None
    assert len(list(tmp_path.glob("*.nbc"))) == 1

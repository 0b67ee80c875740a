"""What is kept of a lake is as good as what is read anew: after a commit, in another lake's place, from many threads."""

from __future__ import annotations

import os
import shutil
import threading
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from arro3.core import Array, DataType, Table
from deltalake import DeltaTable, Field, Schema, write_deltalake
from deltalake.exceptions import TableNotFoundError
from deltalake.schema import PrimitiveType

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.opened import MOST, TICK, Kept, log_state, newest, reading
from commercebrain.engine.lake.store import Store

ROW = {
    "parent": "", "dataset": "observations", "file": "一.csv", "sha256": "", "sheets": "[]", "settings": "{}", "read": 1,
    "accepted": 1, "unchanged": 0, "quarantined": 0, "resolved": "[]", "taken_in": date(2025, 7, 21), "by": "",
}  # fmt: skip


def put(store: Store, name: str) -> None:
    store.append("batches", [{**ROW, "batch": name, "number": len(store.batches()) + 1}], name)


def names(store: Store) -> list[str]:
    return [row["batch"] for row in store.batches()]


def test_a_commit_is_seen_at_once_by_whoever_has_read_before(tmp_path: Path) -> None:
    Lake.create(tmp_path / "lake")
    writer, reader = Store(tmp_path / "lake"), Store(tmp_path / "lake")
    for number in range(12):
        put(writer, f"b{number:02d}")
        assert names(reader) == [f"b{n:02d}" for n in range(number + 1)]
    assert [row["number"] for row in reader.batches(batch="b07")] == [8] and reader.batches(batch="b99") == []


def test_another_lake_in_the_same_place_is_another_lake(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    Lake.create(root)
    put(Store(root), "old")
    assert names(Store(root)) == ["old"] and newest(root / "batches").version() == 1
    shutil.rmtree(root)
    with pytest.raises(UserError) as refusal:
        Store(root).batches()
    assert refusal.value.code == "lake.not_set_up"
    Lake.create(root)
    assert names(Store(root)) == [] and newest(root / "batches").version() == 0


def test_there_is_no_table_where_none_was_made(tmp_path: Path) -> None:
    with pytest.raises(TableNotFoundError):
        newest(tmp_path / "nothing")
    assert log_state(tmp_path / "nothing") == (0,)


def test_a_table_stays_open_once_its_first_commits_have_been_cleaned_away(tmp_path: Path) -> None:
    # Delta removes commits older than thirty days whenever it writes a checkpoint.
    def grow(root: Path, first: int, number: int) -> None:
        for n in range(first, first + number):
            append(root, n)
            for commit in (root / "_delta_log").glob("*.json"):
                os.utime(commit, (time.time() - 40 * 86_400,) * 2)

    path, other = tmp_path / "table", tmp_path / "other"
    grow(path, 0, 15)
    assert not (path / "_delta_log" / f"{0:020}.json").exists()
    one = newest(path)
    append(path, 15)
    assert newest(path) is one and len(one.file_uris()) == 16, "kept open, and brought up by what is new"
    grow(other, 0, 14)
    shutil.rmtree(path)
    other.rename(path)
    assert len(newest(path).file_uris()) == 14, "another table in its place is another table"


def append(path: Path, value: int) -> None:
    if not DeltaTable.is_deltatable(str(path)):
        fields = Schema([Field("a", PrimitiveType("long"))])
        DeltaTable.create(str(path), fields, configuration={"delta.checkpointInterval": "5"})
    write_deltalake(str(path), Table.from_pydict({"a": Array([value], DataType.int64())}), mode="append")


def test_many_small_files_become_few_and_who_read_before_reads_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commercebrain.engine.lake.store.MOST_FILES", 5)
    Lake.create(tmp_path / "lake")
    store = Store(tmp_path / "lake")
    for number in range(6):
        put(store, f"b{number:02d}")
    held, before = store.table("batches").file_uris(), store.batches()
    with store.writing():
        assert store.clean() == 0, "no row is removed"
    assert len(store.table("batches").file_uris()) == 1
    assert store.batches() == before == Store(tmp_path / "lake").batches()
    assert all(Path(file).exists() for file in held), "for a day the old files stay for those who read them"
    put(store, "b06")
    assert names(store) == [*(row["batch"] for row in before), "b06"]
    with store.writing():
        store.clean()
    assert len(store.table("batches").file_uris()) == 2, "few are left as they are"


def test_a_log_that_was_written_to_a_moment_ago_has_a_state_of_its_own_each_time(tmp_path: Path) -> None:
    log = tmp_path / "_delta_log"
    log.mkdir()
    ago = time.time_ns() - 60 * 10**9
    os.utime(log, ns=(ago, ago))
    assert log_state(tmp_path) == log_state(tmp_path)
    for moment in (time.time_ns(), time.time_ns() + TICK // 2):
        os.utime(log, ns=(moment, moment))
        assert log_state(tmp_path) != log_state(tmp_path)


def test_an_answer_is_kept_by_its_state_and_the_one_before_is_given_to_who_makes_it_anew() -> None:
    kept: Kept[str] = Kept(most=2)
    made: list[str | None] = []

    def make(before: str | None) -> str:
        made.append(before)
        return f"answer {len(made)}"

    assert [kept.get("a", 1, make), kept.get("a", 1, make), kept.get("a", 2, make)] == [
        "answer 1",
        "answer 1",
        "answer 2",
    ]
    assert made == [None, "answer 1"]
    kept.get("b", 1, make), kept.get("c", 1, make)
    assert kept.get("a", 2, make) == "answer 5", "of three things the one asked least lately is gone"


def test_more_tables_than_are_kept_open_are_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commercebrain.engine.lake.opened.MOST", 2)
    assert MOST > 2
    for name in "abcd":
        Lake.create(tmp_path / name)
        put(Store(tmp_path / name), name)
    assert [names(Store(tmp_path / name)) for name in "dcba"] == [["d"], ["c"], ["b"], ["a"]]


@pytest.mark.parametrize("most", [200, 4])
def test_threads_that_read_while_one_writes_see_every_commit_whole_and_none_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("commercebrain.engine.lake.store.MOST_FILES", most)
    Lake.create(tmp_path / "lake")
    store, faults, over = Store(tmp_path / "lake"), [], threading.Event()

    def look() -> None:
        seen = 0
        while not over.is_set():
            found = names(store)
            if found != [f"b{n:02d}" for n in range(len(found))] or len(found) < seen:
                faults.append(found)
            seen = len(found)

    readers = [threading.Thread(target=look) for _ in range(4)]
    for one in readers:
        one.start()
    for number in range(15):
        with store.writing():
            store.clean()
            put(store, f"b{number:02d}")
    over.set()
    for one in readers:
        one.join()
    assert faults == [] and len(names(store)) == 15


def test_what_one_registers_is_not_seen_by_another() -> None:
    with reading() as one, reading() as other:
        one.register("mine", {"a": np.arange(3)})
        assert one.execute("SELECT sum(a) FROM mine").fetchall() == [(3,)]
        with pytest.raises(Exception, match="mine"):
            other.execute("SELECT * FROM mine")

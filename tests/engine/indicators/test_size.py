"""Answers beyond a limit are refused before they are computed."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.engine.indicators import city

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import tables
from commercebrain.engine.indicators.engines import engine_of
from commercebrain.engine.indicators.engines.duck import DuckEngine, Statements, fetch
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.working.store import refresh_dataset


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("city")
    city.build(root, count=120, first=202401, last=202403)
    refresh_dataset(root, "declaration_lines")
    return root


def ask(home: Path, by: str, most: int, **more: Any) -> FigureTable:
    asked = Request.parse("customs_export_value", region="990100", period="2024-01:2024-03", by=by, as_of="2024-06-30")
    reach = Reach(ALL, "confidential")
    return tables.table(Sources(Rows([]), home), load_catalogue(), asked, reach=reach, most=most, **more)


@pytest.mark.parametrize("rollups", [True, False])
@pytest.mark.parametrize("by", ["country", "uscc,hs10,country"])
def test_as_many_rows_as_are_allowed_are_told_and_one_more_is_refused_without_computing_them(
    home: Path, monkeypatch: pytest.MonkeyPatch, rollups: bool, by: str
) -> None:
    rows = len(ask(home, by, 2_000_000, rollups=rollups))
    assert len(ask(home, by, rows, rollups=rollups)) == rows > 30

    def fetched(self: Statements, sql: str) -> None:
        raise AssertionError("the answer was computed")

    monkeypatch.setattr(Statements, "fetch", fetched)
    with pytest.raises(UserError) as fault:
        ask(home, by, rows - 1, rollups=rollups)
    assert fault.value.code == "request.too_many_rows" and f"{rows - 1:,}" in fault.value.en


def test_a_question_without_a_break_down_or_with_few_values_is_not_counted_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Statements, "run", lambda *_: pytest.fail("counted"))
    assert len(ask(home, "", 3)) == 3
    assert len(ask(home, "county", 100)) == 12


def test_a_database_takes_a_share_of_the_memory_and_says_so_when_it_does_not_suffice() -> None:
    engine = engine_of("duckdb")
    assert isinstance(engine, DuckEngine)
    default = duckdb.connect().execute("SELECT current_setting('memory_limit')").fetchone()
    assert engine.cursor().execute("SELECT current_setting('memory_limit')").fetchone() != default
    narrow = duckdb.connect(config={"memory_limit": "8MB", "temp_directory": ""})
    with pytest.raises(UserError) as fault:
        fetch(narrow, "SELECT i, count(*) AS n FROM range(10000000) AS t(i) GROUP BY i")
    assert fault.value.code == "engine.memory"


def test_a_reader_takes_a_share_of_the_memory(home: Path) -> None:
    reader = tables.reader_of(home, "declaration_lines")
    assert reader is not None
    default = duckdb.connect().execute("SELECT current_setting('memory_limit')").fetchone()
    assert reader.connection("total").execute("SELECT current_setting('memory_limit')").fetchone() != default


def test_an_earlier_manifest_leaves_the_memory_also_where_idle_threads_asked_it(tmp_path: Path) -> None:
    city.write(tmp_path, city.make_lines(202401, 50, 1))
    refresh_dataset(tmp_path, "declaration_lines")
    with ThreadPoolExecutor(2) as pool:
        pool.submit(lambda: ask(tmp_path, "county,country", 10_000)).result()
        reader = tables.reader_of(tmp_path, "declaration_lines")
        assert reader is not None
        gone = weakref.ref(reader._state)
        del reader
        city.write(tmp_path, city.make_lines(202402, 50, 1))
        refresh_dataset(tmp_path, "declaration_lines")
        assert ask(tmp_path, "county,country", 10_000).source.startswith("rollup:")
        gc.collect()
        assert gone() is None  # the thread of the pool still lives


def test_threads_that_ask_at_once_share_one_reader(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_readers", {})
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: id(tables.reader_of(home, "declaration_lines")), range(16)))) == 1

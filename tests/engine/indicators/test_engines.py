"""One definition gives the same digits on DuckDB, on ClickHouse's engine and on a Spark cluster."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from tests.engine.indicators import city, cluster, run_engines, suite
from tests.engine.indicators.run_engines import Result

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.engines import ClickHouseEngine, Engine, LineFiles, SparkEngine, engine_of
from commercebrain.engine.indicators.engines.base import as_array
from commercebrain.engine.indicators.engines.clickhouse import glob


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lines of declarations alone, with their roll-ups."""
    return run_engines.build_lines(tmp_path_factory.mktemp("city"), small=True)


@pytest.fixture(scope="module")
def home(lines: Path) -> Path:
    """The lines and every other declared dataset."""
    city.build_others(lines, count=25)
    return lines


def need(reason: str) -> None:
    """Skips where something is not installed; in CI that is a failure."""
    if reason and os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail(f"in CI the engines must be there: {reason}")
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def clickhouse() -> Engine:
    try:
        import chdb  # noqa: F401
        import clickhouse_connect  # noqa: F401
    except ImportError:
        need("chdb and clickhouse-connect are not installed (requirements-all.txt)")
    return engine_of("clickhouse://chdb")


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    need(cluster.absent())
    os.environ.setdefault("CBRAIN_SPARK_PARTITIONS", "2")
    with cluster.spark_cluster(tmp_path_factory.mktemp("spark")) as address:
        engine = SparkEngine(address)
        yield engine
        engine.stop()


def test_generated_definitions_have_the_digits_of_the_lines_in_roll_ups(lines: Path) -> None:
    result = Result("rollups")
    run_engines.made_up(lines, engine_of("duckdb"), result, 25, rollups=True)
    assert result.differences == []
    assert result.integers > 100


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_clickhouse_answers_every_indicator_with_the_same_digits(home: Path, clickhouse: Engine) -> None:
    result = Result("clickhouse")
    run_engines.shipped(home, clickhouse, result, suite.questions(load_catalogue(), each=1))
    assert result.differences == []
    assert result.integers > 1000
    assert result.ratios > 500


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_clickhouse_answers_generated_definitions_with_the_same_digits(home: Path, clickhouse: Engine) -> None:
    result = Result("clickhouse")
    run_engines.made_up(home, clickhouse, result, 60)
    assert result.differences == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_spark_cluster_answers_every_indicator_with_the_same_digits(home: Path, spark: Engine) -> None:
    result = Result("spark")
    run_engines.shipped(home, spark, result, suite.questions(load_catalogue(), each=1))
    assert result.differences == []
    assert result.integers > 1000
    assert result.ratios > 500


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_spark_cluster_answers_generated_definitions_with_the_same_digits(home: Path, spark: Engine) -> None:
    result = Result("spark")
    run_engines.made_up(home, spark, result, 25)
    assert result.differences == []


def test_an_engine_whose_package_is_absent_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    monkeypatch.setitem(__import__("sys").modules, "clickhouse_connect", None)
    for engine, extra in (
        (SparkEngine("spark://local"), "spark"),
        (ClickHouseEngine("clickhouse://chdb"), "clickhouse"),
    ):
        with pytest.raises(UserError) as fault:
            _ = engine.version
        assert fault.value.code == "engine.not_installed"
        assert f"commercebrain[{extra}]" in fault.value.zh


def test_an_address_with_a_password_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("clickhouse_connect", reason="clickhouse-connect is not installed")
    engine = ClickHouseEngine("clickhouse://clerk:topsecret@127.0.0.1:9/lines")
    with pytest.raises(UserError) as fault:
        _ = engine.version
    assert fault.value.code == "engine.unreachable"
    assert "topsecret" not in str(fault.value)
    assert "reached: Connection refused." in fault.value.en and "HTTPConnection" not in str(fault.value)


def test_threads_share_one_client_of_clickhouse_that_keeps_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    class Fake:
        @staticmethod
        def get_client(**told: Any) -> object:
            time.sleep(0.01)  # others ask meanwhile
            made.append(told)
            return object()

    monkeypatch.setitem(sys.modules, "clickhouse_connect", Fake)
    engine = ClickHouseEngine("clickhouse://clerk:secret@example.org:8123/lines")
    with ThreadPoolExecutor(8) as pool:
        clients = set(pool.map(lambda _: id(engine.client), range(8)))
    assert len(clients) == len(made) == 1 and made[0]["autogenerate_session_id"] is False


def test_clickhouse_finds_the_files_of_a_question_by_one_pattern_also_where_it_sees_them_elsewhere() -> None:
    files = [Path("/lake/records/d/202401/a.parquet"), Path("/lake/records/d/202402/b.parquet")]
    assert glob(files) == "/lake/records/d/{202401,202402}/{a.parquet,b.parquet}"
    assert glob(files[:1]) == "/lake/records/d/202401/a.parquet"
    moved = ClickHouseEngine("clickhouse://host:8123/x?lake=/lake&files=/data").lines(
        LineFiles(tuple(files), {"n": "INT"})
    )
    assert "/data/records/d/{202401,202402}/" in moved.sql(dialect="clickhouse")


def test_a_question_without_a_file_is_a_table_without_a_row() -> None:
    empty = engine_of("duckdb").lines(LineFiles((), {"month": "INT", "county": "VARCHAR"}))
    found = engine_of("duckdb").run(sqlglot.select("county", "month").from_(empty))
    assert {name: len(column) for name, column in found.items()} == {"county": 0, "month": 0}


def test_columns_of_an_answer_keep_whole_numbers_whole_and_mask_what_is_missing() -> None:
    assert as_array([1, None, 3]).tolist() == [1, None, 3]
    assert as_array([2**62, 1]).dtype.kind == "i"
    assert as_array([1.5, None]).tolist() == [1.5, None]
    assert as_array(["a", "b"]).tolist() == ["a", "b"]
    assert as_array([None, None]).tolist() == [None, None]

"""What was known on any day: restatements, revisions of two years, lines that add up, trusted blocks."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from tests.engine.lake.records.conftest import Line, held, line, told, write_csv

from commercebrain.engine.lake import IntakeReport, Lake
from commercebrain.engine.lake.records.known import lines as lines_in_force
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import Coded, MonthBlock, RecordTable

Take = Callable[..., IntakeReport]


def test_a_restated_month_replaces_what_the_source_sent_and_keeps_the_earlier_vintage(
    tmp_path: Path, take: Take, table: RecordTable
) -> None:
    first = [line(n, 202401) for n in range(8)] + [line(n, 202402) for n in range(8)]
    again = [line(n, 202401, value_cny=7) for n in range(5)]
    take(write_csv(tmp_path / "a.csv", first), published=date(2024, 3, 18), taken_in=date(2024, 3, 19))
    report = take(write_csv(tmp_path / "b.csv", again), published=date(2024, 4, 18), taken_in=date(2024, 4, 19))
    assert report.sheets[0].replaced == ("202401: 8 (2024-03-18, 海关)",)
    assert held(table) == told([*again, *first[8:]])
    assert held(table, date(2024, 4, 18)) == told(first)
    assert held(table, date(2024, 3, 18)) == []
    assert [v.number for v in table.vintages()] == [1, 1, 2]


def test_a_publication_that_comes_in_late_stands_in_its_own_place_in_time(
    tmp_path: Path, take: Take, table: RecordTable
) -> None:
    new, old = [line(1, value_cny=2)], [line(1, value_cny=1)]
    take(write_csv(tmp_path / "new.csv", new), published=date(2024, 6, 18), taken_in=date(2024, 6, 18))
    take(write_csv(tmp_path / "old.csv", old), published=date(2024, 2, 18), taken_in=date(2024, 2, 18))
    assert held(table) == told(new)
    assert held(table, date(2024, 5, 1)) == told(old)


def test_two_sources_of_a_month_stand_side_by_side(tmp_path: Path, take: Take, table: RecordTable) -> None:
    one, two = [line(0)], [line(1)]
    take(write_csv(tmp_path / "a.csv", one), source="甲区商务局")
    take(write_csv(tmp_path / "b.csv", two), source="乙区商务局")
    assert held(table) == told([*one, *two])
    assert [v.source for v in table.months()] == ["乙区商务局", "甲区商务局"]


@pytest.mark.slow
def test_two_years_of_revisions_backfilled_answer_for_any_day(tmp_path: Path, take: Take, table: RecordTable) -> None:
    """Each month is published and revised twice; files come in shuffled. A plain model says what was known when."""
    chance = random.Random(11)
    sent: list[tuple[int, date, date, list[Line]]] = []
    for count in range(24):
        month = (2022 + count // 12) * 100 + count % 12 + 1
        first = date(month // 100, month % 100, 18) + timedelta(days=30)
        for revision in range(3):
            published = first + timedelta(days=revision * chance.choice((31, 60, 92)))
            taken_in = published + timedelta(days=chance.choice((0, 1, 9)))
            lines = [line(n, month, value_cny=1000 * revision + n) for n in range(chance.randint(1, 3))]
            sent.append((month, published, taken_in, lines))
    shuffled = sent[:]
    chance.shuffle(shuffled)
    for number, (_, published, taken_in, lines) in enumerate(shuffled):
        take(write_csv(tmp_path / f"{number}.csv", lines), published=published, taken_in=taken_in)
    assert len(table.vintages()) == 72
    for _ in range(40):
        day = date(2022, 1, 1) + timedelta(days=chance.randrange(1000))
        known: dict[int, tuple[date, date, int, list[Line]]] = {}
        for number, (month, published, taken_in, lines) in enumerate(shuffled):
            rank = (published, taken_in, number)
            if published <= day and taken_in <= day and (month not in known or known[month][:3] < rank):
                known[month] = (*rank, lines)
        assert held(table, day) == told([row for *_, lines in known.values() for row in lines]), day


def test_rows_that_add_up_are_replaced_by_key_and_known_ones_are_not_kept_twice(tmp_path: Path, lake: Lake) -> None:
    heading = "日期,县市区,市场,商品,环节,价格\n"
    dataset = record_dataset("prices")
    table = RecordTable(lake.root, dataset)

    def take(name: str, text: str, day: date) -> IntakeReport:
        (tmp_path / name).write_text(heading + text, encoding="utf-8")
        return lake.intake(tmp_path / name, "prices", taken_in=day, published=day)

    def prices(as_of: date | None = None) -> list[tuple[object, ...]]:
        sql = lines_in_force(dataset, table.months(as_of))
        return duckdb.sql(
            f"SELECT CAST(day AS VARCHAR), good, CAST(price AS VARCHAR) FROM ({sql}) ORDER BY ALL"
        ).fetchall()

    one = "2024-01-05,甲区,东门市场,猪肉,零售,25.50\n2024-01-05,甲区,东门市场,鸡蛋,零售,11\n"
    take("a.csv", one, date(2024, 1, 6))
    report = take("b.csv", one + "2024-02-01,甲区,东门市场,猪肉,零售,26\n", date(2024, 2, 2))
    assert (report.read, report.accepted, report.unchanged) == (3, 1, 2)
    take("c.csv", "2024/1/5,甲区,东门市场,猪肉,零售,24.50\n", date(2024, 3, 1))
    assert prices() == [
        ("2024-01-05", "eggs", "11.00"),
        ("2024-01-05", "pork", "24.50"),
        ("2024-02-01", "pork", "26.00"),
    ]
    assert prices(date(2024, 2, 28))[1] == ("2024-01-05", "pork", "25.50")
    report = take("d.csv", one + one.replace("25.50", "99"), date(2024, 1, 7))
    assert (report.read, report.quarantined) == (4, 2)
    assert {q.field for q in lake.quarantine(report.batch)} == {"repeated__"}


def test_blocks_are_written_sorted_with_their_vintage_and_nothing_standing_where_nothing_stands(
    table: RecordTable,
) -> None:
    chance = np.random.default_rng(3)
    count = 500

    def block(month: int) -> MonthBlock:
        return MonthBlock(
            month,
            {
                "uscc": Coded(chance.integers(0, 3, count), ["C", "A", "B"]),
                "hs10": Coded(chance.integers(0, 2, count), ["8471300011", "0101210011"]),
                "country": Coded(chance.integers(0, 2, count), ["USA", "DEU"]),
                "mode": Coded(np.zeros(count, np.int8), ["0110"]),
                "flow": Coded(chance.integers(0, 2, count), ["export", "import"]),
                "quantity": np.ma.masked_array(np.arange(count) * 10 + 1, np.arange(count) % 2 == 1),
                "value_cny": np.arange(count),
                "value_usd": np.arange(count),
                "county": Coded(np.zeros(count, np.int8), ["990101"]),
            },
        )

    versions = table.append_months(
        (block(m) for m in (202401, 202402)),
        published=lambda month: date(month // 100, month % 100 + 1, 18),
        taken_in=date(2024, 3, 18),
        source="示例市",
        synthetic=True,
    )
    assert [(v.month, v.rows, v.published, v.synthetic) for v in versions] == [
        (202401, count, date(2024, 2, 18), True),
        (202402, count, date(2024, 3, 18), True),
    ]
    rows = duckdb.sql(f"SELECT uscc, hs10, country, mode, flow FROM read_parquet({list(versions[0].files)})").fetchall()
    assert rows == sorted(rows)
    sums = duckdb.sql(
        "SELECT sum(value_cny), count(quantity), CAST(sum(quantity) AS VARCHAR), min(month), max(month), any_value(batch) "
        f"FROM read_parquet({list(versions[1].files)})"
    ).fetchall()
    total = sum(n * 10 + 1 for n in range(0, count, 2))
    assert sums == [(count * (count - 1) // 2, count // 2, f"{total / 1000:.3f}", 202402, 202402, versions[1].batch)]
    with pytest.raises(ValueError, match="county is missing"):
        broken = block(202403)
        del broken.columns["county"]
        table.append_months([broken], published=date(2024, 4, 18), taken_in=date(2024, 4, 18), source="示例市")
    assert len(table.vintages()) == 2

"""The outbox: what passed waits in the database and reaches the lake once, whatever is killed in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import transaction
from tests.house import FIRM, House

from commercebrain.desk.core.clock import today
from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.models import Outgoing, Report, Round, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.enterprises.uscc import synthetic
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import declaration_of
from commercebrain.engine.lake.records.known import lines
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

OTHER, THIRD = synthetic("990100", 1), synthetic("990100", 2)
pytestmark = pytest.mark.django_db
ANSWERS = {
    "orders_in_hand": "35.5",
    "trend": "less",
    "cover": "under_1",
    "first_market": "USA",
    "difficulties": ["tariffs", "costs"],
}
LINES = [
    {"product": "8471300000", "market": "USA", "orders": "20", "new_orders": "3.25", "price": "lower"},
    {"product": "850110", "market": "DEU", "orders": "10"},
]


@pytest.fixture
def lake(tmp_path: Path, settings: Any) -> Iterator[Path]:
    settings.LAKE_ROOT, settings.MEDIA_ROOT = tmp_path / "lake", tmp_path / "uploads"
    yield settings.LAKE_ROOT


def made(house: House, period: str = "2025-W29", locked: bool = False, firm: str = "") -> Report:
    """A report of a firm of the invented city, sent once."""
    due = datetime(2025, 7, 18, 17, tzinfo=BEIJING)
    if not locked:
        due = now() + timedelta(days=1)
    sample = house.units.sample
    form = load_catalogue().forms["order_report"]
    round_ = Round.objects.filter(period=period).first() or Round.objects.create(
        form="order_report", period=period, unit=sample, declaration=declaration_of(form), opens_at=due - timedelta(days=5),
        due_at=due, locks_at=due + timedelta(hours=1), synthetic=True,
    )  # fmt: skip
    county = house.regions["990100"]
    enterprise, _ = Enterprise.objects.get_or_create(
        uscc=firm or FIRM,
        defaults={"name_zh": "示例企业", "unit": sample, "region": county, "synthetic": True},
    )
    report = Report.objects.create(
        round=round_, enterprise=enterprise, unit=sample, county=county, state=Report.State.PASSED, on_time=True,
        first_sent_at=due - timedelta(days=1), unchanged=0,
    )  # fmt: skip
    send(report)
    return report


def send(report: Report, **answers: object) -> Submission:
    number = report.submissions.count() + 1
    return Submission.objects.create(
        report=report, number=number, answers={**ANSWERS, **answers}, lines=LINES, digest=str(number), sent_at=now(),
        sent_on=today(),
    )  # fmt: skip


def held(lake: Path, code: str, what: str = "*") -> list[tuple[Any, ...]]:
    """The lines in force in the lake."""
    dataset = record_dataset(code)
    versions = RecordTable(lake, dataset).months()
    return duckdb.sql(f"SELECT {what} FROM ({lines(dataset, versions)}) ORDER BY ALL").fetchall() if versions else []


@pytest.mark.database
def test_a_passed_report_reaches_the_lake_in_the_units_of_the_dataset(house: House, lake: Path) -> None:
    outbox.put(made(house))
    done = outbox.ship()
    assert (done.rows, done.quarantined) == (3, 0)
    rows = held(
        lake, "order_reports", "uscc, week, orders_in_hand_usd, trend, cover, first_market, difficulties, synthetic"
    )
    assert rows == [
        (FIRM, "2025-W29", 355_000, "less", "under_1", "USA", "tariffs、costs", True),
    ]
    goods = held(lake, "order_lines", "hs10, country, orders_in_hand_usd, new_orders_usd, cover, price")
    assert goods == [
        ("8471300000", "USA", 200_000, 32_500, "under_1", "lower"),
        ("850110", "DEU", 100_000, None, "under_1", None),
    ]
    assert not Outgoing.objects.filter(batch="").exists()


def test_shipping_again_does_nothing(house: House, lake: Path) -> None:
    outbox.put(made(house))
    outbox.ship()
    batches = RecordTable(lake, record_dataset("order_reports")).vintages()
    assert outbox.ship() == outbox.Shipped()
    assert RecordTable(lake, record_dataset("order_reports")).vintages() == batches


def test_a_report_that_did_not_pass_in_the_end_leaves_nothing_in_the_outbox(house: House, lake: Path) -> None:
    report = made(house)
    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.put(report)
        raise RuntimeError
    assert outbox.ship().rows == 0 and held(lake, "order_reports") == []


def test_killed_between_the_lake_and_the_mark_the_same_rows_go_again_and_count_once(
    house: House, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.put(made(house))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "marked", killed)
    with pytest.raises(KeyboardInterrupt):
        outbox.ship()
    assert len(held(lake, "order_lines")) == 2, "the lake has it, the mark is missing"
    assert Outgoing.objects.filter(batch="").exists()
    monkeypatch.undo()
    outbox.put(made(house, firm=OTHER))  # what comes meanwhile changes the file
    assert outbox.ship().quarantined == 0
    assert not Outgoing.objects.filter(batch="").exists()
    assert len(held(lake, "order_lines")) == 4
    assert [uscc for (uscc,) in held(lake, "order_reports", "uscc")] == sorted([FIRM, OTHER])


def test_killed_before_the_lake_took_it_in_nothing_is_lost(
    house: House, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.put(made(house))
    with monkeypatch.context() as patch:
        patch.setattr(RecordTable, "commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            outbox.ship()
    assert held(lake, "order_reports") == [] and Outgoing.objects.filter(batch="").exists()
    outbox.ship()
    assert len(held(lake, "order_reports")) == 1 and not Outgoing.objects.filter(batch="").exists()


def test_of_a_report_that_passed_twice_the_later_counts(house: House, lake: Path) -> None:
    report = made(house)
    outbox.put(report)
    send(report, orders_in_hand="12")
    outbox.put(report)
    outbox.ship()
    send(report, orders_in_hand="7")
    outbox.put(report)
    outbox.ship()
    assert held(lake, "order_reports", "orders_in_hand_usd") == [(70_000,)]


@pytest.mark.database
def test_when_a_round_is_locked_the_state_of_each_report_is_counted_once(house: House, lake: Path) -> None:
    made(house, "2025-W28", locked=True)
    silent = made(house, "2025-W28", firm=OTHER)
    Report.objects.filter(pk=silent.pk).update(state=Report.State.ASKED, first_sent_at=None, on_time=None)
    free = made(house, "2025-W28", firm=THIRD)
    Report.objects.filter(pk=free.pk).update(state=Report.State.EXCUSED)
    made(house, "2025-W29")  # not locked yet
    outbox.ship()
    columns = "term, asked, filed, on_time, passed, unchanged"
    assert held(lake, "filing_status", columns) == [
        ("2025-W28", 0, 0, 0, 0, 0), ("2025-W28", 1, 0, 0, 0, 0), ("2025-W28", 1, 1, 1, 1, 0),
    ]  # fmt: skip
    assert outbox.count_locked() == 0


def test_a_report_that_passes_after_its_round_was_counted_is_counted_anew(house: House, lake: Path) -> None:
    late = made(house, "2025-W28", locked=True)
    Report.objects.filter(pk=late.pk).update(state=Report.State.ASKED, on_time=None)
    outbox.ship()
    Report.objects.filter(pk=late.pk).update(state=Report.State.PASSED, on_time=False)
    late.refresh_from_db()
    outbox.put(late)
    outbox.ship()
    assert held(lake, "filing_status", "asked, filed, on_time, passed") == [(1, 1, 0, 1)]


def test_a_round_that_is_written_with_its_lock_in_the_past_is_counted_too(house: House, lake: Path) -> None:
    made(house, "2025-W28", locked=True)
    assert outbox.count_locked() == 1
    made(house, "2025-W27", locked=True)
    assert outbox.count_locked() == 1


def test_what_happens_after_the_lock_is_counted_anew(house: House, lake: Path) -> None:
    report = made(house, locked=True)
    Report.objects.filter(pk=report.pk).update(state="asked", first_sent_at=None, on_time=None)
    outbox.ship()
    report.refresh_from_db()
    report.state, report.on_time = Report.State.SENT, False
    outbox.count_again(report)
    report.state = Report.State.RETURNED
    outbox.count_again(report)
    told = [row.row["filed"] for row in Outgoing.objects.filter(dataset="filing_status").order_by("pk")]
    assert told == [0, 1, 0]
    open_ = made(house, "2025-W30", firm=OTHER)
    outbox.count_again(open_)
    assert Outgoing.objects.filter(dataset="filing_status", row__term="2025-W30").count() == 0


def test_a_dataset_that_the_lake_refuses_stops_no_other(
    house: House, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.put(made(house, locked=True))
    real = outbox._ship

    def refusing(code: str, batch: Any, done: Any) -> None:
        if code == "filing_status":
            raise UserError("lake.refused", "不收", "refused")
        real(code, batch, done)

    monkeypatch.setattr(outbox, "_ship", refusing)
    with pytest.raises(UserError, match="refused"):
        outbox.ship()
    assert set(Outgoing.objects.filter(batch="").values_list("dataset", flat=True)) == {"filing_status"}
    assert Outgoing.objects.exclude(batch="").filter(dataset="order_reports").exists()

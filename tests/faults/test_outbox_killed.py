"""Shipping what passed, killed at any moment: the next round of shipping leaves each row in the lake once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.operations.installations import cbrain, environment, inside

FIRMS, KILLS = 250, 6
MADE = f"""
from datetime import datetime, timedelta
from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.models import Report, Round, Submission
from commercebrain.desk.people.actions import create_unit
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.enterprises.uscc import synthetic
from commercebrain.engine.forms.kinds import declaration_of
county = Region.objects.get(code="990101", valid_to=None)
unit = create_unit("甲区商务局", "Jia", county, None)
form = load_catalogue().forms["order_report"]
due = datetime(2025, 7, 18, 17, tzinfo=BEIJING)
round_ = Round.objects.create(
    form=form.code, period="2025-W29", unit=unit, declaration=declaration_of(form), opens_at=due - timedelta(days=4),
    due_at=due, locks_at=due + timedelta(days=7), synthetic=True,
)
firms = Enterprise.objects.bulk_create(
    Enterprise(uscc=synthetic("990101", n), name_zh=f"示例{{n}}号", region=county, unit=unit, synthetic=True)
    for n in range({FIRMS})
)
reports = Report.objects.bulk_create(Report(round=round_, enterprise=firm, county=county, unit=unit) for firm in firms)
def send(number, some):
    outbox.put_all([
        (report, Submission.objects.create(
            report=report, number=number, answers={{"orders_in_hand": str(100 * number + place), "trend": "same", "cover": "over_6"}},
            digest=str(number), sent_at=due, sent_on=due.date(),
        )) for place, report in enumerate(some)
    ])
send(1, reports)
answer = len(reports)
"""
AGAIN = """
from datetime import datetime
from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.models import Report, Submission
from commercebrain.engine.clock import BEIJING
due = datetime(2025, 7, 18, 17, tzinfo=BEIJING)
outbox.put_all([
    (report, Submission.objects.create(
        report=report, number=NUMBER, answers={"orders_in_hand": str(1000 * NUMBER + report.pk), "trend": "more"},
        digest=str(NUMBER), sent_at=due, sent_on=due.date(),
    )) for report in Report.objects.select_related("round", "enterprise", "county", "township").order_by("pk")[NUMBER::3]
])
"""
CHILD = f"""
from commercebrain.operations.setup_django import ready
ready()
{AGAIN}
print("begin", flush=True)
outbox.ship()
print("end", flush=True)
"""
CHECK = """
import duckdb
from django.conf import settings
from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.models import Outgoing
from commercebrain.engine.lake.records.known import lines
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
outbox.ship()
dataset = record_dataset("order_reports")
held = lines(dataset, RecordTable(settings.LAKE_ROOT, dataset).months())
there = duckdb.sql(f"SELECT uscc, orders_in_hand_usd, trend FROM ({held}) ORDER BY ALL").fetchall()
newest = {row.key: row.row for row in Outgoing.objects.filter(dataset="order_reports").order_by("pk")}
wanted = sorted((row["uscc"], row["orders_in_hand_usd"], row["trend"]) for row in newest.values())
answer = [there == wanted, len(there), Outgoing.objects.filter(batch="").count()]
"""


def child(home: Path, number: int) -> subprocess.Popen[str]:
    """A process that passes some reports again and ships."""
    code = CHILD.replace("NUMBER", str(number))
    return subprocess.Popen([sys.executable, "-c", code], env=environment(home), stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_shipping_killed_again_and_again_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    cbrain(home, "install")
    assert inside(home, MADE) == FIRMS
    chance, killed = random.Random(5), 0
    for number in range(2, KILLS + 2):
        running = child(home, number)
        assert running.stdout is not None and running.stdout.readline() == "begin\n"
        time.sleep(chance.uniform(0.01, 1.2))
        killed += running.poll() is None
        running.send_signal(signal.SIGKILL)
        running.communicate()
    assert killed >= KILLS / 2, "most of them were still shipping"
    assert inside(home, CHECK) == [True, FIRMS, 0]

"""The demo's story, warnings and cases: two are past their clock on the Monday; in October the firms' figures say whether
help helped. Time goes on in the invented city alone, and one long step does what many short ones do.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commercebrain.operations.city_time import Made, days_between
from tests.operations.installations import cbrain, command, demo_home, environment, inside  # noqa: F401 - a fixture
from tests.test_scenario_lists import Told
from tests.test_scenario_lists import told as newly_hit

STORY = """
from commercebrain.desk.cases import demo as cases
from commercebrain.desk.cases.models import Case, Clock
from commercebrain.desk.core.models import Setting
from commercebrain.desk.people.models import Unit
from commercebrain.desk.warnings import demo
from commercebrain.desk.warnings.models import BackTest, Evaluation, RuleUse, Signal
from commercebrain.desk.warnings.queries import record_of_rule
from commercebrain.operations.demo import story
told = story()["warnings"]
ids = demo.story_cases(told)
uses = RuleUse.objects.filter(state="on").select_related("proposed_by", "decided_by")
records = {one.rule: record_of_rule(one.rule, one.unit) for one in uses}
abroad = Clock.objects.filter(case__template="remedy_case", met_at=None, dropped_at=None).exclude(calendar="CN")
answer = {
    "cases": len(ids), "past_clock": demo.past_clock(told), "outcomes": cases.outcomes(ids),
    "rules": {one.rule: [one.proposed_by.username, one.decided_by.username, bool(one.tested)] for one in uses},
    "declared": sorted(told["rules"]), "evaluated": [str(one.on) for one in Evaluation.objects.filter(state="done").order_by("on")],
    "not_synthetic": Case.objects.filter(synthetic=False).count() + Signal.objects.filter(synthetic=False).count()
    + BackTest.objects.filter(synthetic=False).count(),
    "templates": sorted(set(Case.objects.values_list("template", flat=True))),
    "abroad": [[one.code, one.zone, str(one.due_at.date())] for one in abroad],
    "by_firm": list(Case.objects.filter(template="firm_request").values_list("opened_by__username", flat=True)),
    "false_alarms": Signal.objects.filter(end="false_alarm").count(),
    "raised": sum(one.raised for one in records.values()), "handled": sum(one.handled for one in records.values()),
    "recovered": sum(one.recovered for one in records.values()), "helps": len(cases.helps()),
}
"""
#: What matters of a city after some time: nothing of it may depend on how long the steps were.
STATE = """
from django.conf import settings
from django.db.models import Count
import duckdb
from commercebrain.desk.cases.models import Case, FollowUp
from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.models import Outgoing, Report, Submission
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.simulate.key import read_key
def total(code, column):
    files = RecordTable(settings.LAKE_ROOT, record_dataset(code)).files()
    known = ", ".join(record_dataset(code).key)
    latest = f"SELECT {known}, arg_max({column}, (published, taken_in)) AS v, max(month) AS month FROM read_parquet({files!r}) GROUP BY {known}"
    return sorted(map(list, duckdb.sql(f"SELECT month, count(*), sum(v)::BIGINT FROM ({latest}) GROUP BY month").fetchall()))
lines = RecordTable(settings.LAKE_ROOT, record_dataset("declaration_lines")).months()
answer = {
    "today": str(today()), "until": read_key(settings.LAKE_ROOT).get("until"),
    "months": [[one.month, one.rows, str(one.published)] for one in lines],
    "reports": sorted(map(list, Report.objects.filter(round__form="order_report").order_by().values_list("round__period", "state").annotate(Count("pk")))),
    "answers": sorted(map(str, Submission.objects.filter(report__round__form="order_report").values_list("report__round__period", "report__enterprise__uscc", "number", "digest", "unchanged"))),
    "waiting": Outgoing.objects.filter(batch="").exclude(dataset="response_status").count(),
    "order_reports": total("order_reports", "orders_in_hand_usd"), "filing_status": total("filing_status", "filed"),
    "cases": sorted(map(str, Case.objects.values_list("template", "level", "enterprise__uscc", "opened_on", "stage", "outcome"))),
    "followed": sorted(map(str, FollowUp.objects.values_list("enterprise__uscc", "periods", "first", "last", "before", "after", "result"))),
    "signals": sorted(map(str, Signal.objects.values_list("rule", "subject", "level", "opened_on", "closed_on", "end"))),
}
"""
OCTOBER = "2025-10-20"
#: Seconds that three months may take in the small city, and a verb in the whole one of 20,000 firms.
THREE_MONTHS, WHOLE_CITY = 1200, 1600


def test_the_days_that_count_are_mondays_release_days_and_the_day_that_was_asked_for() -> None:
    made = Made(date(2025, 7, 21), 2_000, 150_000, 0)
    days = list(days_between(made, date(2025, 7, 21), date(2025, 10, 20)))
    assert len(days) == 15 and days[-1] == date(2025, 10, 20)
    assert {one.weekday() for one in days} == {0, 3, 5} and date(2025, 9, 18) in days
    assert list(days_between(made, date(2025, 7, 21), date(2025, 7, 21))) == []
    again = list(days_between(made, date(2025, 8, 4), date(2025, 8, 6)))
    assert again == [date(2025, 8, 4), date(2025, 8, 6)], "the day it stands at may have been left half done"


@pytest.fixture(scope="module")
def monday(demo_home: Path) -> dict[str, Any]:
    """What the demonstration holds on the story's day."""
    told: dict[str, Any] = inside(demo_home, STORY)
    return told


def test_cases_are_worked_on_and_two_are_past_their_clock(monday: dict[str, Any]) -> None:
    """Twelve in the whole city; the small one has fewer firms to warn of."""
    assert 3 <= monday["cases"] <= 12 and monday["past_clock"] == 2
    assert monday["outcomes"]["not_recovered"] == 0 and monday["helps"] == monday["cases"] - 2


def test_rules_were_tested_proposed_by_one_and_approved_by_another(monday: dict[str, Any]) -> None:
    assert sorted(monday["rules"]) == monday["declared"]
    for proposer, approver, tested in monday["rules"].values():
        assert proposer != approver
        assert isinstance(tested, bool)
    assert monday["evaluated"][-1] == "2025-07-21"


def test_everything_invented_says_so_and_every_template_has_a_case(monday: dict[str, Any]) -> None:
    assert monday["not_synthetic"] == 0
    assert monday["templates"] == ["firm_request", "remedy_case", "warning_response"]
    assert monday["by_firm"] == ["qiye"]
    assert monday["abroad"] == [["answers", "Europe/Brussels", "2025-08-14"]], "the day before a holiday there"


@pytest.fixture(scope="module")
def october(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small demonstration after one step of 91 days."""
    home = tmp_path_factory.mktemp("october") / "home"
    shutil.copytree(demo_home, home)
    cbrain(home, "tick", "--to", OCTOBER, patience=THREE_MONTHS)
    return home


@pytest.fixture(scope="module")
def state(october: Path) -> dict[str, Any]:
    """What one step of 91 days leaves."""
    told: dict[str, Any] = inside(october, STATE)
    return told


@pytest.mark.slow
def test_three_months_come_in_and_firms_go_on_reporting(october: Path, state: dict[str, Any]) -> None:
    assert state["today"] == OCTOBER and state["until"] == 202509 and state["waiting"] == 0
    assert [row[0] for row in state["months"][-3:]] == [202507, 202508, 202509]
    assert [row[2] for row in state["months"][-3:]] == ["2025-08-18", "2025-09-18", "2025-10-18"]
    closed = [row for row in state["reports"] if "2025-W30" <= row[0] <= "2025-W41"]
    assert sum(row[2] for row in closed) == 12 * 160
    assert sum(row[2] for row in closed if row[1] == "passed") > 0.9 * 12 * 160
    assert not [row for row in closed if row[1] in ("sent", "returned")]
    told = inside(october, STORY)
    assert told["outcomes"]["too_early"] == 2 and sum(told["outcomes"].values()) == told["cases"]
    assert told["outcomes"]["not_recovered"] + told["outcomes"]["recovered"] == told["cases"] - 2
    assert told["handled"] >= told["cases"] - 2, "the rules show their record"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_one_step_of_91_days_is_13_steps_of_a_week_and_a_killed_one_is_finished_by_the_next(
    state: dict[str, Any], demo_home: Path, tmp_path: Path
) -> None:  # fmt: skip
    home = tmp_path / "weeks"
    shutil.copytree(demo_home, home)
    for week in range(13):
        cbrain(home, "tick", "--to", date.fromordinal(date(2025, 7, 28).toordinal() + 7 * week).isoformat())
    assert inside(home, STATE) == state
    killed = tmp_path / "killed"
    shutil.copytree(demo_home, killed)
    for seconds in (6.0, 13.0):
        one = subprocess.Popen(
            command("tick", "--to", OCTOBER), env=environment(killed), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd=tmp_path, start_new_session=True,
        )  # fmt: skip
        time.sleep(seconds)
        one.send_signal(signal.SIGKILL)
        one.wait()
    cbrain(killed, "tick", "--to", OCTOBER, patience=THREE_MONTHS)
    assert inside(killed, STATE) == state
    cbrain(killed, "tick", "--to", OCTOBER)
    assert inside(killed, STATE) == state, "again changes nothing"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_in_october_seven_firms_have_recovered_three_have_not_and_for_two_it_is_too_early(tmp_path: Path) -> None:
    """The whole city, whose list hits as many firms anew as the story tells."""
    home = tmp_path / "home"
    cbrain(home, "demo", "--prepare-only", patience=WHOLE_CITY, CBRAIN_DEMO_SMALL="")
    assert newly_hit(home / "lake", 20_000) == Told(newly=37, short=12, silent=5, not_asked=0)
    monday = inside(home, STORY)
    assert (monday["cases"], monday["past_clock"], monday["false_alarms"]) == (12, 2, 1)
    cbrain(home, "tick", "--to", OCTOBER, patience=WHOLE_CITY)
    told = inside(home, STORY)
    assert told["outcomes"] == {"recovered": 7, "not_recovered": 3, "too_early": 2}
    assert told["handled"] == 10 and told["recovered"] >= 7, "the rules that raised them show their record"

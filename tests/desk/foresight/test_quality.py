"""Forecasts are kept by a job, once for each state of the lake; the page tells how good they were, within reach."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.house import House

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.figures import sources
from commercebrain.desk.core.jobs import Cancelled, JobContext
from commercebrain.desk.core.models import Event, Job, Setting
from commercebrain.desk.foresight import actions, jobs
from commercebrain.desk.people.models import Person
from commercebrain.engine.outlook import kept
from commercebrain.engine.outlook.kept import ForecastTable, ForesightPlan

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
PLAN = ForesightPlan.model_validate(
    {"months": 42, "horizon": 3, "kept": [
        {"indicator": "customs_export_value"}, {"indicator": "customs_export_value", "by": ["county"]},
        {"indicator": "customs_export_value", "by": ["hs2"]},
    ]}
)  # fmt: skip


@pytest.fixture(scope="module")
def kept_lines(lines: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the lake in which forecasts may be kept."""
    root = tmp_path_factory.mktemp("kept") / "lake"
    shutil.copytree(lines, root)
    return root


@pytest.fixture
def forecasts(city: Any, kept_lines: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The desk reads that copy; six months of forecasts are kept in it."""
    settings.LAKE_ROOT = kept_lines
    monkeypatch.setattr(kept, "foresight_plan", lambda: PLAN)
    kept.backfill(sources(), catalogue(), PLAN, made_on=date(2025, 7, 21), origins=6)
    return kept_lines


def run(person: Person | None = None) -> dict[str, Any]:
    row = Job.objects.create(kind=actions.JOB, person=person, state=Job.State.RUNNING)
    return actions.keep(JobContext(row.pk, actions.JOB, person.pk if person else None))


def page(client: Client, **query: Any) -> str:
    found = client.get(reverse("foresight:quality"), query)
    assert found.status_code == 200
    return str(found.content.decode())


def test_the_job_keeps_what_is_declared_and_a_second_run_adds_nothing(forecasts: Path, cleared: Person) -> None:
    before = len(ForecastTable(forecasts).rows())
    first = run(cleared)
    assert first["rows"] > 0 and first["sets"] == 3
    assert len(ForecastTable(forecasts).rows()) == before + first["rows"]
    event = Event.objects.get(verb="forecasts.kept")
    assert event.person == cleared and event.data["count"] == first["rows"]
    assert run(cleared)["rows"] == 0
    assert Event.objects.filter(verb="forecasts.kept").count() == 1, "what changed nothing leaves no event"


def test_a_stopped_job_keeps_nothing_of_its_run(forecasts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(ForecastTable(forecasts).rows())

    def stop(*_told: Any) -> None:
        raise Cancelled

    monkeypatch.setattr(JobContext, "progress", stop)
    with pytest.raises(Cancelled):
        run()
    assert len(ForecastTable(forecasts).rows()) == before
    assert not Setting.objects.filter(key=actions.DONE).exists()


def test_after_an_intake_one_worker_begins_the_job_once(forecasts: Path) -> None:
    begun = actions.keep_after_intake()
    assert begun is not None and begun.kind == actions.JOB and begun.person is None
    assert actions.keep_after_intake() is None
    Job.objects.filter(pk=begun.pk).update(state=Job.State.FAILED)
    assert actions.keep_after_intake() is None, "a job that failed is not begun again every minute"
    Job.objects.all().delete()
    actions.note_kept(actions.current())
    assert actions.keep_after_intake() is None
    jobs.after_intake()
    assert not Job.objects.exists()


def test_without_a_lake_nothing_is_begun(house: House, settings: Any, tmp_path: Path) -> None:
    settings.LAKE_ROOT = tmp_path / "none"
    assert actions.keep_after_intake() is None


def test_the_page_tells_errors_and_coverage_by_horizon(forecasts: Path, browse: Browse, cleared: Person) -> None:
    text = page(browse(cleared))
    told = re.search(r'<p class="answer"[^>]*>(.*?)</p>', text, re.S)[1]
    assert re.search(r"[\d,]+ forecasts have met their truth: in \d+ of 3 sets", told), told
    assert "made afterwards" in told and "synthetic data" in text
    one = page(browse(cleared), horizon="1", q="customs_export_value")
    assert one.count("<tr>") >= 3 and "all together" not in one.split("<tbody")[1]


def test_who_may_not_see_the_figures_is_not_told_how_well_they_were_forecast(
    forecasts: Path, browse: Browse, house: House, cleared: Person, uncleared: Person
) -> None:
    def sets(person: Person) -> set[tuple[str, ...]]:
        found = browse(person).get("/api/foresight/quality", {"limit": 500})
        assert found.status_code == 200
        return {(row["indicator"], row["region"], *row["by"]) for row in found.json()["items"]}

    assert ("customs_export_value", "990100", "hs2") in sets(cleared)
    assert sets(house.people.nobody) == set()
    assert sets(uncleared) <= sets(cleared)


def test_the_button_is_for_who_brings_figures_in(
    forecasts: Path, browse: Browse, house: House, cleared: Person
) -> None:
    client = browse(cleared)
    assert "Keep today" in page(client)
    assert "Keep today" not in page(browse(house.people.evaluator))
    assert browse(house.people.evaluator).post(reverse("foresight:keep")).status_code == 403
    moved = client.post(reverse("foresight:keep"))
    assert moved.status_code == 302 and moved["Location"] == reverse("core:job", args=[Job.objects.get().pk])


def test_earlier_forecasts_stand_beside_what_came(forecasts: Path, browse: Browse, cleared: Person) -> None:
    address = reverse("foresight:outlook", args=["customs_export_value", "990100"])
    text = browse(cleared).get(address).content.decode()
    table = text[text.index("Earlier forecasts against what came") :]
    assert re.search(r"\d+ of \d+ forecasts \(\d+%\) held within", table)
    assert "3 months before" in table and re.search(r'<th scope="row">2025-05|<th scope="row">May 2025', table), table[
        :800
    ]
    county = browse(cleared).get(address, {"where.county": "990101"}).content.decode()
    assert "months before" in county[county.index("Earlier forecasts") :]
    none = browse(cleared).get(address, {"where.county": "990101", "where.country": "USA"}).content.decode()
    assert "No forecast of this series has been kept yet" in none

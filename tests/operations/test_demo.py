"""The demonstration: complete at once, the same again, and everybody on its list has something to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from commercebrain.engine.lake.records.schema import record_datasets
from commercebrain.operations.demo import CATALOGUE
from tests.operations.installations import TODAY, cbrain, counts, inside
from tests.real import labels
from tests.test_scenario_lists import Told, told

Counts = Mapping[str, int]

# What each account opens first and the least number of rows that must stand there.
FIRST_PAGE = {
    "juzhang": "/",
    "guihua": "/plans/",
    "tongji": "/figures/",
    "waimao": "/targets/",
    "quxian": "/tasks/",
    "pinggu": "/targets/",
    "xinxi": "/api/targets",
    "admin": "/persons/",
    "shili": "/enterprises/",
    "shiju": "/adjustments/",
    "jiaqu": "/updates/",
    "dongmen": "/forms/reports/",
    "qiye": "/enterprises/",
}
VISIT = """
import json, re
from django.test import Client
from django.conf import settings
settings.ALLOWED_HOSTS = ["*"]
from pathlib import Path
accounts = json.loads((Path(settings.HOME) / "demo_accounts.json").read_text())
answer = {}
for account in accounts:
    client = Client()
    signed = client.post("/accounts/sign-in/", {"username": account["username"], "password": account["password"]})
    page = client.get(FIRST[account["username"]])
    text = page.content.decode()
    body = re.findall(r"<tbody[^>]*>(.*?)</tbody>", text, re.S)
    rows = sum(part.count("<tr") for part in body)
    if "json" in page["Content-Type"]:
        told = json.loads(text)
        rows = len(told.get("items", told)) if isinstance(told, dict) else len(told)
    header = re.search(r'<time datetime="([^"]+)"', client.get("/accounts/me/").content.decode())
    answer[account["username"]] = [signed.status_code, page.status_code, rows, header and header[1]]
"""


@pytest.fixture(scope="module")
def visits(demo_home: Path) -> dict[str, list[object]]:
    """What every account of the list meets: [sign-in, first page, its rows, the date in the header]."""
    told: dict[str, list[object]] = inside(demo_home, f"FIRST = {FIRST_PAGE!r}\n{VISIT}")
    return told


def story() -> dict[str, object]:
    return yaml.safe_load((CATALOGUE / "demo.yaml").read_text(encoding="utf-8"))


def test_every_kind_of_person_of_the_story_has_an_account(visits: dict[str, list[object]]) -> None:
    assert set(visits) == {row["username"] for row in story()["persons"]} == set(FIRST_PAGE)


@pytest.mark.parametrize("username", FIRST_PAGE)
def test_an_account_signs_in_and_finds_something_to_do(visits: dict[str, list[object]], username: str) -> None:
    signed, page, rows, date = visits[username]
    assert signed == 302, "the password of the list is right"
    assert page == 200 and rows >= 1
    assert date == TODAY, "the header shows the business date that CBRAIN_TODAY pins"


def test_the_invented_city_has_firms_lines_and_a_row_of_every_data_set(demo_counts: Counts) -> None:
    small = yaml.safe_load((CATALOGUE / "demo.yaml").read_text("utf-8"))["small_city"]
    assert demo_counts["registry.Enterprise"] >= small["firms"]
    assert demo_counts["records.declaration_lines"] == small["lines"]
    of_firms = {code for code, dataset in record_datasets().items() if dataset.place}
    assert not [code for code in of_firms if not demo_counts[f"records.{code}"]]


def test_the_five_plans_are_read_and_their_rows_are_live(demo_counts: Counts) -> None:
    assert demo_counts["plans.Document"] == 6  # the five, and the invented plan of 示例市
    for kind, model in (("target", "plans.Target"), ("fact", "plans.Fact"), ("task", "plans.Task")):
        assert demo_counts[model] > 0.9 * len(labels(kind)), kind
    files = list((CATALOGUE / "observations").glob("*.csv"))
    assert demo_counts["observations"] > 300 and demo_counts["batches"] == len(files) + 1  # the invented city's reports
    assert demo_counts["quarantine"] == 0


def test_what_went_live_without_a_reviewer_says_so(demo_counts: Counts) -> None:
    live = demo_counts["plans.Target"] + demo_counts["plans.Fact"] + demo_counts["plans.Task"]
    assert demo_counts["unattended"] == live > 0


REPORTING = """
from django.db.models import Count
from commercebrain.desk.forms.models import LockException, Outgoing, Remark, Reminder, Report, Round
from commercebrain.desk.lists.models import Book, ListVersion
from commercebrain.desk.people.models import Membership
firm = Membership.objects.get(person__username="qiye").firm
own = Report.objects.filter(enterprise=firm)
weeks = Round.objects.filter(form="order_report").order_by("opens_at")
answer = {
    "kinds": sorted(Book.objects.values_list("kind", flat=True)),
    "not_synthetic": Book.objects.filter(synthetic=False).count() + Round.objects.filter(synthetic=False).count(),
    "in_force": ListVersion.objects.filter(state="approved").count(),
    "periods": list(weeks.values_list("period", flat=True)),
    "asked": [row.reports.count() for row in weeks],
    "states": sorted(set(Report.objects.filter(round__form="order_report").values_list("state", flat=True))),
    "own": [own.filter(round__period=period).values_list("state", flat=True)[0] for period in ("2025-W29", "2025-W30")],
    "own_lists": sorted(Book.objects.filter(members__enterprise=firm, members__removed=None).values_list("kind", flat=True)),
    "office": own.get(round__period="2025-W30").unit.name_zh,
    "returned": [one.report.unit.name_zh for one in Remark.objects.filter(settled_in=None)],
    "exceptions": LockException.objects.filter(granted=True).count(),
    "reminders": Reminder.objects.values("report").distinct().count(),
    "silent": Report.objects.filter(round__period="2025-W29", state="asked").count(),
    "waiting": Outgoing.objects.filter(batch="").count(),
    "ding": [Report.objects.filter(round__period="2025-W29", county__code="990104", **one).count() for one in ({}, {"state__in": ("sent", "passed")})],
}
"""


def test_the_invented_city_s_lists_are_in_force_and_its_firms_report_every_week(demo_home: Path) -> None:
    there = inside(demo_home, REPORTING)
    assert {"tariff_list", "remedy_products", "export_control", "brand_cultivation", "same_line_products"} < {
        *there["kinds"]
    }
    assert {"key_exporters", "us_exporters", "canton_fair", "subsidy_receivers", "service_firms"} < {*there["kinds"]}
    assert there["in_force"] == len(there["kinds"]) and there["not_synthetic"] == 0
    assert there["periods"] == [f"2025-W{week}" for week in range(22, 31)]
    assert there["asked"] == [160] * 9
    assert there["states"] == ["asked", "passed", "returned", "sent"]
    assert there["own"] == ["passed", "asked"] and "key_exporters" in there["own_lists"]
    assert there["office"] == "东门街道办事处" and there["returned"] == ["东门街道办事处"]
    assert there["exceptions"] == 1 and there["reminders"] == there["silent"] > 0
    assert there["ding"] == [25, 23], "92 per cent"
    assert there["waiting"] == 0, "what passed is in the lake"


def test_the_second_version_of_the_list_hits_as_many_firms_anew_as_the_seed_fixes(demo_home: Path) -> None:
    assert told(demo_home / "lake", 2_000) == Told(newly=40, short=0, silent=0, not_asked=30)


@pytest.mark.slow  # the whole preparation once more
def test_a_second_run_loses_nothing_and_doubles_nothing(home: Path, demo_counts: Counts) -> None:
    accounts = (home / "demo_accounts.json").read_text()
    cbrain(home, "demo", "--prepare-only")
    assert counts(home) == demo_counts
    assert (home / "demo_accounts.json").read_text() == accounts


def test_the_password_is_the_installation_s_own_and_readable_by_its_owner_only(demo_home: Path) -> None:
    path = demo_home / "demo_password"
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_text().startswith("demo-") and len(path.read_text().strip()) >= 13
    assert (demo_home / "secret_key").stat().st_mode & 0o077 == 0


def test_outside_of_a_demonstration_the_sign_in_page_names_no_account(demo_home: Path) -> None:
    code = (
        "from django.conf import settings\nsettings.ALLOWED_HOSTS = ['*']\n"
        "import os\nfrom django.test import Client\nanswer = []\n"
        "for said in ('1', ''):\n"
        "    os.environ['CBRAIN_DEMO'] = said\n"
        "    answer.append('juzhang' in Client().get('/accounts/sign-in/').content.decode())"
    )
    assert inside(demo_home, code) == [True, False]

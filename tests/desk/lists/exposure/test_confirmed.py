"""A firm's word on its codes abroad: from the passed report through the outbox to the figure beside the upper bound."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.desk.lists.exposure.conftest import City, code_of, county_of
from tests.desk.lists.exposure.test_page import TWELVE, ask, text_of
from tests.engine.indicators.city import block

from commercebrain.desk.core.clock import today
from commercebrain.desk.forms import outbox
from commercebrain.desk.forms.models import Report, Round, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.desk.lists.exposure.reported import foreign_codes
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.exposure.foreign import ForeignCode
from commercebrain.engine.forms.kinds import declaration_of
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import RecordTable

pytestmark = pytest.mark.django_db
COMPUTER = "8471300000"
SOLD = {"flow": "export", "month": TWELVE, "country": "USA"}
#: What the pasted list names, in the tariff of the United States.
LIST = {"text": "8471300100", "partner": "USA", "nomenclature": "USHTS"}


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CBRAIN_TODAY", "2025-07-21")


@pytest.fixture
def own_lake(city: City, lake_of_lines: tuple[Path, Any], settings: Any, tmp_path: Path) -> City:
    """The city with a lake of the test's own."""
    settings.LAKE_ROOT = Path(shutil.copytree(lake_of_lines[0], tmp_path / "lake"))
    return city


def passed(
    city: City,
    number: int,
    *codes: str,
    term: str = "对美编码确认",
    sent_on: date | None = None,
    product: str = COMPUTER,
) -> None:
    """A firm's report with its codes for a product, passed by the last step: what passing puts into the outbox."""
    form = load_catalogue().forms["foreign_codes"]
    unit = city.people.cleared.memberships.get().unit
    opens = now() - timedelta(days=3)
    row, _ = Round.objects.get_or_create(
        form=form.code, period=term, unit=unit,
        defaults={"declaration": declaration_of(form), "opens_at": opens, "due_at": opens + timedelta(days=9),
                  "locks_at": opens + timedelta(days=12), "synthetic": True},
    )  # fmt: skip
    firm = city.firms[number]
    report = Report.objects.create(
        round=row, enterprise=firm, unit=unit, county=firm.region, state=Report.State.PASSED, on_time=True,
        first_sent_at=now(),
    )  # fmt: skip
    lines = [{"product": product, "market": "USA", "nomenclature": "USHTS", "foreign_code": code} for code in codes]
    Submission.objects.create(
        report=report, number=1, answers={"basis": "entry"}, lines=lines, digest="1", sent_at=now(),
        sent_on=sent_on or today(),
    )  # fmt: skip
    outbox.put(report)


def said(root: Path, number: int, code: str, product: str = COMPUTER) -> None:
    """The same of a firm whose credit code is none that a file could bring in, straight into the lake."""
    dataset, day = record_dataset("foreign_codes"), date(2025, 7, 10)
    line = {"month": 202507, "term": "对美编码确认", "reported": day, "uscc": code_of(number), "hs10": product,
            "country": "USA", "nomenclature": "USHTS", "foreign_code": code, "basis": "own", "county": county_of(number)}  # fmt: skip
    RecordTable(root, dataset).append_months(
        [block(dataset, 202507, [line])], published=day, taken_in=day, source="企业直报", synthetic=True
    )


def test_a_firm_s_confirmation_reaches_exposure_once_the_outbox_shipped(
    own_lake: City, client: Client, settings: Any
) -> None:
    city = own_lake
    products = {line["hs10"] for line in city.lines}
    product = max(products, key=lambda one: city.sum(**SOLD, hs10=one).get(code_of(0), 0))
    american = city.sum(**SOLD, hs10=(product[:6],))
    second = next(number for number in city.firms if number and code_of(number) in american)
    asked = {**LIST, "text": f"{product[:6]}0100"}
    client.force_login(city.people.cleared)
    passed(city, 0, f"{product[:6]}0100", product=product)
    said(settings.LAKE_ROOT, second, f"{product[:6]}0200", product=product)
    address = ask(client, **asked)
    assert client.get(address).context["sums"].confirmed == 0, "it waits in the outbox"
    done = outbox.ship()
    assert (done.rows, done.quarantined) == (1, 0)
    page = client.get(address)
    sums = page.context["sums"]
    assert (sums.value, sums.confirmed, sums.sure) == (sum(american.values()), american[code_of(0)], 0)
    assert 0 < sums.confirmed < sums.value
    assert f"受影响的{len(american)}家企业中2家已确认编码；其中逐位对应0.0万元" in text_of(page.content)
    told = client.post("/api/exposure", asked, content_type="application/json").json()
    assert (told["sums"]["confirmed"], told["sums"]["confirmed_firms"]) == (sums.confirmed, 2)


def test_whoever_is_not_cleared_for_firms_is_not_told_what_firms_confirmed(own_lake: City, client: Client) -> None:
    city = own_lake
    passed(city, 0, "8471300100")
    outbox.ship()
    client.force_login(city.people.uncleared)
    page = client.get(ask(client, **LIST))
    sums = page.context["sums"]
    assert sums is None or sums.confirmed is None
    assert "已确认编码" not in text_of(page.content)


def test_of_each_firm_the_newest_report_holds(own_lake: City, settings: Any) -> None:
    passed(own_lake, 0, "8471300100", "8471300200", term="第一次", sent_on=date(2025, 6, 2))
    passed(own_lake, 0, "8471300900", term="第二次", sent_on=date(2025, 7, 18))
    said(settings.LAKE_ROOT, 4, "8471300100")
    outbox.ship()
    assert set(foreign_codes(today())) == {
        ForeignCode(code_of(0), COMPUTER, "USA", "USHTS", "8471300900"),
        ForeignCode(code_of(4), COMPUTER, "USA", "USHTS", "8471300100"),
    }

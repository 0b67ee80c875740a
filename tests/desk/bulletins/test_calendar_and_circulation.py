"""The release calendar and the two circulations: within scope, and late said as late."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from tests.desk.bulletins.conftest import COUNTIES
from tests.house import FIRM, House

from commercebrain.desk.bulletins import circulation
from commercebrain.desk.bulletins.calendar import calendar, month_span
from commercebrain.desk.bulletins.drivers import drivers
from commercebrain.desk.bulletins.meeting import why
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Region
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.circulation import simulate
from commercebrain.engine.indicators import ALL, Reach, Rows
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.lake import Lake
from commercebrain.engine.periods import Period
from commercebrain.engine.releases import State
from commercebrain.engine.simulate.write import simulate as simulate_lines

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
FIRMS = {FIRM: ("990101", 9_000_000)} | {f"91990100MA00001{n:03d}": (c, 1_000_000 + n * 1000)
         for n in range(60) for c in [list(COUNTIES)[n % 6]]}  # fmt: skip


def test_the_calendar_says_who_is_late_and_by_how_many_working_days(
    house: House, own_lake: Lake, clerk: Person, browse: Browse
) -> None:
    for number, (code, name) in enumerate(COUNTIES.items()):
        if number < 2:
            actions.create_unit(f"{name}商务局", f"Bureau {code}", Region.objects.get(code=code), house.units.sample)
    actions.grant(clerk, house.units.sample, house.roles["plan_office"])  # who sees the units below
    rows = [row for row in calendar(clerk, date(2025, 7, 1), date(2025, 7, 31)) if row.release.by == "unit"]
    assert [(row.region.code, row.status.state, row.status.late) for row in rows] == [
        ("990101", State.LATE, 5), ("990102", State.LATE, 5),
    ]  # fmt: skip
    page = browse(clerk).get(reverse("bulletins:releases")).content.decode()
    assert "Bureau 990101" in page and "by 5 working days" in page
    may = [row for row in calendar(clerk, date(2025, 6, 1), date(2025, 6, 30)) if row.release.by == "unit"]
    assert [(row.status.state, row.status.actual) for row in may] == [(State.OUT, date(2025, 6, 12))] * 2


def test_nobody_without_a_role_has_a_calendar(house: House, own_lake: Lake, browse: Browse) -> None:
    assert calendar(house.people.nobody, *month_span(date(2025, 7, 21), 2)) == []
    assert browse(house.people.nobody).get(reverse("bulletins:releases")).status_code == 200


def test_a_calendar_shows_the_regions_in_sight_and_those_above_them(house: House, own_lake: Lake) -> None:
    codes = {row.region.code for row in calendar(house.people.clerk, date(2025, 7, 1), date(2025, 7, 31))}
    assert codes == {"100000", "330000", "330200", "330203", "330212"}  # the counties below it have to report


@pytest.fixture
def told(own_lake: Lake) -> Period:
    """A quarter that about two firms in three reported."""
    quarter = Period.parse("2025-Q2")
    assert simulate(own_lake.root, quarter, FIRMS, date(2025, 7, 15)) > 20
    return quarter


def test_whoever_sees_internal_figures_gets_sums_and_no_firm(house: House, clerk: Person, told: Period) -> None:
    seen = circulation.read(clerk, told)
    assert seen.totals[0][0].code == "990100" and len(seen.totals) == 7
    assert seen.rows == []


def test_whoever_has_clearance_gets_the_firms_with_not_reported_said(
    house: House, city: Region, told: Period, browse: Browse
) -> None:
    director = actions.create_person("shiju", None, "示例局长", "Director of the invented city")
    actions.grant(director, house.units.sample, house.roles["director"])
    seen = circulation.read(director, told)
    assert len(seen.rows) == seen.totals[0][1].reporting  # no lines are held here, so only reports are known
    assert all(row.exports is None for row in seen.rows)
    page = browse(director).get(reverse("bulletins:circulation")).content.decode()
    assert "sales at home" in page and "invented city" in page


def test_a_firms_user_sees_the_own_firm_alone(house: House, city: Region, told: Period, browse: Browse) -> None:
    rows = circulation.read(house.people.firm, told).rows
    assert {row.uscc for row in rows} <= {FIRM} and circulation.read(house.people.firm, told).totals == []
    assert browse(house.people.firm).get(reverse("bulletins:circulation")).status_code == 200


def test_another_citys_office_sees_neither_sums_nor_firms(house: House, city: Region, told: Period) -> None:
    for name in ("clerk", "director", "nobody", "county"):
        seen = circulation.read(getattr(house.people, name), told)
        assert (list(seen.totals), list(seen.rows)) == ([], []), name


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the invented city's declaration lines; not to be written to but by what is asked of it."""
    root = tmp_path_factory.mktemp("lines") / "lake"
    Lake.create(root)
    simulate_lines(root, 30_000, 0, "2024-01", "2025-06", firms=400)
    return root


@pytest.fixture
def director(house: House, city: Region, lines: Path, settings: Any) -> Person:
    """Who sees the invented city's firms, at an installation that holds its lines."""
    settings.LAKE_ROOT = lines
    person: Person = actions.create_person("shiju", None, "示例局长", "Director of the invented city")
    actions.grant(person, house.units.sample, house.roles["director"])
    return person


def test_s165_a_firms_exports_stand_beside_its_sales_at_home_and_what_was_not_reported_is_said(
    director: Person, city: Region, browse: Browse
) -> None:
    assert int(circulation.play()) > 100 and circulation.play() == "0"
    quarter = Period.parse("2025-Q2")
    seen = circulation.read(director, quarter)
    exports = circulation.exports_of("990100", quarter)
    assert exports is not None
    total = table(
        Sources(Rows([]), Path(city_root())), load_catalogue(),
        Request("customs_export_value", "990100", quarter, quarter), reach=Reach(ALL, "confidential"),
    )  # fmt: skip
    assert sum(value for _county, value in exports.values()) == int(total.columns["value"][0])
    assert {row.exports for row in seen.rows if row.uscc in exports} == {value for _c, value in exports.values()}
    silent = [row for row in seen.rows if not row.reported]
    assert silent and all(row.domestic is None and row.domestic_share is None for row in silent)
    page = browse(director).get(reverse("bulletins:circulation"), {"quarter": quarter.text, "state": "no"})
    assert page.content.decode().count("not reported") >= min(len(silent), 50)
    whole = seen.totals[0][1]
    assert whole.domestic == sum(row.domestic for row in seen.rows if row.domestic is not None)


def test_s168_the_page_for_the_meeting_says_why_exports_moved_by_county_market_and_product(
    director: Person, city: Region, browse: Browse
) -> None:
    told = drivers(director, city)
    assert told is not None and told.synthetic and told.period == Period.parse("2025-01..06")
    by = {pulls.dimension: pulls for pulls in told.by}
    assert set(by) == {"county", "country", "hs2"}
    pulls = [*by["county"].up, *by["county"].down]
    if len(pulls) == 6 and told.growth is not None:  # all six are shown: they are the growth
        assert abs(sum(part.points for part in pulls) - told.growth) < Decimal("0.02")
    client = browse(director)
    page = client.get(reverse("web:briefing")).content.decode()
    assert "By county" in page and "By market" in page and "By product" in page and "synthetic" in page
    answer = client.get(reverse("web:briefing_docx"))
    text = "\n".join(p.text for p in Document(io.BytesIO(answer.content)).paragraphs)
    assert "By county" in text and "Three questions" in text and text.count("\n1. ") == 1


def test_why_is_not_measurable_where_there_are_no_records(house: House, own_lake: Lake) -> None:
    said, synthetic = why(house.people.director, house.regions["330200"])
    assert len(said) == 1 and "宁波市不可测" in said[0] and not synthetic


def city_root() -> str:
    """The lake in use."""
    from django.conf import settings as now

    return str(now.LAKE_ROOT)

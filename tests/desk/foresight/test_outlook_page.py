"""The page of a series: the answer first, the fan, what the festival did, what may not be asked, what is too short."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from tests.desk.foresight.reading import answer
from tests.house import House

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.figures import sources
from commercebrain.desk.core.models import Event
from commercebrain.desk.foresight import queries
from commercebrain.desk.foresight.asking import read
from commercebrain.desk.foresight.queries import Lasts, _lasts
from commercebrain.desk.people.models import Person
from commercebrain.engine.foresight.lasting import lasting
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.outlook.series import series_set

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
EXPORTS = ["customs_export_value", "990100"]


def page(client: Client, which: list[str], **query: Any) -> str:
    found = client.get(reverse("foresight:outlook", args=which), query)
    assert found.status_code == 200, found
    return str(found.content.decode())


def data(text: str, name: str) -> dict[str, Any]:
    """What a picture is drawn from."""
    found: dict[str, Any] = json.loads(re.search(rf'<script id="{name}"[^>]*>(.*?)</script>', text, re.S)[1])
    return found


def test_the_first_line_tells_the_month_what_was_expected_and_what_comes(browse: Browse, cleared: Person) -> None:
    told = answer(page(browse(cleared, "zh-hans"), EXPORTS))
    assert re.match(
        r"2025年6月为 [\d.,]+ 亿元，预期 [\d.,]+（80%区间[\d.,]+–[\d.,]+），属(正常|略偏低|略偏高|明显偏低|明显偏高)；",
        told,
    ), told
    assert re.search(r"未来6个月合计预计 [\d.,]+ 亿元（80%区间[\d.,]+–[\d.,]+）", told), told
    assert "2025-07-21" in told and "合成数据" in told
    english = answer(page(browse(cleared), EXPORTS))
    assert "the next 6 months together" in english and not re.search(r"[\u4e00-\u9fff]", english), english


def test_a_fall_that_lasts_is_told_though_the_month_is_as_expected(
    browse: Browse, cleared: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = queries.outlook_of(cleared, read(*EXPORTS, {}))
    for kind, zh, en in (("drop", "持续偏低", "below"), ("rise", "持续偏高", "above")):
        lasts = replace(found, lasts=Lasts(kind, 202502))
        monkeypatch.setattr(queries, "outlook_of", lambda *_args, told=lasts, **_more: told)
        assert f"约自2025年2月起较半年前的预期{zh}" in answer(page(browse(cleared, "zh-hans"), EXPORTS))
        assert f"{en} what was expected half a year before since about" in answer(page(browse(cleared), EXPORTS))


def test_the_engine_s_lasting_fall_reaches_the_page() -> None:
    values = (100 + 10 * np.cos(np.arange(66) * np.pi / 6))[None, :]
    values[0, -5:] *= 0.7
    assert _lasts(lasting(values, 202001), 202506) == Lasts("drop", 202502)
    values[0, -5:] /= 0.7
    assert _lasts(lasting(values, 202001), 202506) is None


def test_the_fan_opens_at_the_months_ahead_and_its_intervals_lie_in_each_other(browse: Browse, cleared: Person) -> None:
    fan = data(page(browse(cleared), EXPORTS, horizon="12"), "fan-data")
    assert fan["labels"][-1] == "2026-06" and fan["labels"][-13] == "2025-06"
    assert all(value is None for value in fan["actual"][-12:]) and all(value is None for value in fan["point"][:-12])
    rows = list(zip(*(fan[name][-12:] for name in ("low95", "low80", "point", "high80", "high95")), strict=True))
    assert all(list(row) == sorted(row) for row in rows), rows


def test_a_festival_ahead_is_told_beside_those_that_were(browse: Browse, cleared: Person) -> None:
    text = page(browse(cleared), EXPORTS, horizon="12")
    table = text[text.index("What the festival did") :]
    years = re.findall(r'<th scope="row">(\d{4})( \(ahead\))?</th><td>(\d{4}-\d\d-\d\d)</td>', table)
    assert years[0] == ("2026", " (ahead)", "2026-02-17") and ("2025", "", "2025-01-29") in years


def test_a_question_narrowed_as_in_the_explorer_is_the_series_of_that_member(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    whole, part = (data(page(client, EXPORTS, **more), "fan-data") for more in ({}, {"where.county": "990101"}))
    known = [(a, b) for a, b in zip(whole["actual"], part["actual"], strict=True) if a is not None]
    assert known and all(b < a for a, b in known)
    text = page(client, EXPORTS, **{"where.county": "990101"})
    assert "County bureau" in text or "990101" in text


def test_an_earlier_day_knows_less_and_forecasts_from_there(browse: Browse, cleared: Person) -> None:
    fan = data(page(browse(cleared), EXPORTS, as_of="2025-02-25"), "fan-data")
    last = max(label for label, value in zip(fan["labels"], fan["actual"], strict=True) if value is not None)
    assert last < "2025-03" and fan["labels"][-1] > last


@pytest.mark.parametrize(
    "query",
    [{"as_of": "2026-01-01"}, {"as_of": "soon"}, {"horizon": "0"}, {"horizon": "99"}, {"horizon": "٣"},
     {"where.country": "Atlantis"}, {"where.planet": "Mars"}],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_in_a_sentence(browse: Browse, cleared: Person, query: dict[str, str]) -> None:
    text = page(browse(cleared, "zh-hans"), EXPORTS, **query)
    assert 'role="alert"' in text and re.search(r"[\u4e00-\u9fff]", answer(text))
    assert "fan-data" not in text


@pytest.mark.parametrize("which", [["no_such_thing", "990100"], ["trade_value", "999998"], ["trade_value", "000000"]])
def test_an_unknown_series_is_not_found(browse: Browse, cleared: Person, which: list[str]) -> None:
    assert browse(cleared).get(reverse("foresight:outlook", args=which)).status_code == 404


def test_who_has_no_role_sees_no_number(house: House, browse: Browse, cleared: Person) -> None:
    text = page(browse(house.people.nobody), EXPORTS)
    assert "fan-data" not in text and "components" not in text
    assert not re.search(r"\d[\d,]*\.\d", answer(text)), answer(text)


def test_single_firms_are_for_who_is_cleared_and_reading_them_leaves_a_trail(
    browse: Browse, cleared: Person, uncleared: Person
) -> None:
    code = series_set(
        sources(), catalogue(), EXPORTS[0], EXPORTS[1], by=["uscc"], months=3, reach=Reach(ALL, "confidential")
    ).keys[0][0]
    refused = page(browse(uncleared), EXPORTS, **{"where.uscc": code})
    assert 'role="alert"' in refused and "fan-data" not in refused
    assert not Event.objects.filter(verb="data.seen", person=cleared).exists()
    page(browse(cleared), EXPORTS, **{"where.uscc": code})
    assert Event.objects.filter(verb="data.seen", person=cleared).count() == 1


def test_a_short_history_is_an_answer(browse: Browse, house: House, figures: Path) -> None:
    """Only the first months of 2024 were known in the summer of that year."""
    text = page(browse(house.people.director), ["trade_value", "330200"], as_of="2024-08-30")
    assert "Too little history" in text or "No monthly figures" in text
    assert "neither verdict nor forecast" in answer(text) or "No monthly" in answer(text)


def test_published_figures_have_an_outlook_too(browse: Browse, house: House, figures: Path) -> None:
    told = answer(page(browse(house.people.director, "zh-hans"), ["trade_value", "330200"]))
    assert told.startswith("2025年6月为") and "亿元" in told and "合成数据" not in told


def test_the_file_has_history_and_months_ahead_and_says_that_it_is_invented(browse: Browse, cleared: Person) -> None:
    found = browse(cleared).get(reverse("foresight:outlook", args=EXPORTS), {"export": "csv"})
    assert found["Content-Disposition"] == 'attachment; filename="outlook-customs_export_value-990100.csv"'
    rows = list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))
    months = {row[0]: row for row in rows[1:-1]}
    assert months["2025-06"][1] and not months["2025-06"][5]
    assert not months["2025-07"][1] and months["2025-07"][5]
    assert "ynthetic" in rows[-1][0]


def test_a_page_costs_few_queries(browse: Browse, cleared: Person, django_assert_max_num_queries: Any) -> None:
    client = browse(cleared)
    page(client, EXPORTS)
    with django_assert_max_num_queries(25):
        page(client, EXPORTS)


def test_the_series_and_the_explorer_lead_to_the_outlook(browse: Browse, cleared: Person) -> None:
    client = browse(cleared)
    address = reverse("foresight:outlook", args=EXPORTS)
    assert address in client.get(reverse("web:series", args=EXPORTS)).content.decode()
    question = {"code": EXPORTS[0], "region": EXPORTS[1], "period": "2025-01:2025-06", "by": "county"}
    explorer = client.get(reverse("web:explorer"), question).content.decode()
    assert f"{address}?where.county=990101" in explorer


def test_the_quarter_in_progress_is_a_part_of_its_own(browse: Browse, house: House, cleared: Person) -> None:
    address = reverse("foresight:nowcast", args=EXPORTS)
    assert f'hx-get="{address}"' in page(browse(cleared), EXPORTS)
    told = browse(cleared).get(address).content.decode()
    assert re.search(r"Q3 2025: [\d.,]+ hundred million yuan \(80% interval [\d.,]+–[\d.,]+\)", told), told
    assert "0 of its 3 months are known" in told and "synthetic data" in told
    assert "nowcast/" not in page(browse(cleared), EXPORTS, **{"where.county": "990101"}), "of the whole only"
    assert browse(cleared).get(address, {"where.county": "990101"}).content.strip() == b""
    assert not re.search(r"\d\.\d", browse(house.people.nobody).get(address).content.decode())

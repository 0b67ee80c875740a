"""The ranking of counties: who computes, who signs, who sees what, and what a county may say against it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files

import pytest
from django.urls import reverse

from commercebrain.desk.cases import actions as cases
from commercebrain.desk.warnings.models import Ranking
from commercebrain.desk.warnings.ranking import actions, declared, measuring, queries
from commercebrain.engine.cases.ranking import Measured
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.periods import Period

pytestmark = pytest.mark.django_db
AT = datetime(2025, 7, 21, 9, tzinfo=BEIJING)


@pytest.fixture
def measured(monkeypatch):
    """What two counties did, in place of a lake."""

    def found(declaration, bureau, period):
        rows = {
            code: {
                "filed": Measured(Decimal(filed), 20, ("2025-W20 ×20",)), "answered": Measured(Decimal(answered), 6, ("海YJ〔2025〕1号",)),
            }
            for code, filed, answered in (("330203", 100, 90), ("330212", 90, 100))
        }  # fmt: skip
        names = {"330203": ("海曙区", "Haishu"), "330212": ("鄞州区", "Yinzhou")}
        return measuring.Found(rows, names, False)

    monkeypatch.setattr(measuring, "measure", found)
    numbered = declared.rankings()["response"].model_copy(update={"approval": "甬政办发〔2025〕1号"})
    monkeypatch.setattr(actions, "rankings", lambda: {"response": numbered})


@pytest.fixture
def made(house, measured):
    return actions.compute(house.units.ningbo, "response", "2025-Q2", house.people.trader)


def opened(client, person, pk):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("ranking:ranking", args=[pk]))


def test_every_point_names_its_rule_and_its_events(made):
    row = next(one for one in made.result["rows"] if one["key"] == "330212")
    item = next(one for one in row["items"] if one["code"] == "answered")
    assert item["points"] == "30.00" and item["why"]["zh"] and item["which"] == ["海YJ〔2025〕1号"]
    unscored = next(one for one in row["items"] if one["code"] == "recovered")
    assert unscored["points"] is None and unscored["why"]["en"]


def test_a_county_sees_its_own_row_alone_until_the_leader_has_signed(client, house, made):
    mine = queries.sight(house.people.county, made)
    assert [row["key"] for row in mine.rows(made)] == ["330203"]
    page = opened(client, house.people.county, made.pk).content.decode()
    assert "海曙区" in page and "鄞州区" not in page and 'class="table list-table' in page
    actions.sign(made, house.people.director)
    assert len(queries.sight(house.people.county, made).rows(made)) == 2
    assert "鄞州区" in opened(client, house.people.county, made.pk).content.decode()


def test_an_export_holds_no_row_that_the_page_does_not_show(client, house, made):
    client.force_login(house.people.county, backend="django.contrib.auth.backends.ModelBackend")
    file = client.get(reverse("ranking:ranking", args=[made.pk]), {"export": "csv"}).content.decode("utf-8-sig")
    assert "海曙区" in file and "鄞州区" not in file


def test_the_leader_signs_and_never_who_computed_it(house, measured, made):
    with pytest.raises(UserError, match="leader"):
        actions.sign(made, house.people.trader)
    own = actions.compute(house.units.ningbo, "response", "2025-05", house.people.director)
    with pytest.raises(UserError, match="yourself"):
        actions.sign(own, house.people.director)
    assert actions.sign(made, house.people.director).signed_by == house.people.director
    with pytest.raises(UserError):
        actions.sign(made, house.people.director)


def test_a_signed_ranking_is_not_computed_again_and_an_unsigned_one_is_replaced(house, made):
    again = actions.compute(house.units.ningbo, "response", "2025-Q2", house.people.trader)
    assert again.pk == made.pk and Ranking.objects.count() == 1
    actions.sign(again, house.people.director)
    with pytest.raises(UserError, match="signed"):
        actions.compute(house.units.ningbo, "response", "2025-Q2", house.people.trader)


def test_who_signs_what_was_computed_anew_meanwhile_is_told(house, made):
    Ranking.objects.filter(pk=made.pk).update(made_at=AT)
    with pytest.raises(UserError, match="anew"):
        actions.sign(made, house.people.director)


def test_a_county_appeals_for_itself_alone_and_its_appeal_is_not_shown_to_its_sister(client, house, made):
    haishu, yinzhou = (house.regions[code] for code in ("330203", "330212"))
    actions.appeal(made, haishu, house.people.county, "W22系统故障，请核实")
    with pytest.raises(UserError, match="own county"):
        actions.appeal(made, yinzhou, house.people.county, "替邻区申诉")
    actions.sign(made, house.people.director)
    assert "系统故障" in opened(client, house.people.trader, made.pk).content.decode()
    assert "系统故障" not in opened(client, house.people.neighbour, made.pk).content.decode()


def test_what_a_county_said_stays_when_the_ranking_is_computed_anew(house, made):
    actions.appeal(made, house.regions["330203"], house.people.county, "请核实")
    again = actions.compute(house.units.ningbo, "response", "2025-Q2", house.people.trader)
    assert [one["text"] for one in again.result["appeals"]] == ["请核实"]


def test_a_county_neither_computes_nor_sees_another_citys_ranking(house, made):
    with pytest.raises(UserError):
        actions.compute(house.units.ningbo, "response", "2025-Q2", house.people.county)
    assert queries.find(house.people.sister, made.pk) is None
    assert queries.find(house.people.firm, made.pk) is None


def test_a_period_spans_its_days():
    assert measuring.span(Period.parse("2025-Q2")) == (date(2025, 4, 1), date(2025, 6, 30))
    assert measuring.span(Period.parse("2024")) == (date(2024, 1, 1), date(2024, 12, 31))
    assert measuring.span(Period.parse("2025-01..03")) == (date(2025, 1, 1), date(2025, 3, 31))


def test_a_rate_is_counted_over_its_denominator():
    assert measuring.denominator("response_rate") == "response_due"
    assert measuring.denominator("response_due") == "response_due"


def test_a_case_that_was_withdrawn_is_not_named_among_those_that_were_counted(house):
    told = {"unit": house.units.haishu, "region": house.regions["330203"], "title": "在手订单下降"}
    one, other = (cases.start("warning_response", **told) for _ in range(2))
    cases.withdraw(other, house.people.county, "重复")
    named = measuring.names_of("response_opened", house.units.ningbo, Period.parse("2025-07"), ["330203", "330212"])
    assert dict(named) == {"330203": [one.number]}


def test_the_bureau_that_ranks_has_no_county_of_its_own(client, house, made):
    assert not queries.sight(house.people.trader, made).own and queries.sight(house.people.trader, made).whole
    page = opened(client, house.people.trader, made.pk).content.decode()
    assert "place 1 of" not in page and "列第1位" not in page


def test_the_rule_of_a_rate_and_what_was_measured_say_per_cent(client, house, made):
    page = opened(client, house.people.trader, made.pk).content.decode()
    assert "100%" in page and "80%" in page and "90%" in page
    assert page.index("list-table") < page.index("rank-method"), "the result stands before the method"


@pytest.mark.database
def test_who_computes_anew_after_the_signature_meets_it(house, made, monkeypatch):
    """A signature that comes while figures are measured stays."""
    measure = measuring.measure

    def meanwhile(*asked):
        actions.sign(Ranking.objects.get(pk=made.pk), house.people.director)
        return measure(*asked)

    monkeypatch.setattr(measuring, "measure", meanwhile)
    with pytest.raises(UserError, match="signed"):
        actions.compute(house.units.ningbo, "response", "2025-Q2", house.people.trader)
    assert Ranking.objects.get(pk=made.pk).signed_by == house.people.director


def test_the_number_of_the_sample_scores_nobody_in_a_real_city(house, made, monkeypatch):
    assert made.result["rows"][0]["total"] is not None
    monkeypatch.setattr(actions, "rankings", declared.rankings)
    again = actions.compute(house.units.ningbo, "response", "2025-Q2", house.people.trader)
    assert [row["total"] for row in again.result["rows"]] == [None, None] and again.declaration["approval"] == ""
    assert "批准文号" in again.result["rows"][0]["items"][0]["why"]["zh"]


def test_a_bureau_sets_its_own_number_without_a_programmer(house, measured, monkeypatch, settings, tmp_path):
    shipped = (files("commercebrain.catalogue") / "rankings" / "response.yaml").read_text(encoding="utf-8")
    own = tmp_path / "catalogue" / "rankings" / "response.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(shipped.replace("示例批准文号", "甬商考〔2025〕3号"), encoding="utf-8")
    settings.HOME = tmp_path
    monkeypatch.setattr(actions, "rankings", declared.rankings)
    made = actions.compute(house.units.ningbo, "response", "2025-Q2", house.people.trader)
    assert made.declaration["approval"] == "甬商考〔2025〕3号" and made.result["rows"][0]["place"] == 1

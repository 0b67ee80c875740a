"""A further signal of a firm that is worked on joins its case; closing the case settles all of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.desk.warnings.conftest import MONDAY, declared, of_firms
from tests.house import House

from commercebrain.desk.cases import actions as cases
from commercebrain.desk.cases.actions import moving
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.warnings import queries
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.models import Signal, SignalStep
from commercebrain.desk.warnings.permission import Refused

pytestmark = pytest.mark.django_db
TUESDAY = MONDAY + timedelta(days=1)
OVER = {"contacted_on": "2025-07-21", "contact_way": "call", "finding": "explained", "situation": "季节性检修"}


@pytest.fixture
def two(in_use: Any, firms: Any, run: Any) -> tuple[Signal, Signal]:
    """Two signals of one firm in 海曙 by two rules that are answered by the same kind of case."""
    for code in ("R900", "R902"):
        in_use(declared(code, case="warning_response", proposes=["visit"]))
    run(of_firms(firms, [-0.5, 0, 0]))
    return Signal.objects.get(rule="R900"), Signal.objects.get(rule="R902")


def end(case: Case, person: Any) -> Case:
    """The case ends as explained, by its own steps."""
    moving.move(case, person, "acknowledge")
    moving.move(case, person, "contact", values=OVER)
    return moving.move(case, person, "close_explained", sentence="情况正常")


def test_a_second_signal_joins_the_case_whose_clocks_run_on_and_closing_settles_both(
    two: tuple[Signal, Signal], house: House
) -> None:
    first, second = two
    case = acts.open_case(first, house.people.county)
    before = list(case.clocks.values_list("code", "started_at", "due_at", "met_at"))
    version, updated = case.version, Case.objects.get().updated_at
    assert acts.open_case(second, house.people.county, seen=second.version) == case and Case.objects.count() == 1
    assert list(case.clocks.values_list("code", "started_at", "due_at", "met_at")) == before
    case.refresh_from_db()
    assert (case.version, case.updated_at) == (version, updated), "nobody who has it open is told of a conflict"
    second.refresh_from_db()
    assert second.case == case and second.due_at is None
    assert SignalStep.objects.get(signal=second, what="case_joined").sentence == case.number
    assert Event.objects.filter(verb="case.cause_joined", subject_id=str(case.pk)).count() == 1
    line = Outgoing.objects.filter(row__template="signal", row__case=f"signal-{second.pk}").order_by("-pk")[0].row
    assert (line["responded"], line["acted"]) == (1, 1), "who lets it join has answered it"
    end(case, house.people.county)
    assert set(Signal.objects.values_list("end", "closed_on")) == {(Signal.End.HANDLED, MONDAY)}
    assert [queries.record_of_rule(code, house.units.ningbo).handled for code in ("R900", "R902")] == [1, 1]


def test_a_case_that_is_withdrawn_lets_all_its_signals_ask_again(two: tuple[Signal, Signal], house: House) -> None:
    case = acts.open_case(two[0], house.people.county)
    acts.open_case(two[1], house.people.county)
    moving.withdraw(case, house.people.county, "重复立项")
    assert set(Signal.objects.values_list("case", "told_on", "closed_at")) == {(None, None, None)}


def test_a_new_case_beside_it_needs_a_reason_and_keeps_it(two: tuple[Signal, Signal], house: House) -> None:
    case = acts.open_case(two[0], house.people.county)
    with pytest.raises(Refused, match="beside"):
        acts.reason_beside("  ")
    beside = acts.open_case(two[1], house.people.county, beside="另一笔订单，由他人经办")
    assert beside != case and beside.origin == f"warnings.signal:{two[1].pk}"
    assert "另一笔订单" in SignalStep.objects.get(signal=two[1], what="case_opened").sentence
    assert Event.objects.get(verb="signal.case_beside").data["reason"] == "另一笔订单，由他人经办"
    end(case, house.people.county)
    two[1].refresh_from_db()
    assert two[1].closed_at is None, "each case settles its own"


def test_a_level_that_opens_its_case_by_itself_joins_the_one_that_there_is(
    in_use: Any, firms: Any, run: Any, house: House
) -> None:
    by_hand = cases.start(
        "warning_response", unit=house.units.haishu, region=house.units.haishu.region, title="走访", enterprise=firms[0],
        person=house.people.county,
    )  # fmt: skip
    in_use(declared("R900", case="warning_response"))
    in_use(declared("R902", case="warning_response"))
    run(of_firms(firms, [-0.8, -0.8, 0]))
    own, other = (Signal.objects.filter(enterprise=firm) for firm in firms[:2])
    assert {row.case for row in own} == {by_hand}, "one that was begun by hand is joined too"
    assert len({row.case for row in other}) == 1 and Case.objects.count() == 2
    end(by_hand, house.people.county)
    assert {row.end for row in own.all()} == {Signal.End.HANDLED} and {row.end for row in other.all()} == {""}


def test_only_a_case_in_sight_of_the_same_firm_and_template_is_joined(
    two: tuple[Signal, Signal], firms: Any, run: Any, house: House
) -> None:
    run(of_firms(firms, [-0.5, -0.5, 0]), on=TUESDAY)
    other = acts.open_case(Signal.objects.get(rule="R900", enterprise=firms[1]), house.people.county)
    with pytest.raises(Refused, match="not of the same firm"):
        acts.open_case(two[0], house.people.county, join=other.pk)
    case = acts.open_case(two[0], house.people.county)
    assert case != other
    Case.objects.filter(pk=case.pk).update(unit=house.units.shaoxing)
    assert acts.open_case(two[1], house.people.county) not in (case, other), (
        "out of sight: nobody joins what they cannot read"
    )


def test_the_card_offers_to_join_first_and_the_case_tells_all_its_causes(
    client: Any, two: tuple[Signal, Signal], house: House
) -> None:
    client.force_login(house.people.county, backend="django.contrib.auth.backends.ModelBackend")
    first, second = two
    client.post(f"/warnings/{first.pk}/case/", {"version": first.version})
    case = Case.objects.get()
    card = client.get(f"/warnings/{second.pk}/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert card.index(f"并入事项 {case.number}") < card.index("另行立项")
    asked = {"version": second.version, "beside": "1", "sentence": ""}
    refused = client.post(f"/warnings/{second.pk}/case/", asked, HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert refused.status_code == 422 and "另行立项" in refused.content.decode() and Case.objects.count() == 1
    done = client.post(f"/warnings/{second.pk}/case/", {"version": second.version, "join": case.pk})
    assert done.status_code == 302 and done["Location"] == f"/cases/{case.pk}/"
    page = client.get(f"/cases/{case.pk}/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    causes = page[page.index('id="causes"') :]
    assert "R900" in causes and "R902" in causes and causes.count("<details>") == 2
    told = client.get(f"/api/cases/{case.pk}").json()["causes"]
    assert [one["origin"] for one in told] == [f"warnings.signal:{row.pk}" for row in two]
    assert {one["rule"] for one in told} == {"R900", "R902"} and all(one["sentence"]["zh"] for one in told)


def test_a_program_lets_a_signal_join_or_says_why_not(client: Any, two: tuple[Signal, Signal], house: House) -> None:
    client.force_login(house.people.county, backend="django.contrib.auth.backends.ModelBackend")
    first, second = two

    def sent(row: Signal, **asked: Any) -> Any:
        body = {"version": row.version, **asked}
        return client.post(
            f"/api/signals/{row.pk}/case", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=f"k{row.pk}{len(asked)}"
        )  # fmt: skip

    case = sent(first).json()["case"]
    assert sent(second, join=case + 99).status_code == 409
    assert sent(second).json()["case"] == case

"""Break-down, nature and adjustments of targets: who may, what counts from when, and what is never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from tests.answers import body

from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.plans.models import Target
from commercebrain.desk.plans.outlook import assessments, outlook
from commercebrain.desk.responsibility import actions, queries
from commercebrain.desk.responsibility.models import Adjustment, Allocation
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
World = SimpleNamespace
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def paper() -> ContentFile:
    return ContentFile(PDF, name="批复.pdf")


def approved(world: World, **more: Any) -> Adjustment:
    people = world.house.people
    made = actions.propose(
        people.planner,
        world.target,
        reason="外部环境变化",
        asked_of="宁波市人民政府",
        **(more or {"value": Decimal(9000)}),
    )
    return actions.approve(
        people.clerk, made, number="甬政发[2025]12号", approved_on=date(2025, 5, 20), effective_on=date(2025, 6, 1),
        document=paper(),
    )  # fmt: skip


def test_the_shortfall_of_the_parts_is_said_in_the_first_line(world: World, figures: Path, browse: Browse) -> None:
    actions.allocate(
        world.house.people.planner, world.target, {("330203", 2025): Decimal(4000), ("330212", 2025): Decimal("4500.5")}
    )
    page = browse(world.house.people.director, "zh-hans").get(f"/targets/{world.target.pk}/breakdown/").content.decode()
    assert "8,500.5" in page and "1,499.5" in page and "差" in page
    assert "不可测" in page  # counties have no published exports, so no state is made up
    target_page = browse(world.house.people.director).get(f"/targets/{world.target.pk}/").content.decode()
    assert "1,499.5 hundred million yuan short" in target_page


def test_a_ratio_has_parts_but_no_sum_and_the_page_says_why(world: World, empty_lake: Any, browse: Browse) -> None:
    Target.objects.filter(pk=world.target.pk).update(kind="ratio", indicator="export_import_ratio", unit_text=":1")
    actions.allocate(world.house.people.planner, Target.objects.get(), {("330203", 2025): Decimal(2)})
    found = queries.breakdown(world.house.people.planner, Target.objects.get(), outlook(world.house.people.planner))
    assert not found.adds and found.sums == ()
    page = browse(world.house.people.planner).get(f"/targets/{world.target.pk}/breakdown/").content.decode()
    assert "do not add up" in page


def test_a_county_sees_its_own_part_and_no_other(world: World, empty_lake: Any, browse: Browse) -> None:
    people = world.house.people
    actions.allocate(people.planner, world.target, {("330203", 2025): Decimal(4000), ("330212", 2025): Decimal(4321)})
    assert [row.region.code for row in queries.allocations(people.county)] == ["330203"]
    page = browse(people.county).get("/parts/").content.decode()
    assert "4,000" in page and "4,321" not in page
    assert f"/targets/{world.target.pk}/breakdown/" not in page, "the target is not in the county's sight: no dead link"
    assert f"/targets/{world.target.pk}/breakdown/" in browse(people.planner).get("/parts/").content.decode()
    world.document.classification = "public"
    world.document.save()
    whole = browse(people.county).get(f"/targets/{world.target.pk}/breakdown/").content.decode()
    assert "4,000" in whole and "4,321" not in whole and "Save the parts" not in whole
    assert not queries.allocations(people.sister).exists()


def test_parts_are_written_all_or_none_and_only_for_counties_below(world: World) -> None:
    planner = world.house.people.planner
    with pytest.raises(UserError, match="330600"):
        actions.allocate(planner, world.target, {("330203", 2025): Decimal(1), ("330600", 2025): Decimal(2)})
    with pytest.raises(UserError, match="2031"):
        actions.allocate(planner, world.target, {("330203", 2031): Decimal(1)})
    assert not Allocation.objects.exists()
    with pytest.raises(UserError) as fault:
        actions.allocate(world.house.people.county, world.target, {("330203", 2025): Decimal(1)})
    assert fault.value.code == "not_permitted"


def test_a_path_that_turns_back_needs_a_reason(world: World) -> None:
    planner, path = world.house.people.planner, {("330203", 2024): Decimal(5), ("330203", 2025): Decimal(4)}
    with pytest.raises(UserError, match="2025"):
        actions.allocate(planner, world.target, path)
    assert actions.allocate(planner, world.target, path, reason="企业外迁") == 2
    assert actions.allocate(planner, world.target, path, reason="企业外迁") == 0


def test_of_two_editors_of_one_break_down_the_later_is_told(world: World) -> None:
    planner, seen = world.house.people.planner, world.target.version
    actions.allocate(planner, world.target, {("330203", 2025): Decimal(5)}, seen=seen)
    with pytest.raises(Conflict):
        actions.allocate(planner, Target.objects.get(), {("330203", 2025): Decimal(6)}, seen=seen)
    assert Allocation.objects.get().value == 5


def test_a_typed_break_down_is_saved_and_a_wrong_one_keeps_what_was_typed(
    world: World, empty_lake: Any, browse: Browse
) -> None:
    client, address = browse(world.house.people.planner), f"/targets/{world.target.pk}/breakdown/"
    assert client.post(address, {"r330203y2025": "4000", "r330212y2025": ""}).status_code == 302
    assert Allocation.objects.get().region.code == "330203"
    answer = client.post(address, {"r330203y2024": "9999", "r330203y2025": "12"})
    assert answer.status_code == 422 and 'value="9999"' in answer.content.decode()


def test_an_adjustment_counts_from_its_effective_day_and_earlier_views_show_the_earlier_value(
    world: World, figures: Path
) -> None:
    planner = world.house.people.planner
    approved(world)
    values = {
        day: assessments(planner, day)[0].terms.value
        for day in (date(2025, 5, 31), date(2025, 6, 1), date(2025, 7, 21))
    }
    assert values == {date(2025, 5, 31): 10000, date(2025, 6, 1): 9000, date(2025, 7, 21): 9000}
    assert Target.objects.get().value == 10000  # what the plan prints stays


def test_a_proposal_changes_nothing_before_it_is_approved(world: World, figures: Path, browse: Browse) -> None:
    planner = world.house.people.planner
    made = actions.propose(planner, world.target, value=Decimal(9000), reason="外部环境变化", asked_of="宁波市人民政府")
    assert assessments(planner)[0].terms.value == 10000
    page = browse(planner).get(f"/adjustments/{made.pk}/").content.decode()
    assert "until then the target stays as it is" in page and "somebody else records" in page


def test_who_proposes_cannot_record_the_approval(world: World) -> None:
    planner = world.house.people.planner
    made = actions.propose(planner, world.target, value=Decimal(9000), reason="外部", asked_of="宁波市人民政府")
    with pytest.raises(UserError) as fault:
        actions.approve(planner, made, number="甬政发〔2025〕12号", approved_on=date(2025, 5, 20), document=paper())
    assert fault.value.status == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.update(
            state="approved", closed_by=planner, approval_number="x", document="x", approved_on=date(2025, 5, 20),
            effective_on=date(2025, 5, 20),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "同意"}, "documents.number"),
        ({"number": "甬政发〔2026〕1号"}, "documents.number_year"),
        ({"approved_on": date(2025, 8, 1)}, "adjustments.dates"),
        ({"effective_on": date(2025, 5, 1)}, "adjustments.dates"),
        ({"document": None}, "adjustments.no_document"),
    ],
)
def test_no_approval_without_a_plausible_number_day_and_document(
    world: World, change: dict[str, Any], code: str
) -> None:
    people = world.house.people
    made = actions.propose(people.planner, world.target, value=Decimal(9000), reason="外部", asked_of="市人民政府")
    told = {"number": "甬政发〔2025〕12号", "approved_on": date(2025, 5, 20), "document": paper()}
    with pytest.raises(UserError) as fault:
        actions.approve(people.clerk, made, **{**told, **change})
    assert fault.value.code == code
    made.refresh_from_db()
    assert made.state == "proposed"


@pytest.mark.database
@pytest.mark.parametrize("missing", ["approval_number", "document", "approved_on"])
def test_the_database_itself_refuses_an_approval_without_its_papers(world: World, missing: str) -> None:
    made = approved(world)
    empty = None if missing == "approved_on" else ""
    with pytest.raises(IntegrityError), transaction.atomic():
        Adjustment.objects.filter(pk=made.pk).update(**{missing: empty})


def test_a_closed_proposal_stays_closed_and_in_the_history(world: World) -> None:
    people = world.house.people
    made = actions.propose(people.planner, world.target, value=Decimal(9000), reason="外部", asked_of="市人民政府")
    actions.decline(people.clerk, made, "暂不调整")
    with pytest.raises(UserError) as fault:
        actions.approve(
            people.clerk, made, number="甬政发〔2025〕12号", approved_on=date(2025, 5, 20), document=paper()
        )
    assert fault.value.status == 409
    again = actions.propose(people.planner, world.target, year=2027, reason="外部", asked_of="市人民政府")
    actions.withdraw(people.planner, again)
    assert [row.state for row in queries.history(world.target)] == ["withdrawn", "declined"]


def test_two_adjustments_build_on_each_other_and_keep_what_they_changed(world: World) -> None:
    approved(world)
    approved(world, year=2027, schedule={2026: Decimal(8500)})
    live = Target.objects.get().in_force(date(2025, 7, 21))
    assert (live.value, live.target_year, live.schedule_values()) == (9000, 2027, {2026: Decimal(8500)})
    newest = Adjustment.objects.order_by("-pk").first()
    assert newest is not None and Decimal(newest.old["value"]) == 9000


def test_the_approval_is_entered_with_its_document_and_the_document_comes_back_as_a_file(
    world: World, empty_lake: Any, browse: Browse
) -> None:
    people = world.house.people
    made = actions.propose(people.planner, world.target, value=Decimal(9000), reason="外部", asked_of="市人民政府")
    client = browse(people.clerk)
    typed = {"number": "甬政发【2025】12号", "approved_on": "2025-05-20", "effective_on": ""}
    bad = client.post(
        f"/adjustments/{made.pk}/approve/", {**typed, "document": ContentFile(b"MZ\x90", name="批复.pdf")}
    )
    assert bad.status_code == 422
    assert client.post(f"/adjustments/{made.pk}/approve/", {**typed, "document": paper()}).status_code == 302
    made.refresh_from_db()
    assert (made.approval_number, made.effective_on) == ("甬政发〔2025〕12号", date(2025, 5, 20))
    got = client.get(f"/adjustments/{made.pk}/document/")
    assert body(got) == PDF and "attachment" in got["Content-Disposition"]


def test_binding_is_said_with_clause_and_reason_and_a_correction_of_the_row_does_not_take_it_back(world: World) -> None:
    planner = world.house.people.planner
    with pytest.raises(UserError):
        actions.set_nature(planner, world.target, "binding", "", "")
    actions.set_nature(planner, world.target, "binding", "专栏1", "主要指标表注明约束性")
    from commercebrain.desk.plans.actions.publish import publish

    publish([world.target.finding])
    assert Target.objects.get().nature == "binding"


def test_an_expected_target_has_a_gap_where_a_binding_one_is_unmet(world: World, figures: Path) -> None:
    planner = world.house.people.planner
    Target.objects.update(target_year=2024, value=20000)
    expected = assessments(planner)[0]
    assert expected.state == "off_path" and "失败" not in expected.assessment.reason_zh
    actions.set_nature(planner, Target.objects.get(), "binding", "专栏1", "约束性")
    bound = assessments(planner)[0]
    assert bound.state == "unmet" and bound.assessment.reason_zh.startswith("未完成")


def test_what_somebody_built_on_cannot_go_back_to_review(world: World) -> None:
    from commercebrain.desk.plans.actions.publish import withdraw

    actions.allocate(world.house.people.planner, world.target, {("330203", 2025): Decimal(4000)})
    with pytest.raises(UserError) as fault, transaction.atomic():
        withdraw([world.target.finding])
    assert fault.value.code == "plans.in_use" and connection.vendor

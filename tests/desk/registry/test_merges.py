"""Two rows become one firm and two again: nothing is lost on the way there or back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.depth import examples

from commercebrain.desk.core import attachments
from commercebrain.desk.core.models import Attachment
from commercebrain.desk.people.models import Annotation
from commercebrain.desk.registry import actions
from commercebrain.desk.registry.doubles import all_doubles, candidates
from commercebrain.desk.registry.models import (
    Enterprise,
    EnterpriseContact,
    EnterpriseFlag,
    EnterpriseMerge,
    EnterpriseName,
    Region,
)
from commercebrain.desk.registry.relations import moving, undeclared
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError

BACKEND = "django.contrib.auth.backends.ModelBackend"


def state() -> list[Any]:
    """All that belongs to firms, without the counters of changes."""
    rows: list[Any] = [
        (model._meta.label, row)
        for model, field in moving()
        for row in model._default_manager.order_by("pk").values_list("pk", field)
    ]
    fields = ("pk", "uscc", "name_zh", "name_en", "status", "region", "unit", "merged_into", "tags")
    rows += [str(row) for row in Enterprise.objects.order_by("pk").values_list(*fields)]
    return rows


def test_every_reference_to_an_enterprise_says_whether_it_moves():
    assert undeclared() == []


class MergesAndTheirUndoing(TestCase):
    """Chains of merges, undone in the reverse order, leave everything as it was."""

    def setUp(self) -> None:
        region = Region.objects.create(code="990101", name_zh="甲区", name_en="Jia", level="county", synthetic=True)
        self.firms = [
            Enterprise.objects.create(
                uscc=uscc.synthetic("990101", n),
                name_zh=f"示例{n}号公司",
                name_en=f"Example {n}",
                region=region,
                synthetic=True,
            )
            for n in range(4)
        ]
        for n, firm in enumerate(self.firms):
            for m in range(n + 1):
                EnterpriseContact.objects.create(enterprise=firm, name=f"人{n}{m}")
            EnterpriseName.objects.create(enterprise=firm, kind="former", name=f"旧名{n}")
            EnterpriseFlag.objects.create(enterprise=firm, code="listed", source="名单")

    @settings(max_examples=examples(25), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5))
    def test_undoing_in_the_reverse_order_is_identity(self, pairs: list[tuple[int, int]]) -> None:
        history = [state()]
        done: list[EnterpriseMerge] = []
        for kept, merged in pairs:
            try:
                done.append(actions.merge(None, self.firms[kept], self.firms[merged], "同一家"))
            except UserError as fault:
                assert fault.code in {"merges.same", "merges.gone"}
                continue
            history.append(state())
        while done:
            assert state() == history.pop()
            actions.undo_merge(None, done.pop())
        assert state() == history.pop()


@pytest.fixture
def two(house):
    told = {"region": house.regions["330203"], "unit": house.units.haishu}
    one = Enterprise.objects.create(uscc="91330201MA2AG0007P", name_zh="海曙恒达服饰有限公司", **told)
    other = Enterprise.objects.create(
        uscc="91330206MA2GR0002M", name_zh="宁波海曙恒达服饰有限责任公司", name_en="Haishu Hengda", **told
    )
    return one, other


@pytest.mark.django_db
def test_the_merged_rows_names_find_the_kept_one_and_its_address_leads_there(client, house, two):
    one, other = two
    actions.merge(house.people.county, one, other, "营业执照副本相同")
    client.force_login(house.people.county, backend=BACKEND)
    answer = client.get(reverse("registry:enterprise", args=[other.pk]))
    assert answer.url == reverse("registry:enterprise", args=[one.pk])
    listed = client.get(reverse("registry:enterprises"), {"q": "有限责任"}).text
    assert "海曙恒达服饰有限公司" in listed and listed.count("</tr>") <= 3


@pytest.mark.django_db
def test_what_came_after_the_merge_stays_and_what_came_with_it_goes_back(house, two):
    one, other = two
    own = EnterpriseContact.objects.create(enterprise=other, name="甲")
    done = actions.merge(house.people.county, one, other, "同一家")
    later = EnterpriseContact.objects.create(enterprise=one, name="乙")
    actions.undo_merge(house.people.county, done)
    own.refresh_from_db()
    later.refresh_from_db()
    assert (own.enterprise, later.enterprise) == (other, one)
    assert not EnterpriseName.objects.exists()


@pytest.mark.django_db
def test_documents_and_remarks_go_along_and_come_back(house, two):
    one, other = two
    paper = Attachment.objects.create(
        subject_type="registry.enterprise", subject_id=str(other.pk), name="营业执照.pdf", size=1, sha256="0" * 64,
        person=house.people.county,
    )  # fmt: skip
    remark = Annotation.objects.create(
        subject_kind="enterprise", subject_id=str(other.pk), author=house.people.evaluator, text="与另一条同址",
        business_date=date(2025, 7, 21),
    )  # fmt: skip
    task = Annotation.objects.create(
        subject_kind="task", subject_id=str(other.pk), author=house.people.evaluator, text="同号的任务",
        business_date=date(2025, 7, 21),
    )  # fmt: skip
    done = actions.merge(house.people.county, one, other, "营业执照副本相同")
    assert [row.name for row in attachments.of(one)] == ["营业执照.pdf"]
    remark.refresh_from_db()
    task.refresh_from_db()
    assert (remark.subject_id, task.subject_id) == (str(one.pk), str(other.pk))
    actions.undo_merge(house.people.county, done)
    paper.refresh_from_db()
    remark.refresh_from_db()
    assert paper.subject_id == remark.subject_id == str(other.pk)
    assert not attachments.of(one)


@pytest.mark.django_db
def test_a_merge_whose_kept_row_was_merged_later_waits_for_that_one(house, two):
    one, other = two
    third = Enterprise.objects.create(uscc="91110000600037341L", name_zh="第三家", region=one.region, unit=one.unit)
    first = actions.merge(None, one, other, "同一家")
    second = actions.merge(None, third, one, "同一家")
    with pytest.raises(UserError) as fault:
        actions.undo_merge(None, first)
    assert fault.value.code == "merges.later_first"
    actions.undo_merge(None, second)
    actions.undo_merge(None, first)
    assert not Enterprise.objects.exclude(merged_into=None).exists()
    with pytest.raises(UserError) as again:
        actions.undo_merge(None, first)
    assert again.value.code == "merges.undone"


@pytest.mark.django_db
def test_only_the_bureau_of_both_rows_merges_them_and_it_says_why(house, two):
    one, other = two
    with pytest.raises(PermissionDenied):
        actions.merge(house.people.sister, one, other, "同一家")
    Enterprise.objects.filter(pk=other.pk).update(unit=house.units.yinzhou)
    other.refresh_from_db()
    with pytest.raises(PermissionDenied):
        actions.merge(house.people.county, one, other, "同一家")
    with pytest.raises(UserError) as fault:
        actions.merge(house.people.planner, one, other, " ")
    assert fault.value.code == "merges.no_reason"


@pytest.mark.django_db
def test_an_invented_firm_and_a_real_one_are_never_one(house, two):
    invented = Enterprise.objects.get(uscc__startswith="9199")
    with pytest.raises(UserError) as fault:
        actions.merge(None, two[0], invented, "同名")
    assert fault.value.code == "merges.synthetic"


@pytest.mark.django_db
def test_likely_doubles_are_shown_with_their_reasons(client, house, two):
    one, other = two
    found = candidates(house.people.county, one)
    assert [firm for firm, _match in found] == [other] and found[0][1].reasons
    assert [(a, b) for a, b, _match in all_doubles(Enterprise.objects.filter(synthetic=False))] in (
        [(one.pk, other.pk)],
        [(other.pk, one.pk)],
    )
    client.force_login(house.people.county, backend=BACKEND)
    page = client.get(reverse("registry:merging", args=[one.pk])).text
    assert other.name_zh in page and "两个代码都有效而不同" in page
    client.post(reverse("registry:merging", args=[one.pk]), {"other": other.pk, "reason": "同一家"})
    done = EnterpriseMerge.objects.get()
    assert (done.kept, done.merged) == (one, other) and done.explanation
    client.post(reverse("registry:merge", args=[done.pk]))
    done.refresh_from_db()
    assert done.undone_on is not None


@pytest.mark.django_db
def test_one_row_that_held_two_firms_is_split(house, two):
    one, _other = two
    name = EnterpriseName.objects.create(enterprise=one, kind="former", name="另一家")
    made = actions.split(
        house.people.county, one, [name], "两家共用一条记录", uscc="91110000600037341L", name_zh="另一家有限公司"
    )
    name.refresh_from_db()
    assert name.enterprise == made and made.region == one.region
    with pytest.raises(UserError) as fault:
        actions.split(None, one, [name], "再拆", uscc="91110000100000000A", name_zh="x")
    assert fault.value.code.startswith(("merges.", "uscc."))

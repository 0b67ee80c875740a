"""When the row of a firm becomes part of another, its warnings and cases go along, and come back when it is set apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from tests.desk.warnings.conftest import MONDAY, declared, of_firms
from tests.house import House

from commercebrain.desk.cases import pages as case_pages
from commercebrain.desk.cases.models import Case, CaseFirm, FollowUp
from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.registry.actions import merge, undo_merge
from commercebrain.desk.warnings import words
from commercebrain.desk.warnings.actions import signals as acts
from commercebrain.desk.warnings.models import Signal, SignalStep

pytestmark = pytest.mark.django_db
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def state() -> list[Any]:
    """All of signals and cases that a merge may touch, without the counters of changes."""
    told = ("pk", "enterprise", "subject", "subject_zh", "subject_en", "end", "closed_at", "closed_on", "due_at", "told_on", "inhibited_by")  # fmt: skip
    rows: list[Any] = list(Signal.objects.order_by("pk").values_list(*told))
    for model in (Case, CaseFirm, FollowUp):
        rows += model._default_manager.order_by("pk").values_list("pk", "enterprise")
    return rows


def steps(signal: Signal) -> list[str]:
    return list(SignalStep.objects.filter(signal=signal).order_by("pk").values_list("what", flat=True))


@pytest.fixture
def rule(in_use: Any) -> None:
    """A rule whose signals are answered by a case."""
    in_use(declared("R900", case="warning_response", proposes=["visit"]))


def test_the_surviving_firms_page_has_warnings_and_cases_of_both_and_undoing_gives_all_back(
    rule: None, firms: Any, run: Any, house: House, client: Any
) -> None:
    kept, gone, _third = firms
    run(of_firms(firms, [0, -0.5, 0]))
    signal = Signal.objects.get()
    case = acts.open_case(signal, house.people.county)
    CaseFirm.objects.create(case=case, enterprise=gone)
    told = {"figure": "customs_export_value", "first": "2025-08", "last": "2025-08", "due_on": MONDAY}
    FollowUp.objects.create(case=case, enterprise=gone, periods=1, **told)
    before = state()
    done = merge(None, kept, gone, "同一家")
    signal.refresh_from_db()
    case.refresh_from_db()
    assert (signal.enterprise, signal.subject, signal.closed_at, case.enterprise) == (kept, kept.uscc, None, kept)
    assert case.follow_ups.get().enterprise == case.firms.get().enterprise == kept
    client.force_login(house.people.county, backend=BACKEND)
    page = client.get(f"{reverse('registry:enterprise', args=[kept.pk])}?tab=whole").content.decode()
    assert f'href="{case_pages.address(case)}"' in page and f'href="{words.signal_address(signal)}"' in page
    FollowUp.objects.create(case=case, enterprise=kept, periods=3, **told)  # planned meanwhile
    undo_merge(None, done)
    assert state() == [*before, (FollowUp.objects.get(periods=3).pk, gone.pk)]
    assert steps(signal)[-1] == "taken_over"


def test_an_open_warning_goes_on_with_the_surviving_firms_facts(rule: None, firms: Any, run: Any) -> None:
    kept, gone, third = firms
    run(of_firms(firms, [0, -0.5, 0]))
    merge(None, kept, gone, "同一家")
    run(of_firms([kept, third], [-0.6, 0]), on=TUESDAY)
    signal = Signal.objects.get()
    assert (signal.closed_at, signal.times, signal.subject_zh) == (None, 2, kept.name_zh)
    run(of_firms([kept, third], [0.1, 0]), on=WEDNESDAY)
    assert Signal.objects.get().end == Signal.End.ENDED
    lines = [row.row["subject"] for row in Outgoing.objects.filter(row__template="signal")]
    assert set(lines) == {f"firm:{gone.uscc}"}, "its line is replaced, never doubled"


@pytest.mark.parametrize("older", ["kept", "gone"])
def test_of_two_warnings_of_one_rule_the_older_goes_on_and_the_newer_says_why_it_closed(
    rule: None, firms: Any, run: Any, older: str
) -> None:
    kept, gone, _third = firms
    run(of_firms(firms, [-0.5, 0, 0] if older == "kept" else [0, -0.5, 0]))
    run(of_firms(firms, [-0.5, -0.5, 0]), on=TUESDAY)
    first, second = Signal.objects.order_by("opened_on")
    before = state()
    done = merge(None, kept, gone, "同一家")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.closed_at, first.subject, first.enterprise) == (None, kept.uscc, kept)
    assert (second.end, second.enterprise, steps(second)[-1]) == (Signal.End.MERGED, kept, "merged")
    assert Event.objects.filter(verb="signal.merged").count() == 1
    undo_merge(None, done)
    assert state() == before and steps(second)[-1] == "reopened"


def test_undoing_opens_nothing_again_where_the_one_that_went_on_has_ended(rule: None, firms: Any, run: Any) -> None:
    kept, gone, third = firms
    run(of_firms(firms, [0, -0.5, 0]))
    run(of_firms(firms, [-0.5, -0.5, 0]), on=TUESDAY)
    done = merge(None, kept, gone, "同一家")
    run(of_firms([kept, third], [0.1, 0]), on=WEDNESDAY)
    undo_merge(None, done)
    assert not Signal.objects.filter(closed_at=None).exists()
    assert set(Signal.objects.values_list("enterprise", "subject")) == {(kept.pk, kept.uscc), (gone.pk, gone.uscc)}


def test_a_warning_whose_case_is_worked_on_goes_on_before_an_older_one_and_two_of_them_both_stay(
    rule: None, firms: Any, run: Any, house: House
) -> None:
    kept, gone, third = firms
    run(of_firms(firms, [-0.5, 0, -0.5]))
    run(of_firms(firms, [-0.5, -0.5, -0.5]), on=TUESDAY)
    acts.open_case(Signal.objects.get(enterprise=gone), house.people.county)
    merge(None, kept, gone, "同一家")
    assert Signal.objects.get(enterprise=kept, closed_at=None).case is not None
    acts.open_case(Signal.objects.get(enterprise=third), house.people.planner)
    before = state()
    done = merge(None, kept, third, "同一家")
    assert Signal.objects.filter(enterprise=kept, closed_at=None).count() == 2
    undo_merge(None, done)
    assert state() == before

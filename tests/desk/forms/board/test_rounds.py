"""Rounds open once, for whom the condition names, and take in who comes later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from tests.desk.forms.board.conftest import MONDAY, form_of

from commercebrain.desk.core.models import Event
from commercebrain.desk.forms import exceptions, moment, rounds
from commercebrain.desk.forms.models import LockException, Report, Round
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import FormKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch, form: FormKind) -> FormKind:
    """The catalogue holds this one form."""
    monkeypatch.setattr(rounds, "declared_forms", lambda: {form.code: form})
    return form


def test_a_form_goes_on_by_itself_where_it_was_opened_once(
    declared: FormKind, city: Any, past: Callable[..., Round]
) -> None:
    assert rounds.open_rounds(date(2025, 7, 21)) == [], "nobody is asked before the bureau has opened the form"
    past(1)
    made = rounds.open_rounds(date(2025, 7, 21))
    assert [(row.period, row.unit) for row in made] == [("2025-W30", city.unit)]
    assert made[0].due_at == datetime(2025, 7, 25, 17, tzinfo=BEIJING) and made[0].approval == "示例批准文号"
    assert made[0].reports.count() == 4
    assert rounds.open_rounds(date(2025, 7, 21)) == []
    assert Event.objects.filter(verb="round.opened").count() == 1


def test_rounds_that_are_locked_by_now_are_not_opened_any_more(
    declared: FormKind, city: Any, past: Callable[..., Round]
) -> None:
    past(6)
    made = rounds.open_rounds(date(2025, 7, 21))
    assert [row.period for row in made] == ["2025-W29", "2025-W30"], "those of earlier weeks are locked"


def test_a_form_that_was_ended_opens_no_more_until_it_is_resumed(
    declared: FormKind, city: Any, past: Callable[..., Round]
) -> None:
    past(1)
    rounds.end_form(city.city, declared, city.unit, "改为月报")
    assert rounds.open_rounds(date(2025, 7, 21)) == []
    rounds.resume_form(city.city, declared, city.unit)
    assert len(rounds.open_rounds(date(2025, 7, 21))) == 1
    with pytest.raises(UserError) as fault:
        rounds.end_form(city.jia, declared, city.unit, "x")
    assert fault.value.status == 403


def test_a_firm_that_comes_later_joins_and_one_that_left_stays_asked(
    declared: FormKind, opened: Round, city: Any
) -> None:
    late = Enterprise.objects.create(
        uscc="91990100MA0000099X", name_zh="新来公司", unit=city.second, region=city.second.region, synthetic=True
    )
    Enterprise.objects.filter(pk=city.firms.c.pk).update(status="closed")
    rounds.open_rounds(date(2025, 7, 21))
    assert set(opened.reports.values_list("enterprise", flat=True)) >= {late.pk, city.firms.c.pk}
    assert Event.objects.get(verb="round.joined").data["count"] == 1


def test_a_firm_that_became_part_of_another_is_excused(declared: FormKind, opened: Round, city: Any) -> None:
    Enterprise.objects.filter(pk=city.firms.c.pk).update(merged_into=city.firms.b)
    rounds.open_rounds(date(2025, 7, 21))
    row = Report.objects.get(round=opened, enterprise=city.firms.c)
    assert row.state == "excused" and row.excuse


def test_the_declaration_stays_as_it_was_when_the_round_opened(declared: FormKind, opened: Round) -> None:
    other = form_of(name={"zh": "改名的表", "en": "Renamed"})
    again, new = rounds.open_round(other, opened.unit, rounds.current_dates(other))
    assert not new and again.pk == opened.pk and again.declaration["name"]["zh"] == "企业订单情况表"


def test_a_round_is_opened_at_once_with_a_reason_and_an_end(city: Any) -> None:
    once = form_of(code="typhoon_check", every="once", opens="00:00", due="12:00")
    end = moment.now() + timedelta(days=2)
    with pytest.raises(UserError, match="理由"):
        rounds.open_by_hand(city.city, once, city.unit, reason=" ", due=end, period="台风")
    row = rounds.open_by_hand(
        city.city, once, city.unit, reason="台风后摸底", due=end, period="台风", approval="浙统〔2025〕1号"
    )
    assert (row.period, row.approval, row.reports.count()) == ("台风", "浙统〔2025〕1号", 4)
    with pytest.raises(UserError, match="已经开启"):
        rounds.open_by_hand(city.city, once, city.unit, reason="再来", due=end, period="台风")
    with pytest.raises(UserError) as fault:
        rounds.open_by_hand(city.jia, once, city.unit, reason="越权", due=end, period="x")
    assert fault.value.status == 403
    assert rounds.open_rounds(date(2025, 7, 21)) == []


def test_the_sample_approval_holds_in_the_invented_city_alone(house: Any, city: Any, form: FormKind) -> None:
    assert rounds.own_approval(form, city.unit) == "示例批准文号"
    assert rounds.own_approval(form, house.units.ningbo) == ""


def test_a_round_is_closed_early_and_noted_once_when_locked(
    declared: FormKind, opened: Round, city: Any, past: Callable[..., Round], sent: Callable[..., Any]
) -> None:
    old = past(3)
    sent(old, city.firms.b)
    rounds.open_rounds(date(2025, 7, 21))
    rounds.open_rounds(date(2025, 7, 21))
    noted = Event.objects.get(verb="round.locked")
    assert {key: noted.data[key] for key in ("asked", "filed", "missing")} == {"asked": 4, "filed": 1, "missing": 3}
    closed = rounds.close(city.city, opened, "系统演练结束")
    assert closed.locks_at <= moment.now() and closed.due_at <= closed.locks_at
    with pytest.raises(UserError, match="已经锁定"):
        rounds.close(city.city, closed, "再次")


def test_a_firm_is_excused_with_a_reason_while_it_has_sent_nothing(
    opened: Round, city: Any, sent: Callable[..., Any]
) -> None:
    row = Report.objects.select_related("round", "enterprise", "unit").get(round=opened, enterprise=city.firms.b)
    with pytest.raises(UserError, match="理由"):
        rounds.excuse(row, city.yi, " ")
    with pytest.raises(UserError, match="免报"):
        rounds.excuse(row, city.jia, "停产")
    assert rounds.excuse(row, city.yi, "停产").state == "excused"
    sent(opened, city.firms.c)
    other = Report.objects.select_related("round", "enterprise", "unit").get(round=opened, enterprise=city.firms.c)
    with pytest.raises(UserError, match="已经报送"):
        rounds.excuse(other, city.yi, "停产")


def test_an_exception_to_a_lock_is_asked_by_one_and_granted_by_another(past: Callable[..., Round], city: Any) -> None:
    row = past(3)
    end = moment.now() + timedelta(days=1)
    asked = exceptions.ask(city.user, row, reason="系统故障", until=end, enterprise=city.firms.own)
    assert asked.unit == city.office and asked.granted is None
    assert exceptions.ask(city.user, row, reason="再说一次", until=end, enterprise=city.firms.own).pk == asked.pk
    for who in ("user", "yi"):
        with pytest.raises(UserError) as fault:
            exceptions.decide(asked, getattr(city, who), grant=True)
        assert fault.value.status == 403
    granted = exceptions.decide(asked, city.gate, grant=True)
    assert granted.granted and granted.decided_by == city.gate
    with pytest.raises(UserError, match="已由他人"):
        exceptions.decide(LockException.objects.get(pk=asked.pk), city.city, grant=False, reason="x")
    own = exceptions.ask(city.city, row, reason="全区补报", until=end, unit=city.unit)
    with pytest.raises(UserError):
        exceptions.decide(own, city.city, grant=True)
    assert exceptions.decide(own, city.chief, grant=False, reason="不必").granted is False
    assert set(exceptions.in_sight(city.user)) == {asked} and own in exceptions.in_sight(city.chief)
    assert Event.objects.filter(verb__startswith="lock.").count() == 4


@pytest.mark.parametrize(
    ("firm", "until", "reason", "words"),
    [("b", 1, "x", "不能为它"), ("own", -1, "x", "晚于现在"), ("own", 1, " ", "理由")],
)
def test_an_exception_needs_a_right_a_reason_and_an_end_to_come(
    past: Callable[..., Round], city: Any, firm: str, until: int, reason: str, words: str
) -> None:
    row, end = past(3), moment.now() + timedelta(days=until)
    with pytest.raises(UserError, match=words):
        exceptions.ask(city.user, row, reason=reason, until=end, enterprise=getattr(city.firms, firm))


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_workers_open_a_round_once(declared: FormKind, city: SimpleNamespace, past: Callable[..., Round]) -> None:
    past(1)
    made: list[int] = []
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait()
            made.append(len(rounds.open_rounds(date(2025, 7, 21))))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 0, 1]
    row = Round.objects.get(period="2025-W30")
    assert row.reports.count() == 4 and row.opens_at == MONDAY
    assert Event.objects.filter(verb="round.opened").count() == 1


def test_holidays_that_are_not_known_yet_stop_one_form_and_are_told_once_a_day(
    city: Any, past: Callable[..., Round], form: FormKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = past(1)
    other = form_of(code="by_days", due="friday 17:00", locks_after="5 working days")
    monkeypatch.setattr(rounds, "declared_forms", lambda: {"broken": other, form.code: form})
    Round.objects.create(
        form="broken", period=last.period, unit=city.unit, declaration=last.declaration, opens_at=last.opens_at,
        due_at=last.due_at, locks_at=last.locks_at,
    )  # fmt: skip
    real = rounds._open_due

    def opening(one: FormKind, *more: Any) -> Any:
        if one is other:
            raise UserError("workdays.unknown_year", "没有2027年的放假安排", "The holiday notice for 2027 is not known")
        return real(one, *more)

    monkeypatch.setattr(rounds, "_open_due", opening)
    assert [row.form for row in rounds.open_rounds(date(2025, 7, 21))] == [form.code]
    rounds.open_rounds(date(2025, 7, 21))
    told = Event.objects.get(verb="round.failed")
    assert told.unit == city.unit and "2027" in told.data["why"]


def test_what_is_told_at_the_lock_counts_as_the_board_does(
    declared: FormKind, city: Any, past: Callable[..., Round], sent: Callable[..., Any]
) -> None:
    row = past(3)
    sent(row, city.firms.a)
    sent(row, city.firms.b, state="returned")
    rounds.note_locked()
    told = Event.objects.get(verb="round.locked").data
    assert (told["asked"], told["filed"], told["missing"]) == (4, 1, 3), "what was sent back is not reported"

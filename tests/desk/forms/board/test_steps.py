"""A report goes up step by step, and back with a sentence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from commercebrain.desk.core.models import Event
from commercebrain.desk.forms import rounds, steps
from commercebrain.desk.forms.models import Remark, Report, Round, StepTaken
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was put into the outbox."""
    from commercebrain.desk.forms import outbox

    put: list[int] = []
    monkeypatch.setattr(outbox, "put", lambda report: put.append(report.pk))
    return put


def report_of(row: Round, firm: Enterprise) -> Report:
    return Report.objects.select_related("round", "enterprise", "unit").get(round=row, enterprise=firm)


def test_a_report_goes_from_the_township_to_the_county_and_passes(
    opened: Round, city: Any, sent: Callable[..., Any], shipped: list[int]
) -> None:
    own = report_of(opened, city.firms.own)
    assert own.unit == city.office
    sent(opened, city.firms.own)
    row = steps.pass_on(own, city.gate, "已核")
    assert (row.unit, row.state, row.step) == (city.first, "sent", 1) and not shipped
    assert Report.objects.visible_to(city.gate).filter(pk=row.pk).exists(), "the township goes on reading it"
    row = steps.pass_on(row, city.jia)
    assert (row.state, row.step) == ("passed", 2) and row.passed_at and shipped == [row.pk]
    taken = StepTaken.objects.filter(report=row)
    assert [(one.step, one.verdict, one.unit) for one in taken] == [
        ("township", "passed", city.office), ("county", "passed", city.first),
    ]  # fmt: skip
    verbs = Event.objects.filter(subject_type="forms.report", subject_id=str(row.pk)).values_list("verb", flat=True)
    assert set(verbs) == {"report.passed_on", "report.passed"}


def test_a_township_without_an_office_is_passed_over(
    opened: Round, city: Any, sent: Callable[..., Any], shipped: list[int]
) -> None:
    row = report_of(opened, city.firms.b)
    assert row.unit == city.second
    sent(opened, city.firms.b)
    assert steps.pass_on(row, city.yi).state == "passed" and shipped == [row.pk]


def test_a_report_is_sent_back_with_a_sentence_and_remarks_and_comes_back_to_who_sent_it_back(
    opened: Round, city: Any, sent: Callable[..., Any]
) -> None:
    sent(opened, city.firms.own)
    row = report_of(opened, city.firms.own)
    notes = [
        {"field": "orders_in_hand", "text": "单位像是美元"},
        {"line": 1, "text": "编码不对"},
        {"field": "note", "text": " "},
    ]
    row = steps.send_back(row, city.gate, "请核对单位", notes)
    assert (row.state, row.unit, row.step) == ("returned", city.office, 0)
    kept = Remark.objects.filter(report=row).values_list("field", "line", "text")
    assert list(kept) == [("orders_in_hand", None, "单位像是美元"), ("", 1, "编码不对")]
    told = Event.objects.get(verb="report.returned")
    assert told.data["sentence"] == "请核对单位" and told.data["firm"] == city.firms.own.pk
    sent(opened, city.firms.own, number=2)
    row = steps.pass_on(report_of(opened, city.firms.own), city.gate)
    assert row.unit == city.first


def test_what_has_passed_changes_only_after_it_was_sent_back(
    opened: Round, city: Any, sent: Callable[..., Any], shipped: list[int]
) -> None:
    sent(opened, city.firms.b)
    row = steps.pass_on(report_of(opened, city.firms.b), city.yi)
    row = steps.send_back(row, city.yi, "数字有误")
    assert (row.state, row.passed_at) == ("returned", None)
    sent(opened, city.firms.b, number=2)
    assert steps.pass_on(report_of(opened, city.firms.b), city.yi).state == "passed" and len(shipped) == 2


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("jia", "reports.not_yours"),
        ("yi", "reports.not_yours"),
        ("city", "reports.not_yours"),
        ("user", "reports.not_yours"),
    ],
)
def test_only_the_unit_that_handles_a_report_decides_on_it(
    opened: Round, city: Any, sent: Callable[..., Any], who: str, code: str
) -> None:
    sent(opened, city.firms.own)
    with pytest.raises(UserError) as fault:
        steps.pass_on(report_of(opened, city.firms.own), getattr(city, who))
    assert (fault.value.code, fault.value.status) == (code, 403)


def test_nobody_passes_what_they_sent_themselves(opened: Round, city: Any, sent: Callable[..., Any]) -> None:
    sent(opened, city.firms.b, by=city.yi)
    with pytest.raises(UserError, match="本人报送"):
        steps.pass_on(report_of(opened, city.firms.b), city.yi)


def test_what_was_sent_anew_meanwhile_is_looked_at_first(opened: Round, city: Any, sent: Callable[..., Any]) -> None:
    sent(opened, city.firms.b)
    row = report_of(opened, city.firms.b)
    sent(opened, city.firms.b, number=2)
    with pytest.raises(UserError, match="重新报送") as fault:
        steps.pass_on(row, city.yi, seen=1)
    assert fault.value.status == 409
    assert steps.pass_on(row, city.yi, seen=2).state == "passed"


@pytest.mark.parametrize(
    ("remarks", "code"),
    [([{"line": 2, "text": "x"}], "reports.no_line"), ([{"field": "nothing", "text": "x"}], "reports.no_question")],
)
def test_a_remark_stands_at_a_question_or_a_line_that_is_there(
    opened: Round, city: Any, sent: Callable[..., Any], remarks: list[dict[str, Any]], code: str
) -> None:
    sent(opened, city.firms.b)
    with pytest.raises(UserError) as fault:
        steps.send_back(report_of(opened, city.firms.b), city.yi, "请改", remarks)
    assert fault.value.code == code
    assert not StepTaken.objects.exists() and report_of(opened, city.firms.b).state == "sent", "nothing half written"


def test_sending_back_wants_a_sentence_and_something_sent(opened: Round, city: Any) -> None:
    row = report_of(opened, city.firms.b)
    with pytest.raises(UserError, match="一句话"):
        steps.send_back(row, city.yi, "  ")
    with pytest.raises(UserError, match="还没有报送"):
        steps.send_back(row, city.yi, "请改")


def test_a_firm_that_moved_is_handled_where_it_is_and_counted_where_it_was_asked(
    opened: Round, city: Any, sent: Callable[..., Any]
) -> None:
    sent(opened, city.firms.own)
    firm = city.firms.own
    Enterprise.objects.filter(pk=firm.pk).update(unit=city.second, region=city.regions["990102"], township=city.south)
    assert rounds.hand_over(opened) == 1 and rounds.hand_over(opened) == 0
    row = report_of(opened, firm)
    assert (row.unit, row.county.code) == (city.second, "990101")
    assert Event.objects.filter(verb="report.moved").count() == 1
    assert not Report.objects.visible_to(city.gate).filter(pk=row.pk).exists()
    assert not Report.objects.visible_to(city.jia).filter(pk=row.pk).exists()
    assert steps.pass_on(row, city.yi).state == "passed"


def test_a_firm_that_moved_is_decided_on_by_its_new_county_at_once(
    opened: Round, city: Any, sent: Callable[..., Any]
) -> None:
    sent(opened, city.firms.own)
    Enterprise.objects.filter(pk=city.firms.own.pk).update(
        unit=city.second, region=city.regions["990102"], township=None
    )
    with pytest.raises(UserError, match="乙区商务局"):
        steps.pass_on(report_of(opened, city.firms.own), city.gate)
    row = steps.pass_on(report_of(opened, city.firms.own), city.yi)
    assert (row.unit, row.state) == (city.second, "passed")


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_passing_and_sending_back_at_once_one_happens(
    opened: Round, city: SimpleNamespace, sent: Callable[..., Any]
) -> None:
    sent(opened, city.firms.a)
    pk = report_of(opened, city.firms.a).pk
    done: list[str] = []
    faults: list[str] = []
    start = threading.Barrier(2)

    def act(what: str) -> None:
        try:
            row = Report.objects.select_related("round", "enterprise").get(pk=pk)
            start.wait()
            if what == "pass":
                steps.pass_on(row, city.jia)
            else:
                steps.send_back(row, city.jia2, "请改")
            done.append(what)
        except UserError as fault:
            faults.append(fault.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(what,)) for what in ("pass", "back")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = Report.objects.get(pk=pk)
    if done == ["back"] or faults:  # passed after it was sent back: told; sent back first, then nothing passes
        assert len(done) == 1 and faults == ["reports.overtaken"] and StepTaken.objects.count() == 1
    else:  # passed first: what has passed may still be sent back
        assert done[0] == "pass" and row.state == "returned" and StepTaken.objects.count() == 2
    assert row.state in ("passed", "returned")


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_who_pass_at_once_pass_once(opened: Round, city: SimpleNamespace, sent: Callable[..., Any]) -> None:
    sent(opened, city.firms.a)
    pk = report_of(opened, city.firms.a).pk
    results: list[str] = []
    start = threading.Barrier(2)

    def act(person: Any) -> None:
        try:
            row = Report.objects.select_related("round", "enterprise").get(pk=pk)
            start.wait()
            steps.pass_on(row, person)
            results.append("passed")
        except UserError as fault:
            results.append(fault.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(person,)) for person in (city.jia, city.jia2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["passed", "reports.overtaken"] and StepTaken.objects.count() == 1

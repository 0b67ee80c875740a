"""Reminders go out under an approval, once a working day, within working hours, and each try is written down."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from commercebrain.desk.core.models import Event
from commercebrain.desk.forms import connectors, reminders
from commercebrain.desk.forms.models import Reminder, Report, Round
from commercebrain.desk.notices.dispatch import dispatch
from commercebrain.desk.notices.models import Notice
from commercebrain.desk.registry.models import EnterpriseContact
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


def owed(row: Round, *firms: Any) -> list[Report]:
    return list(
        Report.objects.filter(round=row, enterprise__in=firms)
        .select_related("round", "enterprise", "unit")
        .order_by("pk")
    )


def test_the_firms_users_are_told_and_the_try_is_written_down(opened: Round, city: Any) -> None:
    dispatch()
    done = reminders.remind(city.city, owed(opened, city.firms.own), ["inbox"])
    assert reminders.send_due(done.written) == {"sent": 1, "failed": 0, "off": 0}
    dispatch()
    assert Notice.objects.get(kind="report_reminders").person == city.user
    row = Reminder.objects.get()
    assert (row.state, row.by, row.report.enterprise) == (
        "sent",
        city.city,
        city.firms.own,
    ) and "2025-07-25 17:00" in row.text


def test_at_most_once_a_day_for_each_report(opened: Round, city: Any) -> None:
    reports = owed(opened, city.firms.own, city.firms.a)
    assert len(reminders.remind(city.city, reports, ["inbox", "webhook"]).written) == 4
    again = reminders.remind(city.city, reports, ["inbox"])
    assert not again.written and {reason for _name, reason, _en in again.refused} == {"今天已经提醒过"}
    Reminder.objects.update(at=datetime(2025, 7, 18, 15, tzinfo=BEIJING))
    assert len(reminders.remind(city.city, reports, ["inbox"]).written) == 2


def test_nobody_is_reminded_without_approval_after_reporting_or_by_a_stranger(
    opened: Round, past: Callable[..., Round], city: Any, sent: Callable[..., Any]
) -> None:
    bare = past(1, approval="")
    sent(opened, city.firms.b)
    reports = [*owed(bare, city.firms.own), *owed(opened, city.firms.b)]
    done = reminders.remind(city.city, reports, ["inbox"])
    assert not done.written and [zh for _n, zh, _en in done.refused] == ["没有批准文号，不催报", "企业已经报送"]
    for who in ("yi", "user"):
        done = reminders.remind(getattr(city, who), owed(opened, city.firms.own), ["inbox"])
        assert [zh for _n, zh, _en in done.refused] == ["不由您办理"]
    with pytest.raises(UserError, match="提醒方式"):
        reminders.remind(city.city, reports, ["smoke_signals"])


@pytest.mark.parametrize(
    ("moment", "works"),
    [("2025-07-21 08:29", False), ("2025-07-21 08:30", True), ("2025-07-21 17:30", False), ("2025-07-20 10:00", False),
     ("2025-09-28 10:00", True), ("2025-10-01 10:00", False)],
)  # fmt: skip
def test_reminders_keep_to_working_hours(monkeypatch: pytest.MonkeyPatch, moment: str, works: bool) -> None:
    monkeypatch.setattr(reminders, "pinned", lambda: False)
    assert reminders.working_hours(datetime.fromisoformat(moment).replace(tzinfo=BEIJING)) is works


def test_what_is_asked_for_outside_working_hours_waits(
    opened: Round, city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "working_hours", lambda moment: False)
    reminders.remind(city.city, owed(opened, city.firms.own), ["inbox"])
    assert reminders.send_due() == {"sent": 0, "failed": 0, "off": 0}
    monkeypatch.setattr(reminders, "working_hours", lambda moment: True)
    assert reminders.send_due()["sent"] == 1 and reminders.send_due()["sent"] == 0


def test_mail_webhooks_and_connectors_are_off_until_configured(opened: Round, city: Any) -> None:
    ways = ["mail", "webhook", *connectors.connectors()]
    assert [on for code, _name, on in reminders.channels() if code in ways] == [False] * len(ways)
    done = reminders.remind(city.city, owed(opened, city.firms.own), ways)
    assert reminders.send_due(done.written) == {"sent": 0, "failed": 0, "off": len(ways)}


def test_a_firm_that_reported_meanwhile_is_left_alone(opened: Round, city: Any, sent: Callable[..., Any]) -> None:
    done = reminders.remind(city.city, owed(opened, city.firms.own), ["inbox"])
    sent(opened, city.firms.own)
    assert reminders.send_due(done.written)["off"] == 1 and not Event.objects.filter(verb="report.reminded").exists()


# --- gateways ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def gateway(settings: Any, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A gateway on loopback; ``answers`` says what it replies next."""
    held = SimpleNamespace(calls=[], status=200, answer={"code": 0})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.calls.append((dict(self.headers), json.loads(body)))
            told = json.dumps(held.answer).encode()
            self.send_response(held.status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = tmp_path / "connectors.yaml"
    address = f"http://127.0.0.1:{server.server_port}/send"
    file.write_text(
        f"sms_gateway: {{address: '{address}', secret: s3}}\noffice_messenger: {{address: '{address}', secret: t}}\n"
    )
    settings.CONNECTORS_FILE = str(file)
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    yield held
    server.shutdown()
    server.server_close()


def test_a_text_message_goes_to_the_main_contact_and_the_look_is_recorded(
    opened: Round, city: Any, gateway: SimpleNamespace
) -> None:
    firm = city.firms.a
    EnterpriseContact.objects.create(enterprise=firm, name="张三", phone="138 0000 0001", main=True)
    EnterpriseContact.objects.create(enterprise=firm, name="李四", phone="138 0000 0002")
    done = reminders.remind(city.city, owed(opened, firm), ["sms_gateway"], "请今天填报")
    assert reminders.send_due(done.written)["sent"] == 1
    headers, body = gateway.calls[0]
    assert len(gateway.calls) == 1 and headers["Authorization"] == "Bearer s3"
    assert body["mobile"] == "13800000001" and body["content"].endswith("请今天填报")
    look = Event.objects.get(verb="data.seen_for")
    assert look.person == city.city and look.data["reason"] == "催报提醒"
    assert "13800000001" not in json.dumps(list(Reminder.objects.values("detail", "text"))), "no number in the log"


@pytest.mark.parametrize(
    ("status", "answer", "state"),
    [(200, {"code": "0"}, "sent"), (200, {"code": 4012, "message": "余额不足"}, "failed"), (503, {}, "failed"), (200, [], "failed")],
)  # fmt: skip
def test_a_gateway_has_succeeded_when_its_answer_says_so(
    opened: Round, city: Any, gateway: SimpleNamespace, status: int, answer: Any, state: str
) -> None:
    gateway.status, gateway.answer = status, answer
    EnterpriseContact.objects.create(enterprise=city.firms.a, name="张三", phone="13800000001")
    done = reminders.remind(city.city, owed(opened, city.firms.a), ["sms_gateway"])
    reminders.send_due(done.written)
    assert Reminder.objects.get().state == state


def test_a_firm_without_a_number_is_a_failed_try_not_an_error(
    opened: Round, city: Any, gateway: SimpleNamespace
) -> None:
    done = reminders.remind(city.city, owed(opened, city.firms.a), ["sms_gateway", "office_messenger"])
    assert reminders.send_due(done.written)["failed"] == 2 and not gateway.calls


def test_a_gateway_inside_the_own_network_is_not_called_unless_it_is_listed(
    opened: Round, city: Any, gateway: SimpleNamespace, settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = []
    EnterpriseContact.objects.create(enterprise=city.firms.a, name="张三", phone="13800000001")
    done = reminders.remind(city.city, owed(opened, city.firms.a), ["sms_gateway"])
    assert reminders.send_due(done.written)["failed"] == 1 and not gateway.calls
    assert "CBRAIN_WEBHOOK_NETWORKS" in Reminder.objects.get().detail


def test_a_file_of_connectors_that_cannot_be_read_switches_all_off(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("sms_gateway: [1, 2")
    settings.CONNECTORS_FILE = str(file)
    assert not connectors.is_on("sms_gateway")
    with pytest.raises(UserError, match="CBRAIN_CONNECTORS"):
        connectors.configured()


@pytest.mark.parametrize("code", sorted(connectors.connectors()))
def test_the_examples_of_each_declared_connector_hold(code: str) -> None:
    one = connectors.connectors()[code]
    assert one.examples
    for example in one.examples:
        if "given" in example:
            assert one.filled(example["given"]) == example["sends"]
        else:
            body = json.dumps(example["answer"].get("body", {})).encode()
            assert one.success.holds(example["answer"]["status"], body) is example["good"]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_two_who_remind_at_once_remind_once_and_two_workers_send_once(opened: Round, city: SimpleNamespace) -> None:
    pk = owed(opened, city.firms.own)[0].pk
    counts: list[int] = []
    start = threading.Barrier(2)

    def act(person: Any) -> None:
        try:
            report = Report.objects.select_related("round", "enterprise", "unit").get(pk=pk)
            start.wait()
            reminders.remind(person, [report], ["inbox"])
            start.wait()
            counts.append(reminders.send_due()["sent"])
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(person,)) for person in (city.city, city.chief)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 1] and Reminder.objects.count() == 1
    assert Event.objects.filter(verb="report.reminded").count() == 1
    assert Reminder.objects.get().at > datetime(2025, 7, 21, tzinfo=BEIJING) - timedelta(minutes=1)


def test_what_waits_over_a_weekend_and_a_wish_of_monday_are_one_reminder(
    opened: Round, city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "pinned", lambda: False)
    report = owed(opened, city.firms.own)

    def asked_at(text: str) -> int:
        moment = datetime.fromisoformat(text).replace(tzinfo=BEIJING)
        monkeypatch.setattr(reminders, "now", lambda: moment)
        return len(reminders.remind(city.city, report, ["inbox"]).written)

    asked = [asked_at(f"2025-07-{text}") for text in ("21 17:40", "22 09:00", "22 17:31", "23 17:29", "24 08:00")]
    assert asked == [1, 0, 1, 0, 1], "one goes out on a working day, whenever it was asked for"


def test_a_way_that_reached_nobody_leaves_another_open(opened: Round, city: Any) -> None:
    report = owed(opened, city.firms.own)
    reminders.send_due(reminders.remind(city.city, report, ["mail"]).written)
    assert Reminder.objects.get().state == "off"
    assert len(reminders.remind(city.city, report, ["inbox"]).written) == 1


def test_a_gateway_whose_address_is_left_empty_is_off(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text("sms_gateway:\n  address:\n  secret: x\n", encoding="utf-8")
    settings.CONNECTORS_FILE = str(file)
    assert not connectors.is_on("sms_gateway")

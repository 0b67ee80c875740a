"""Calls to other programs: signed so that a receiver can tell, retried, never into the own network unasked."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from tests.desk.notices.conftest import Listener, happened
from tests.house import House

from commercebrain.desk.core.models import Event
from commercebrain.desk.notices import actions, webhooks
from commercebrain.desk.notices.dispatch import dispatch
from commercebrain.desk.notices.models import Call, Endpoint
from commercebrain.desk.notices.webhooks import call_due
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "receive-webhooks.md"


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """What a receiver does: the code that the documents give to receivers, and not our own function."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return bool(names["verified"](secret, headers, body))


@pytest.fixture
def registered(begun: House, listener: Listener) -> tuple[Endpoint, str]:
    return actions.register_endpoint(begun.people.admin, "邻居", listener.url, begun.units.ningbo, ["plans"])


def test_an_event_reaches_the_program_signed_and_in_both_languages(
    begun: House, listener: Listener, registered: tuple[Endpoint, str]
) -> None:
    happened(begun, unit="haishu")
    happened(begun, unit="shaoxing")  # not below
    happened(begun, "audit.changed")  # another kind
    dispatch()
    assert call_due() == (1, 0) and call_due() == (0, 0)
    ((headers, body),) = listener.got
    assert verified(registered[1], headers, body) and not verified(webhooks.new_secret(), headers, body)
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    told = json.loads(body)
    assert told["type"] == "plan.read" and told["data"]["unit"] == begun.units.haishu.pk
    assert "读取" in told["data"]["sentence"]["zh"] and "was read" in told["data"]["sentence"]["en"]


def test_a_refusal_is_tried_again_under_the_same_id_and_given_up_after_a_day(
    begun: House, listener: Listener, registered: tuple[Endpoint, str]
) -> None:
    happened(begun)
    dispatch()
    listener.answers = [500, 302]
    assert call_due() == (0, 1) and call_due() == (0, 0)
    later = timezone.now() + timedelta(minutes=5)
    assert call_due(later) == (0, 1)  # a redirect is not followed
    assert len(listener.got) == 2
    assert call_due(timezone.now() + timedelta(hours=1)) == (1, 0)
    assert len({headers["webhook-id"] for headers, _body in listener.got}) == 1
    call = Call.objects.get()
    assert call.state == Call.State.DONE and call.tries == 3
    assert actions.call_again(begun.people.admin, call)
    Call.objects.update(made_at=timezone.now() - timedelta(days=2))
    listener.answers = [500]
    call_due()
    assert Call.objects.get().state == Call.State.FAILED


def test_while_a_secret_changes_both_are_good(
    begun: House, listener: Listener, registered: tuple[Endpoint, str]
) -> None:
    endpoint, earlier = registered
    secret = actions.change_secret(begun.people.admin, endpoint)
    happened(begun)
    dispatch()
    call_due()
    headers, body = listener.got[0]
    assert verified(secret, headers, body) and verified(earlier, headers, body)
    Endpoint.objects.update(earlier_until=timezone.now() - timedelta(seconds=1))
    happened(begun)
    dispatch()
    call_due()
    headers, body = listener.got[1]
    assert verified(secret, headers, body) and not verified(earlier, headers, body)


def test_a_program_that_keeps_failing_is_paused_and_the_administrators_are_told(
    begun: House, listener: Listener, registered: tuple[Endpoint, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "PAUSE_AFTER", 2)
    listener.answers = [500, 500]
    happened(begun)
    happened(begun)
    dispatch()
    assert call_due() == (0, 2)
    endpoint = Endpoint.objects.get()
    assert not endpoint.active and endpoint.paused_because == "500"
    assert Event.objects.filter(verb="webhook.paused").count() == 1
    assert call_due(timezone.now() + timedelta(hours=2)) == (0, 0)
    actions.switch_endpoint(begun.people.admin, endpoint, True)
    assert call_due(timezone.now() + timedelta(hours=2)) == (2, 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://localhost:8000/", "http://10.1.2.3/", "http://169.254.169.254/latest",
        "http://[::1]/", "http://0.0.0.0/", "http://192.168.1.1/", "http://[::ffff:10.0.0.1]/", "ftp://example.org/",
        "http://user:secret@example.org/", "http:///nohost", "file:///etc/passwd", "http://2130706433/",
        "http://no-such-host.invalid/",
    ],
)  # fmt: skip
def test_an_address_inside_is_refused_with_a_sentence(house: House, settings: Any, url: str) -> None:
    settings.WEBHOOKS_ARE_ON = True
    with pytest.raises(UserError) as fault:
        actions.register_endpoint(house.people.admin, "x", url, house.units.ningbo, ["plans"])
    assert fault.value.code == "webhooks.address" and url in fault.value.zh


def test_a_name_that_changes_its_meaning_after_registration_is_not_called(
    begun: House, listener: Listener, registered: tuple[Endpoint, str], settings: Any
) -> None:
    happened(begun)
    dispatch()
    settings.WEBHOOK_NETWORKS = []  # what was allowed at registration is so no longer
    assert call_due() == (0, 1) and not listener.got


def test_where_webhooks_are_off_nothing_is_registered_and_nothing_called(
    begun: House, listener: Listener, registered: tuple[Endpoint, str], settings: Any
) -> None:
    settings.WEBHOOKS_ARE_ON = False
    happened(begun)
    dispatch()
    assert call_due() == (0, 0) and not listener.got
    with pytest.raises(UserError, match="CBRAIN_WEBHOOKS"):
        actions.register_endpoint(begun.people.admin, "y", listener.url, begun.units.ningbo, ["plans"])


@pytest.mark.parametrize("who", ["director", "county", "it", "nobody"])
def test_only_who_runs_the_system_registers_programs(house: House, listener: Listener, who: str) -> None:
    with pytest.raises(PermissionDenied):
        actions.register_endpoint(getattr(house.people, who), "x", listener.url, house.units.ningbo, ["plans"])


def test_of_two_workers_one_makes_the_call(
    begun: House, listener: Listener, registered: tuple[Endpoint, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    happened(begun)
    dispatch()
    send = webhooks._send
    rounds: list[tuple[int, int]] = []

    def slow(*given: Any) -> int:
        if not rounds:
            rounds.append((9, 9))
            rounds[0] = call_due()  # the other worker looks while this one calls
        return send(*given)

    monkeypatch.setattr(webhooks, "_send", slow)
    assert call_due() == (1, 0) and rounds == [(0, 0)] and len(listener.got) == 1


def test_a_secret_is_unreadable_in_the_database_and_under_another_key(
    begun: House, listener: Listener, registered: tuple[Endpoint, str], settings: Any
) -> None:
    endpoint, secret = registered
    assert secret.removeprefix("whsec_") not in str(Endpoint.objects.values_list().get())
    happened(begun)
    dispatch()
    settings.SECRET_KEY = "another-key-for-this-test"
    assert call_due() == (0, 1) and "change the secret" in Call.objects.get().answer
    actions.change_secret(begun.people.admin, endpoint)
    assert call_due(timezone.now() + timedelta(hours=1)) == (1, 0)


def test_an_address_in_chinese_is_called_and_one_that_breaks_the_caller_holds_up_no_other(
    begun: House, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("甲", "乙"):
        actions.register_endpoint(
            begun.people.admin, name, f"{listener.url}/推送?名={name}", begun.units.ningbo, ["plans"]
        )
    happened(begun)
    dispatch()
    sent, broken = webhooks._send, iter([True])

    def once_broken(*given: Any) -> int:
        if next(broken, False):
            raise KeyError("a fault of the program")
        return sent(*given)

    monkeypatch.setattr(webhooks, "_send", once_broken)
    assert call_due() == (1, 1)
    assert Call.objects.get(state=Call.State.WAITING).answer == "KeyError"
    assert call_due(timezone.now() + timedelta(hours=1)) == (1, 0) and len(listener.got) == 2


@pytest.mark.parametrize("address", ["2002:a00:1::", "64:ff9b::a00:1", "64:ff9b::7f00:1", "fe80::1%eth0", "ff02::1"])
def test_an_inside_address_carried_by_another_is_refused(
    house: House, settings: Any, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    settings.WEBHOOKS_ARE_ON = True
    monkeypatch.setattr(webhooks.socket, "getaddrinfo", lambda *given, **more: [(10, 1, 6, "", (address, 443, 0, 0))])
    with pytest.raises(UserError, match="内部网络"):
        webhooks.resolve("https://example.org/")


def test_the_page_of_a_new_program_shows_its_secret_once(house: House, listener: Listener, client: Any) -> None:
    client.force_login(house.people.admin)
    fields = {"name": "邻居", "url": listener.url, "unit": house.units.ningbo.pk, "kinds": ["plans"]}
    answer = client.post("/receivers/new/", {**fields, "url": "http://[::1]:1/x"})
    assert answer.status_code == 422 and "内部网络" in answer.content.decode()
    page = client.post("/receivers/new/", fields)
    assert page.status_code == 302
    assert "whsec_" in client.get(page.url).content.decode() and "whsec_" not in client.get(page.url).content.decode()
    assert client.post(f"{page.url}secret/").status_code == 302
    assert "whsec_" in client.get(page.url).content.decode()
    client.force_login(house.people.root)
    assert client.post("/receivers/new/", {**fields, "unit": house.units.nanjing.pk}).status_code == 302
    client.force_login(house.people.admin)
    assert client.post("/receivers/new/", {**fields, "unit": house.units.nanjing.pk}).status_code == 422

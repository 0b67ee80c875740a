"""Mail: only when configured, only to confirmed addresses, tried again, stopped by one click."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from tests.desk.notices.conftest import happened
from tests.house import House

from commercebrain.desk.access.limits import TooMany
from commercebrain.desk.core.events import record
from commercebrain.desk.notices import actions
from commercebrain.desk.notices.dispatch import dispatch
from commercebrain.desk.notices.models import Mail, MailAddress, Notice, Subscription
from commercebrain.desk.notices.sending import backoff, digest_time, send_due
from commercebrain.engine.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(settings: Any, begun: House) -> House:
    """A mail server (kept in memory), and a director who confirmed an address."""
    settings.MAIL_IS_CONFIGURED = True
    settings.PUBLIC_ADDRESS = "https://brain.example"
    actions.set_address(begun.people.director, "director@example.org")
    (letter,) = mail.outbox
    actions.confirm_address(re.search(r"/notices/confirm/([^/\s]+)/", letter.body).group(1))  # type: ignore[union-attr]
    mail.outbox.clear()
    return begun


def test_without_a_mail_server_nothing_leaves(begun: House) -> None:
    actions.set_address(begun.people.director, "director@example.org")
    actions.subscribe(begun.people.director, "plans", mail=Mail.AT_ONCE)
    happened(begun)
    dispatch()
    assert send_due() == (0, 0) and not mail.outbox
    assert Notice.objects.get(person=begun.people.director).mail == Notice.Sending.WAITING


def test_a_notice_goes_at_once_in_the_persons_language_with_a_way_to_stop(post: House) -> None:
    actions.subscribe(post.people.director, "plans", mail=Mail.AT_ONCE)
    happened(post)
    dispatch()
    assert send_due() == (1, 0) and send_due() == (0, 0)
    (letter,) = mail.outbox
    assert letter.to == ["director@example.org"] and "读取了《示例规划》" in letter.subject
    assert letter.extra_headers["Message-ID"].startswith("<notice-")
    stop = re.search(r"https://brain\.example(/notices/stop/\S+)", letter.body).group(1)  # type: ignore[union-attr]
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(stop).status_code == 200
    assert Subscription.objects.get().mail == Mail.AT_ONCE  # looking changes nothing
    assert stranger.post(stop).status_code == 200
    assert Subscription.objects.get().mail == Mail.OFF and Subscription.objects.get().in_app
    assert stranger.get("/notices/stop/forged/").status_code == 400


def test_an_address_gets_nothing_before_its_link_was_followed(post: House) -> None:
    actions.set_address(post.people.clerk, "clerk@example.org")
    mail.outbox.clear()
    actions.subscribe(post.people.clerk, "plans", mail=Mail.AT_ONCE)
    happened(post)
    dispatch()
    assert send_due() == (0, 0)
    with pytest.raises(UserError):
        actions.confirm_address("forged")
    with pytest.raises(UserError, match=r"两分钟"):
        actions.set_address(post.people.clerk, "clerk@example.org")


def test_a_link_for_an_address_that_was_changed_since_is_refused(post: House) -> None:
    row = actions.set_address(post.people.clerk, "old@example.org")
    token = re.search(r"/notices/confirm/([^/\s]+)/", mail.outbox[-1].body).group(1)  # type: ignore[union-attr]
    MailAddress.objects.filter(pk=row.pk).update(asked_at=timezone.now() - timedelta(hours=1))  # type: ignore[union-attr]
    actions.set_address(post.people.clerk, "new@example.org")
    with pytest.raises(UserError):
        actions.confirm_address(token)


def test_a_digest_holds_all_of_the_day_and_comes_on_the_next_working_morning(post: House) -> None:
    actions.subscribe(post.people.director, "plans", mail=Mail.DAILY)
    for _ in range(3):
        happened(post)
    dispatch()
    due = Notice.objects.filter(person=post.people.director).first().mail_next_at  # type: ignore[union-attr]
    assert send_due(due - timedelta(minutes=1)) == (0, 0)
    assert send_due(due) == (1, 0)
    assert "3" in mail.outbox[0].subject and mail.outbox[0].body.count("示例规划") == 3


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-07-21 08:00", "2025-07-21 08:30"),
        ("2025-07-21 08:30", "2025-07-22 08:30"),
        ("2025-07-25 12:00", "2025-07-28 08:30"),  # Friday to Monday
        ("2025-09-30 09:00", "2025-10-09 08:30"),  # over National Day
        ("2025-09-27 09:00", "2025-09-28 08:30"),  # a Sunday that is worked in place of a holiday
    ],
)
def test_digests_keep_working_days(now: str, due: str) -> None:
    local = timezone.make_aware(datetime.fromisoformat(now))
    assert timezone.localtime(digest_time(local)).strftime("%Y-%m-%d %H:%M") == due


def test_a_server_that_is_away_is_tried_again_and_given_up_after_a_while(
    post: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.subscribe(post.people.director, "plans", mail=Mail.AT_ONCE)
    happened(post)
    dispatch()

    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    send: Callable[..., Any] = mail.EmailMessage.send
    monkeypatch.setattr(mail.EmailMessage, "send", away)
    now = timezone.now()
    assert send_due(now) == (0, 1) and send_due(now) == (0, 0)
    notice = Notice.objects.get(person=post.people.director)
    assert notice.mail == Notice.Sending.WAITING and notice.mail_next_at > now
    for _ in range(10):
        now = now + timedelta(hours=5)
        send_due(now)
    assert Notice.objects.get(pk=notice.pk).mail == Notice.Sending.FAILED
    monkeypatch.setattr(mail.EmailMessage, "send", send)
    assert send_due(now + timedelta(days=1)) == (0, 0)


def test_waits_double_and_are_spread() -> None:
    waits = [backoff(n, 7).total_seconds() for n in range(1, 12)]
    assert (54 <= waits[0] <= 66 and waits == sorted(waits)[: len(waits)]) or max(waits) <= 4 * 3600 * 1.1
    assert backoff(3, 1) != backoff(3, 2)


def test_what_people_wrote_in_lines_breaks_no_subject_and_one_bad_letter_holds_up_no_other(
    post: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.subscribe(post.people.director, "plans", mail=Mail.AT_ONCE)
    data = {"name": "示例规划\r\nBcc: all@example.org", "count": 1, "reason": "重复\n两行"}
    record("plan.rejected", ("plans.document", "1"), None, unit=post.units.ningbo, **data)
    happened(post)
    dispatch()
    send: Callable[..., Any] = mail.EmailMessage.send
    broken = iter([True])

    def once_broken(self: Any, *args: Any, **kwargs: Any) -> Any:
        if next(broken, False):
            raise UnicodeEncodeError("ascii", "示", 0, 1, "cannot be sent")
        return send(self, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMessage, "send", once_broken)
    assert send_due() == (1, 1)
    assert send_due(timezone.now() + timedelta(minutes=5)) == (1, 0)
    assert all("\n" not in letter.subject and letter.recipients() == ["director@example.org"] for letter in mail.outbox)


def test_stopping_a_digest_stops_every_kind_that_it_held(post: House) -> None:
    for kind in ("plans", "figures"):
        actions.subscribe(post.people.director, kind, mail=Mail.DAILY)
    happened(post)
    happened(post, "figures.taken_in")
    dispatch()
    assert send_due(timezone.now() + timedelta(days=14)) == (1, 0)
    stop = re.search(r"https://brain\.example(/notices/stop/\S+)", mail.outbox[0].body).group(1)  # type: ignore[union-attr]
    page = Client().post(stop).content.decode()
    assert "规划的读取与审核" in page and "数据入库" in page
    assert not Subscription.objects.exclude(mail=Mail.OFF).exists()


def test_a_mail_server_that_is_away_when_an_address_is_set_is_told_and_asked_again_at_will(
    post: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(mail.EmailMessage, "send", away)
        with pytest.raises(UserError, match="邮件服务器"):
            actions.set_address(post.people.clerk, "clerk@example.org")
    assert actions.set_address(post.people.clerk, "clerk@example.org") and len(mail.outbox) == 1


def test_nobodys_letter_box_is_filled_through_confirmations(post: House, settings: Any) -> None:
    settings.LIMITS = ""
    with pytest.raises(TooMany):
        for number in range(30):
            actions.set_address(post.people.clerk, f"victim{number}@example.org")
            actions.set_address(post.people.clerk, "")
    assert len(mail.outbox) == 10

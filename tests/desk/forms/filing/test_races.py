"""Twenty who send at the same moment: one submission for one content, none lost for several, and numbers in order."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from tests.desk.forms.filing.conftest import ANSWERS

from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.filing import actions
from commercebrain.desk.forms.models import Report, Submission

MANY = 20
pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at_once(report: Report, user: Any, orders: list[str]) -> list[Any]:
    """Each sends its own number within the same moment; what came back."""
    start, back = threading.Barrier(len(orders)), []

    def send(number: str) -> None:
        try:
            mine = Report.objects.select_related("round__unit", "enterprise__unit", "unit").get(pk=report.pk)
            start.wait()
            back.append(actions.send(mine, user, {**ANSWERS, "trend": "more", "orders_in_hand": number}))
        except Exception as fault:
            back.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return back


def test_one_content_sent_twenty_times_at_once_is_one_submission(report: Report, user: Any) -> None:
    back = at_once(report, user, ["150"] * MANY)
    assert len({one.pk for one in back}) == 1 and sum(hasattr(one, "repeated") for one in back) == MANY - 1
    assert Submission.objects.filter(report=report).count() == 1
    assert Event.objects.filter(verb="report.sent").count() == 1
    assert Report.objects.get(pk=report.pk).version == report.version + 1


def test_twenty_contents_at_once_are_twenty_submissions_and_the_last_one_stands(report: Report, user: Any) -> None:
    back = at_once(report, user, [str(200 + n) for n in range(MANY)])
    assert sorted(one.number for one in back) == list(range(1, MANY + 1))
    assert Submission.objects.filter(report=report).count() == MANY == Event.objects.filter(verb="report.sent").count()

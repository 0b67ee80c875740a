"""A firm's ERP: what is due, the form filled in, sending once, everything that is wrong, how it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from tests.desk.forms.filing.conftest import ANSWERS

from commercebrain.desk.access import tokens
from commercebrain.desk.forms.models import Report, Submission

pytestmark = pytest.mark.django_db
BODY = {"answers": {**ANSWERS, "orders_in_hand": 150, "trend": "增"}}


def post(client: Client, address: str, body: Any, **headers: str) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def test_a_program_lists_what_is_due_reads_the_form_and_sends_it_once(report: Report, user: Any) -> None:
    token = tokens.create(user, "ERP", "write", 30).text
    client, bearer = Client(), {"Authorization": f"Bearer {token}"}
    due = client.get("/api/filing/reports?waiting=true", headers=bearer).json()
    assert [(row["period"], row["state"], row["open"]) for row in due["items"]] == [("2025-W30", "due", True)]
    address = f"/api/filing/reports/{report.pk}"
    form = client.get(address, headers=bearer).json()
    assert form["answers"]["orders_in_hand"] == "120" and form["origins"]["cover"] == "last" and form["lines"] == []
    assert [one["code"] for one in form["questions"]][:2] == ["orders_in_hand", "trend"]
    sent = [post(client, f"{address}/submissions", BODY, **bearer, **{"Idempotency-Key": "one"}) for _ in range(2)]
    assert [one.status_code for one in sent] == [201, 201], sent[0].content
    assert sent[0].json() == sent[1].json() and sent[1]["Idempotency-Replayed"] == "true"
    again = post(client, f"{address}/submissions", BODY, **bearer).json()  # without a key: the content tells
    assert again["repeated"] and again["id"] == sent[0].json()["id"]
    told = client.get(f"{address}/submissions", headers=bearer).json()
    assert told["count"] == 1 and told["items"][0]["channel"] == "api"
    assert client.get(address, headers=bearer).json()["state"] == "filed"
    assert Submission.objects.filter(report=report).count() == 1


def test_a_token_that_only_reads_sends_nothing(report: Report, user: Any) -> None:
    token = tokens.create(user, "读数", "read", 30).text
    answer = post(Client(), f"/api/filing/reports/{report.pk}/submissions", BODY, Authorization=f"Bearer {token}")
    assert answer.status_code == 403 and not Submission.objects.filter(report=report).exists()


def test_a_refusal_names_everything_that_is_wrong_and_what_wants_a_sentence(
    report: Report, user: Any, browse: Any, monkeypatch: Any
) -> None:
    from commercebrain.desk.forms.filing import facts

    monkeypatch.setattr(facts, "facts_of", lambda report, kind: {"list('key_exporters')": True})
    body = {
        "answers": {"orders_in_hand": 90, "trend": "more", "cover": "never", "nmae": 1},
        "lines": [
            {"product": "850110", "market": "USA", "orders": 20},
            {"product": "7701", "market": "DEU", "orders": 1},
        ],
    }
    answer = post(browse(user), f"/api/filing/reports/{report.pk}/submissions", body)
    names = {one["name"] for one in answer.json()["errors"]}
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"
    assert {"cover", "nmae", "first_market", "lines.2.product", "explanations.trend_up_but_less"} <= names


def test_reports_of_others_are_out_of_sight_and_closed_ones_say_why(report: Report, house: Any, browse: Any) -> None:
    client = browse(house.people.planner)
    assert client.get(f"/api/filing/reports/{report.pk}").status_code == 404
    assert client.get("/api/filing/reports").json()["count"] == 0
    Report.objects.filter(pk=report.pk).update(state="passed")
    own = browse(house.people.firm)
    assert "passed" in own.get(f"/api/filing/reports/{report.pk}").json()["closed"]
    refused = post(own, f"/api/filing/reports/{report.pk}/submissions", BODY)
    assert refused.status_code == 409 and refused.json()["code"] == "filing.passed"


def test_no_change_is_one_word(report: Report, user: Any, browse: Any) -> None:
    answer = post(browse(user), f"/api/filing/reports/{report.pk}/submissions", {"unchanged": True})
    assert answer.status_code == 201 and answer.json()["unchanged"] and answer.json()["answers"] == ANSWERS

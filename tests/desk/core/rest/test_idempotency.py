"""Idempotency-Key: one change however often the request is sent."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import path
from django.utils import timezone
from ninja import Schema, Status
from ninja.security import django_auth
from tests.house import House

from commercebrain.desk.core.models import Job, KeyedRequest
from commercebrain.desk.core.rest import REFUSALS, idempotent
from commercebrain.desk.core.rest.idempotency import forget
from commercebrain.engine.errors import UserError
from commercebrain.web.api_base import Api

api = Api(title="a small one", auth=django_auth, urls_namespace="small", docs_url=None)


class Wanted(Schema):
    """A job to note."""

    kind: str


@api.post("/jobs", response={201: dict[str, Any], **REFUSALS})
@idempotent
def note(request: HttpRequest, wanted: Wanted) -> Any:
    """Writes a row, then refuses some kinds."""
    with transaction.atomic():
        row = Job.objects.create(kind=wanted.kind)
        if wanted.kind == "bad":
            raise UserError("kind.bad", "不行。", "No.")
    return Status(201, {"id": row.pk})


urlpatterns = [path("api/", api.urls)]
pytestmark = [pytest.mark.urls(__name__)]


def send(client: Client, key: str | None, kind: str = "one") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/api/jobs", json.dumps({"kind": kind}), content_type="application/json", headers=headers)


@pytest.fixture
def client(house: House) -> Client:
    client = Client()
    client.force_login(house.people.clerk)
    return client


@pytest.mark.django_db
def test_the_same_request_again_gets_the_same_answer_and_changes_nothing(client: Client) -> None:
    first, second = send(client, "k-1"), send(client, "k-1")
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() and second.headers["Idempotency-Replayed"] == "true"
    assert Job.objects.count() == 1
    assert send(client, "k-2").json() != first.json() and Job.objects.count() == 2


@pytest.mark.django_db
def test_without_a_key_every_request_counts(client: Client) -> None:
    assert send(client, None).json() != send(client, None).json()


@pytest.mark.django_db
def test_a_key_for_another_request_is_refused(client: Client) -> None:
    send(client, "k-1")
    other = send(client, "k-1", "two")
    assert other.status_code == 422 and other.json()["code"] == "idempotency.other_request"
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_a_refused_request_leaves_its_key_free_and_no_row(client: Client) -> None:
    assert send(client, "k-1", "bad").status_code == 400
    assert not Job.objects.exists() and not KeyedRequest.objects.exists()
    assert send(client, "k-1").status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["x" * 201, "schlüssel"])
def test_a_key_that_is_none_is_refused_with_a_sentence(client: Client, key: str) -> None:
    told = send(client, key)
    assert told.status_code == 400 and told.json()["code"] == "idempotency.bad_key"


@pytest.mark.django_db
def test_keys_are_each_persons_own_and_no_answer_goes_to_who_is_signed_out(client: Client, house: House) -> None:
    first = send(client, "k-1")
    other = Client()
    other.force_login(house.people.director)
    assert send(other, "k-1").json() != first.json()
    client.logout()
    assert send(client, "k-1").status_code == 401


@pytest.mark.django_db
def test_old_keys_are_forgotten(client: Client) -> None:
    send(client, "k-1")
    assert forget() == 0
    assert forget(timezone.now() + timedelta(days=3)) == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_with_one_key_make_one_row(house: House) -> None:
    answers: list[Any] = []

    def one() -> None:
        try:
            client = Client()
            client.force_login(house.people.clerk)
            answers.append(send(client, "k-1"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 10
    assert len({answer.json()["id"] for answer in answers}) == 1 and Job.objects.filter(kind="one").count() == 1

"""Every operation of the API under requests that nobody thought of: no server error, no answer that is not declared.

Cases are made from the schema: some fit it, some do not. Half of those that fit name rows that exist. Whatever a
request changes is undone after it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import checks as _declared  # noqa: F401 - registers the checks of OpenAPI
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.house import make_house
from tests.web.pages import walk
from tests.web.planted import plant

from commercebrain.desk.access import tokens
from commercebrain.engine.lake import Lake
from commercebrain.web.api import api

pytestmark = pytest.mark.django_db
SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(api.get_openapi_schema(), default=str)))
SCHEMA.app = WSGIHandler()
OPERATIONS = {result.ok().label: result.ok() for result in SCHEMA.get_all_operations()}
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance, negative_data_rejection, missing_required_header,
]  # fmt: skip
MODES = {"fitting": GenerationMode.POSITIVE, "unfit": GenerationMode.NEGATIVE}


class World:
    """The house with everything planted, and a token for each of two persons."""

    def __init__(self) -> None:
        self.house = make_house()
        self.values = plant(self.house)["own"]
        people = self.house.people
        self.tokens = {who: tokens.create(getattr(people, who), "fuzz", "write", 30).text for who in ("planner", "nobody", "root")}  # fmt: skip
        self.arguments = {"/" + shape(address.pattern): address for address in walk()}

    def real(self, path: str, names: list[str]) -> dict[str, Any]:
        """Arguments of a path that name rows which exist, as far as some were planted."""
        address = self.arguments["/" + shape(path)]
        return {n: self.values.get(f"{address.name}:{n}", self.values.get(n, 1)) for n in names}


def shape(path: str) -> str:
    """A path with its arguments made alike."""
    parts = path.strip("/").split("/")
    return "/".join("{}" if part.startswith(("<", "{")) else part for part in parts)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[World]:
    """One database for all cases, rolled back at the end."""
    lake = tmp_path_factory.mktemp("fuzz") / "lake"
    Lake.create(lake)
    # As Django's own test client does: the server would close the connection, and with it the transaction.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    with django_db_blocker.unblock(), override_settings(LAKE_ROOT=lake), transaction.atomic():
        yield World()
        transaction.set_rollback(True)
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def fuzz(world: World, label: str, mode: str, who: str, examples: int) -> None:
    """Asks one operation many times as one person."""
    operation = OPERATIONS[label]
    headers = {"Authorization": f"Bearer {world.tokens[who]}"}

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=MODES[mode]), real=st.booleans())
    def ask(case: Any, real: bool) -> None:
        if mode == "fitting" and real and case.path_parameters:
            case.path_parameters = {**case.path_parameters, **world.real(operation.path, list(case.path_parameters))}
        case.headers.pop("Authorization", None)  # who asks is not part of the case
        point = transaction.savepoint()
        try:
            answer = case.call(headers=headers)
        finally:
            transaction.savepoint_rollback(point)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    ask()


@pytest.mark.parametrize("label", list(OPERATIONS))
def test_no_request_brings_a_server_error_or_an_answer_that_is_not_declared(world: World, label: str) -> None:
    for mode in MODES:
        fuzz(world, label, mode, "planner", 4)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["planner", "nobody", "root"])
@pytest.mark.parametrize("label", list(OPERATIONS))
def test_the_same_holds_for_many_requests_of_many_persons(world: World, label: str, who: str) -> None:
    for mode in MODES:
        fuzz(world, label, mode, who, 30)

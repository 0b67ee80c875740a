"""Every address and API operation, asked as every kind of person in four places, against one readable table."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.template.base import Template
from django.test import Client, override_settings
from tests.answers import let_go
from tests.house import PERSONS, make_house
from tests.web.pages import BACKEND, Address, walk
from tests.web.permission_table import MEANING, METHODS, PLACES, RESERVED, WORDS, Table, table
from tests.web.planted import plant

from commercebrain.engine.lake import Lake

pytestmark = pytest.mark.django_db
TABLE = table()
WHO = ["stranger", *(username for username, _role, _unit in PERSONS)]
#: Who asks in the long run alone: what their roles join is asked in every run by others of the same scope.
LONG = {
    "admin",
    "director",
    "planner",
    "clerk",
    "evaluator",
    "trader",
    "deputy",
    "it",
    "province",
    "root",
    "sister",
    "neighbour",
    "nobody",
}
#: Who asks PostgreSQL in every run: a county's scope and a firm's; the others in the long run.
BOTH_DATABASES = {"county", "firm"}
ON_POSTGRES = os.environ.get("DATABASE_URL", "").startswith("postgres")
SOON = BOTH_DATABASES if ON_POSTGRES else {*WHO} - LONG
ASKED = [who if who in SOON else pytest.param(who, marks=pytest.mark.slow) for who in WHO]


@dataclass
class World:
    """The house with everything planted, made once for all persons; what an ask changes is undone after it."""

    house: Any
    values: dict[str, dict[str, Any]]

    def client(self, who: str) -> Client:
        """A browser in which ``who`` is signed in."""
        client = Client(raise_request_exception=False)
        if who != "stranger":
            client.force_login(getattr(self.house.people, who), backend=BACKEND)
        return client

    def places(self, address: Address) -> dict[str, str]:
        """The addresses to ask by place: one alone where they do not differ."""
        filled = {place: address.fill(self.values[place]) for place in PLACES}
        return filled if len(set(filled.values())) > 1 else {"own": filled["own"]}


@pytest.fixture(scope="module", autouse=True)
def only_the_answer_is_asked_for() -> Iterator[None]:
    """What an address answers is decided before its page is rendered; the pages themselves have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", lambda self, context: "")
        yield


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[World]:
    """One database for all tests of this file, rolled back at the end."""
    lake = tmp_path_factory.mktemp("permissions") / "lake"
    Lake.create(lake)
    with django_db_blocker.unblock(), override_settings(LAKE_ROOT=lake), transaction.atomic():
        house = make_house()
        yield World(house, plant(house))
        transaction.set_rollback(True)


def ask(client: Client, place: str, method: str, body: Any = None) -> str:
    """The word of the table for what the server answers; whatever it changed is undone."""
    sent: dict[str, Any] = {}
    if body is not None:
        files = [value for value in body.values() if hasattr(value, "seek")]
        for file in files:
            file.seek(0)
        sent = {"data": body} if files else {"data": json.dumps(body), "content_type": "application/json"}
    cookies = client.cookies.copy()
    point = transaction.savepoint()
    try:
        answer = getattr(client, method.lower())(place, **sent)
        let_go(answer)
    finally:
        transaction.savepoint_rollback(point)
        client.cookies = cookies
    if answer.status_code == 401 or (answer.status_code == 302 and answer.url.startswith("/accounts/sign-in/?")):
        return "sign-in"
    return next((word for word, codes in MEANING.items() if answer.status_code in codes), str(answer.status_code))


def split(name: str) -> tuple[str, str]:
    """The address and the method of a row."""
    base, _space, method = name.partition(" ")
    return base, method or "GET"


def named() -> dict[str, Address]:
    """Every address by its view's name."""
    return {address.name: address for address in walk()}


def test_every_address_has_a_row_and_every_row_an_address():
    rows_of = {split(name)[0] for name in TABLE.rows}
    missing = set(named()) - rows_of
    assert not missing, f"addresses without a row in tests/web/permissions.yaml: {sorted(missing)}"
    gone = rows_of - set(named())
    assert not gone, f"rows of tests/web/permissions.yaml without an address: {sorted(gone)}"


def test_every_operation_of_the_api_has_a_row():
    from commercebrain.web.api import api

    views = {"/" + address.pattern: name for name, address in named().items()}
    missing = []
    for path, operations in api.get_openapi_schema()["paths"].items():
        view = next(name for pattern, name in views.items() if shape(pattern) == shape(path))
        for method in operations:
            row = view if method == "get" else f"{view} {method.upper()}"
            if row not in TABLE.rows:
                missing.append(row)
    assert not missing, f"operations without a row in tests/web/permissions.yaml: {missing}"


def shape(path: str) -> str:
    """A path with its arguments made alike: the resolver writes ``<int:pk>`` where OpenAPI writes ``{pk}``."""
    parts = path.strip("/").split("/")
    return "/".join("{}" if part.startswith(("<", "{")) else part for part in parts)


def test_the_table_speaks_only_of_known_people_places_and_answers():
    for group, members in TABLE.groups.items():
        assert set(members) <= set(WHO) and group not in WHO, group
    for name, row in TABLE.rows.items():
        assert split(name)[1] in ("GET", *METHODS), name
        for place, cell in row.items():
            assert set(cell) - {"everyone"} <= set(WHO), (name, place)
            assert set(cell.values()) <= WORDS, (name, place)
            assert cell, f"{name} says nothing about {place}"


@pytest.mark.database
@pytest.mark.parametrize("who", ASKED)
def test_each_person_opens_what_the_table_says_and_nothing_else(world, who):
    addresses, client, wrong = named(), world.client(who), []
    for name in TABLE.rows:
        base, method = split(name)
        if base not in addresses:
            continue
        for place, filled in world.places(addresses[base]).items():
            body = world.values[place].get(f"{name}:body")  # the API is asked with a body that fits
            got, want = ask(client, filled, method, body), TABLE.expected(name, place, who)
            if got != want:
                wrong.append(f"{name} ({place}, {filled}): {got}, the table says {want}")
    assert not wrong, f"as {who}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("who", ["stranger", "province"])
def test_an_address_that_takes_a_post_has_a_row_for_it(world, who):
    """Whether an address takes one does not depend on the place: ``province`` sees what is asked for here."""
    client, wrong = world.client(who), []
    for name, address in named().items():
        if f"{name} POST" in TABLE.rows or name not in TABLE.rows:
            continue
        got = ask(client, address.fill(world.values["own"]), "POST")
        if got not in {"post-only", TABLE.expected(name, "own", who)}:
            wrong.append(f"{name}: {got}")
    assert not wrong, f"as {who}:\n" + "\n".join(wrong)


def test_no_address_but_those_marked_open_answers_a_stranger(world):
    client = world.client("stranger")
    for name, address in named().items():
        row = next((n for n in (name, f"{name} POST") if n in TABLE.rows), None)
        if row and TABLE.expected(row, "own", "stranger") in {"open", "moved", "asked-again", "hidden"}:
            continue
        assert ask(client, address.fill(world.values["own"]), "GET") in {"sign-in", "post-only"}, name


def test_a_row_of_one_line_holds_for_every_place_and_a_pattern_takes_its_own_word():
    small = Table(
        "groups: {two: [a, b]}\n"
        "patterns: {kept: {own: {two: may, everyone: hidden}, lower: {b: refused, two: open, everyone: hidden}}}\n"
        "x: {a: open, everyone: hidden}\n"
        "y POST: {like: kept, may: moved}\n"
        "z: kept\n"
    )
    assert [small.expected("x", place, "a") for place in PLACES] == ["open"] * 4
    assert small.expected("y POST", "own", "a") == "moved" and small.expected("z", "own", "b") == "open"
    assert small.expected("y POST", "lower", "b") == "refused" and small.expected("z", "own", "c") == "hidden"
    assert set(small.rows) & set(RESERVED) == set()


def test_the_documentation_shows_every_row_for_every_person():
    import docs_hooks

    shown = docs_hooks.on_page_markdown(docs_hooks.MARK, None)
    assert sorted(docs_hooks.PEOPLE) == sorted(WHO)
    assert all(f"| `{name}` |" in shown for name in TABLE.rows)
    assert "| `core:jobs` | all | → |" in shown and "| `people:person` | foreign | → |" in shown

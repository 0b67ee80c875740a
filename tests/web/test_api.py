"""The API: the same rows and permissions as the pages, one shape of fault, OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.desk.plans.conftest import (  # noqa: F401 - fixtures
    empty_lake,
    figures,
    read,
    sign_in,
    uploads,
)
from tests.house import House

from commercebrain.desk.core.rest import Problem
from commercebrain.desk.plans import actions
from commercebrain.desk.plans.models import Document, Target, Task
from commercebrain.desk.plans.outlook import assessments

SHAOXING = "003_c98ee514b40ac4d4.txt"
PROBLEM = set(Problem.model_fields)
LISTS = ("/api/plans", "/api/targets", "/api/facts", "/api/tasks")
FIGURE = "/api/figures?indicator=export_value&region=330200&period=2025-01..06"


@pytest.fixture
def live(read: Callable[..., Document], figures: Path) -> Document:
    document = read()
    actions.accept_unattended(document)
    other = read(SHAOXING, unit="shaoxing")
    actions.accept_unattended(other)
    return document


def ids(client: Client, path: str) -> set[int]:
    answer = client.get(f"{path}?limit=500")
    assert answer.status_code == 200
    assert set(answer.json()) == {"items", "count"} and answer.json()["count"] == len(answer.json()["items"])
    return {row["id"] for row in answer.json()["items"]}


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*LISTS, "/api/plans/1", "/api/targets/1", FIGURE, "/api/openapi.json", "/api/docs/"])
def test_without_signing_in_nothing_is_answered(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 401
    assert set(answer.json()) == PROBLEM


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "own", "sister"),
    [
        ("director", True, False), ("planner", True, False), ("evaluator", True, False), ("province", True, True),
        ("sister", False, True), ("county", False, False), ("nobody", False, False),
    ],
)  # fmt: skip
def test_each_role_gets_what_its_pages_show(
    live: Document,
    house: House,
    sign_in: Callable[..., Client],
    who: str,
    own: bool,
    sister: bool,
) -> None:
    client = sign_in(getattr(house.people, who))
    other = Document.objects.exclude(pk=live.pk).get()
    assert ids(client, "/api/plans") == {*([live.pk] if own else []), *([other.pk] if sister else [])}
    assert bool(ids(client, "/api/facts")) == own
    assert bool(ids(client, "/api/tasks")) == sister
    for document, seen in ((live, own), (other, sister)):
        target = document.targets.first()
        wanted = 200 if seen else 404
        assert (target.pk in ids(client, "/api/targets")) == seen
        assert client.get(f"/api/targets/{target.pk}").status_code == wanted
        assert client.get(f"/api/plans/{document.pk}").status_code == wanted
        assert client.get(f"/api/plans/{document.pk}/findings").status_code == wanted
    task = Task.objects.first()
    assert client.get(f"/api/tasks/{task.pk}").status_code == (200 if sister else 404)


@pytest.mark.django_db
def test_a_target_comes_with_the_assessment_of_its_page(
    live: Document,
    house: House,
    sign_in: Callable[..., Client],
) -> None:
    state = next(s for s in assessments(house.people.director) if s.target.indicator == "trade_value")
    told = sign_in(house.people.director).get(f"/api/targets/{state.target.pk}").json()
    assert told["state"] == "off_path" and told["value"] == 2 and isinstance(told["value"], int | float)
    assert told["indicator_name"] == {"zh": "进出口总额", "en": "Total trade"}
    assert told["assessment"]["attainment"] == pytest.approx(float(state.assessment.attainment))
    assert 1.3 < told["assessment"]["landing"]["point"] < 1.7
    assert told["assessment"]["path"][0]["year"] == 2020
    earlier = sign_in(house.people.director).get(f"/api/targets/{state.target.pk}?as_of=2022-06-30").json()
    assert earlier["assessment"]["value_now"] != told["assessment"]["value_now"]


@pytest.mark.django_db
def test_a_figure_comes_with_source_vintage_and_growth_as_a_fraction(
    live: Document,
    house: House,
    sign_in: Callable[..., Client],
) -> None:
    client = sign_in(house.people.director)
    (row,) = client.get(FIGURE).json()["items"]
    assert row["value"] == pytest.approx(4904.4, abs=0.1) and row["growth_computed"] == pytest.approx(0.101, abs=0.001)
    assert row["sources"][0]["grade"] == "A" and row["published"] <= "2025-07-21"
    series = client.get("/api/figures?indicator=export_value&region=330200&kind=year").json()["items"]
    assert [r["period"] for r in series] == sorted(r["period"] for r in series)
    (before,) = client.get(FIGURE + "&as_of=2025-03-31").json()["items"]
    assert before["value"] is None and before["reason"]["en"]


@pytest.mark.django_db
def test_a_stranger_gets_a_reason_instead_of_a_figure(
    live: Document,
    house: House,
    sign_in: Callable[..., Client],
) -> None:
    (row,) = sign_in(house.people.nobody).get(FIGURE).json()["items"]
    assert row["value"] is None and not row["sources"] and row["flag"] == "confidential"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/targets/999999", 404, "not_found"),
        ("/api/figures?indicator=export_valu&region=330200", 400, "catalogue.unknown_indicator"),
        ("/api/figures?indicator=export_value&region=330200&period=someday", 400, ""),
        ("/api/figures?indicator=export_value", 422, "unfit_request"),
        ("/api/targets?as_of=2031-01-01", 400, "as_of.future"),
        ("/api/targets?as_of=soon", 422, "unfit_request"),
        ("/api/tasks?limit=0", 422, "unfit_request"),
        ("/api/nothing", 404, "not_found"),
    ],
)
def test_every_refusal_has_one_shape(
    live: Document,
    house: House,
    sign_in: Callable[..., Client],
    path: str,
    status: int,
    code: str,
) -> None:
    answer = sign_in(house.people.director).get(path)
    assert answer.status_code == status
    told: dict[str, Any] = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(told) == PROBLEM and told["detail"] and told["title"]
    assert told["status"] == status and told["instance"] == path.split("?")[0]
    assert told["type"].endswith(told["code"]) and code in ("", told["code"])
    assert bool(told["errors"]) == (status == 422)


@pytest.mark.django_db
def test_pages_of_a_list_join_to_the_whole(
    live: Document,
    house: House,
    sign_in: Callable[..., Client],
) -> None:
    client = sign_in(house.people.province)
    whole = client.get("/api/targets?limit=500").json()
    joined = []
    for offset in range(0, whole["count"], 17):
        joined += client.get(f"/api/targets?limit=17&offset={offset}").json()["items"]
    assert joined == whole["items"] and whole["count"] == Target.objects.count()
    off = client.get("/api/targets?state=off_path&limit=500").json()["items"]
    assert off and {row["state"] for row in off} == {"off_path"}


@pytest.mark.django_db
def test_the_schema_is_openapi_3_1_and_every_answer_is_declared(
    house: House,
    sign_in: Callable[..., Client],
) -> None:
    client = sign_in(house.people.it)
    schema = client.get("/api/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    references = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            references.extend([node["$ref"]] if "$ref" in node else [])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema)
    known = schema["components"]["schemas"]
    assert references and all(ref.removeprefix("#/components/schemas/") in known for ref in references)
    wanted = {"/api/plans", "/api/plans/{plan}", "/api/plans/{plan}/findings", "/api/targets", "/api/targets/{target}",
              "/api/figures", "/api/facts", "/api/tasks", "/api/tasks/{task}"}  # fmt: skip
    assert wanted <= set(schema["paths"])
    names = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    for path in schema["paths"].values():
        for operation in path.values():
            told = {str(code) for code in operation["responses"]}
            assert {"400", "401", "403", "404", "409", "422", "429"} <= told and told & {"200", "201", "202"}
            assert operation["security"]


@pytest.mark.django_db
def test_the_docs_page_lists_every_operation_and_needs_nothing_from_elsewhere(
    house: House,
    sign_in: Callable[..., Client],
) -> None:
    page = sign_in(house.people.it).get("/api/docs/").content.decode()
    for path in ("/api/plans", "/api/targets/{target}", "/api/figures"):
        assert path in page
    assert "https://" not in page.replace("https://www.w3.org", "") and "<style" not in page

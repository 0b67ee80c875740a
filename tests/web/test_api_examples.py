"""The examples of the API: each fits its schema, and the reference page is what the schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from commercebrain.web.api import api
from commercebrain.web.api_reference import PAGE, page

SCHEMA: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
CONTENTS = {
    f"{method} {address} {where}": content
    for address, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
    for where, part in {"body": operation.get("requestBody", {}), **operation["responses"]}.items()
    for content in part.get("content", {}).values()
    if "example" in content
}


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    """What of a value does not fit."""
    whole = {**schema, "components": SCHEMA["components"]}
    return [fault.message for fault in Draft202012Validator(whole).iter_errors(value)]


@pytest.mark.parametrize("what", list(CONTENTS))
def test_every_example_of_a_body_and_of_an_answer_fits_its_schema(what: str) -> None:
    content = CONTENTS[what]
    assert not faults(content["schema"], content["example"])


def test_every_example_that_a_schema_gives_fits_it() -> None:
    wrong = {}
    for name, schema in SCHEMA["components"]["schemas"].items():
        told = [(schema, example) for example in schema.get("examples", [])]
        told += [(p, e) for p in schema.get("properties", {}).values() for e in p.get("examples", [])]
        if found := [fault for part, example in told for fault in faults(part, example)]:
            wrong[name] = found
    assert not wrong


def test_every_operation_has_a_subject_a_sentence_a_name_of_its_own_and_an_example_of_its_answer() -> None:
    names = []
    for address, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            names.append(operation["operationId"])
            assert operation["tags"] and operation["description"], (method, address)
            assert any(f"{method} {address} {code}" in CONTENTS for code in ("200", "201", "202")), (method, address)
            if method != "get":
                assert any(one["name"] == "Idempotency-Key" for one in operation["parameters"]), address
    assert len(names) == len(set(names))


def test_the_reference_page_is_what_the_schema_says() -> None:
    assert Path(PAGE).read_text(encoding="utf-8") == page(), "run python -m commercebrain.web.api_reference"


def test_no_two_shapes_bear_one_name_since_the_schema_would_tell_only_one_of_them() -> None:
    from ninja import Schema

    def below(kind: type) -> list[type]:
        return [one for child in kind.__subclasses__() for one in (child, *below(child))]

    ours = [kind for kind in set(below(Schema)) if kind.__module__.startswith("commercebrain.")]
    names = [kind.__name__ for kind in ours if "[" not in kind.__name__ and not kind.__qualname__.startswith("Paged")]
    assert sorted(names) == sorted(set(names))

"""The API under ``/api/``: every business folder's endpoints mounted — OpenAPI 3.1, the same permissions as the pages.

Every endpoint reads through the same queries and writes through the same actions as the pages do. Numbers are JSON
numbers; fractions are plain (0.71 is 71 %); dates are ISO. Names come in Chinese and English. Refusals are problem
details (RFC 9457).
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from ninja.security import django_auth

from commercebrain import __version__
from commercebrain.desk.access.api_auth import TokenAuth
from commercebrain.desk.audits.api import router as audits
from commercebrain.desk.cases.api_writes import router as cases
from commercebrain.desk.core.api import router as core
from commercebrain.desk.core.api_imports import router as imports
from commercebrain.desk.figures.api import router as figures
from commercebrain.desk.foresight.api import router as foresight
from commercebrain.desk.forms.api import router as filing
from commercebrain.desk.forms.board.api import router as reporting
from commercebrain.desk.lists.api_writes import router as lists
from commercebrain.desk.lists.exposure.api import router as exposure
from commercebrain.desk.notices.api import router as notices
from commercebrain.desk.people.api import router as people
from commercebrain.desk.people.api_annotations import router as annotations
from commercebrain.desk.plans.api import router as plans
from commercebrain.desk.registers.api_writes import router as registers
from commercebrain.desk.registry.api import router as registry
from commercebrain.desk.registry.api_writes import router as enterprises
from commercebrain.desk.responsibility.api import router as responsibility
from commercebrain.desk.responsibility.api_writes import router as responsibility_writes
from commercebrain.desk.warnings.api_writes import router as warnings
from commercebrain.web.api_base import Api

DESCRIPTION = (
    "All that the desk holds: plans and targets with where they will land, figures, tasks, registers, enterprises, "
    "people, jobs and events. Sign in with a session, or send a personal token as `Authorization: Bearer`. Every answer "
    "holds what the person may see and nothing else. Numbers are JSON numbers rounded nowhere; fractions are plain (0.71 "
    "is 71 %); `as_of` answers with what was known on that day. Lists take `limit` and `offset`; feeds tell what is new "
    "since last time. A write takes an `Idempotency-Key` and, where two people may edit, the `version` that was read: 409 "
    "when somebody was quicker. Every refusal is a problem detail (RFC 9457)."
)
api = Api(
    title="Commerce Brain 商务大脑",
    version=__version__,
    description=DESCRIPTION,
    auth=[TokenAuth(), django_auth],
    docs_url=None,
    urls_namespace="api",
)
ROUTERS = (
    plans, figures, foresight, filing, responsibility, responsibility_writes, enterprises, registers,
    registry, people, annotations, audits, core, imports, notices, lists, exposure, reporting, warnings,
    cases,
)  # fmt: skip
for router in ROUTERS:
    api.add_router("", router)


def operations() -> list[dict[str, Any]]:
    """Every operation of the schema for the page that lists them, by subject."""
    listed = []
    schema = api.get_openapi_schema()
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            contents = operation.get("requestBody", {}).get("content", {})
            answers = [
                (status, answer.get("content", {}).get("application/json", {}))
                for status, answer in operation["responses"].items()
                if int(status) < 400
            ]
            listed.append(
                {
                    "method": method.upper(),
                    "address": address,
                    "subject": operation["tags"][0],
                    "summary": operation.get("description") or operation.get("summary", ""),
                    "body": _shown(contents.get("application/json", {})),
                    "form": [*contents.get("multipart/form-data", {}).get("schema", {}).get("properties", {})],
                    "answers": [(status, _shown(content)) for status, content in answers],
                    "parameters": [
                        {
                            "name": parameter["name"],
                            "required": parameter.get("required", False),
                            "description": parameter["schema"].get("description", "")
                            or parameter.get("description", ""),
                        }
                        for parameter in operation.get("parameters", [])
                    ],
                }
            )
    return sorted(listed, key=lambda one: str(one["subject"]))


def _shown(content: dict[str, Any]) -> str:
    return json.dumps(content["example"], ensure_ascii=False, indent=2) if "example" in content else ""


def schema_address() -> str:
    """Where the schema is."""
    return reverse("api:openapi-json")


def docs(request: HttpRequest) -> HttpResponse:
    """The operations as a page of our own: no script and no style from elsewhere."""
    return render(request, "web/api_docs.html", {"operations": operations(), "schema": schema_address(), "api": api})

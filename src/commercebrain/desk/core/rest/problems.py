"""Refusals of the API in one shape: RFC 9457 “Problem Details for HTTP APIs”.

Every refusal is ``application/problem+json`` with ``type``, ``title``, ``status``, ``detail`` and ``instance``, plus
``code`` (stable, for programs) and ``errors`` (which part of the request is at fault).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Schema
from pydantic import Field

CONTENT_TYPE = "application/problem+json"
TYPE = "urn:commercebrain:problem:"
TITLES = {
    400: gettext_lazy("The request cannot be carried out as it is"),
    401: gettext_lazy("Sign in first"),
    403: gettext_lazy("Your roles do not reach so far"),
    404: gettext_lazy("There is none, or you may not see it"),
    405: gettext_lazy("This address does not take that method"),
    409: gettext_lazy("Somebody was quicker"),
    413: gettext_lazy("The request is too large"),
    415: gettext_lazy("The request is in a format that is not taken here"),
    422: gettext_lazy("Some values do not fit"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("The program has made a fault"),
}
Row = TypeVar("Row")


class Part(Schema):
    """One part of the request that is at fault."""

    where: str = Field(description="body, query, path or header", examples=["query"])
    name: str = Field(description="the field, with dots between levels", examples=["as_of"])
    detail: str = Field(description="what is wrong with it", examples=["Input should be a valid date"])


class Problem(Schema):
    """A refusal (RFC 9457)."""

    type: str = Field(description="identifies the kind of problem", examples=[f"{TYPE}not_found"])
    title: str = Field(description="the kind of problem in a few words, in the reader's language")
    status: int = Field(description="the HTTP status", examples=[404])
    detail: str = Field(description="what is wrong here and what to do, in the reader's language")
    instance: str = Field(description="the address that was asked", examples=["/api/plans/999"])
    code: str = Field(description="stable code of the fault", examples=["not_found"])
    errors: list[Part] = Field(default_factory=list, description="which parts of the request are at fault")


REFUSALS: dict[int, type[Schema]] = dict.fromkeys((400, 401, 403, 404, 409, 413, 415, 422, 429), Problem)


def problem(
    request: HttpRequest | None,
    status: int,
    code: str,
    detail: str = "",
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The refusal as an answer; ``detail`` falls back on the status's own title."""
    title = str(TITLES.get(status, TITLES[400]))
    body = {
        "type": f"{TYPE}{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "instance": request.path if request is not None else "",
        "code": code,
        "errors": list(errors),
    }
    return HttpResponse(
        json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE, headers=dict(headers or {})
    )


def parts(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What a validation found, as the ``errors`` of a problem."""
    told = []
    for error in errors:
        where, *rest = [str(part) for part in error["loc"]]
        # ninja names the parameter of the endpoint's own function between the place and the field of a body.
        names = rest[1:] if where == "body" and len(rest) > 1 else rest
        told.append({"where": where, "name": ".".join(names), "detail": str(error["msg"])})
    return told


def unfit(request: HttpRequest, errors: Sequence[Mapping[str, Any]]) -> HttpResponse:
    """422 for values that do not fit, each named."""
    found_parts = parts(errors)
    told = "; ".join(f"{part['name'] or part['where']}: {part['detail']}" for part in found_parts)
    return problem(
        request, 422, "unfit_request", _("These values do not fit: {told}").format(told=told), errors=found_parts
    )


def found(row: Row | None) -> Row:
    """The row, or 404: what is not there and what is out of sight look the same."""
    if row is None:
        raise Http404
    return row

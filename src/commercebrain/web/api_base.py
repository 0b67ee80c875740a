"""The API object: every refusal a problem detail, and a schema that says so."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from commercebrain.desk.core import reader
from commercebrain.desk.core.rest.idempotency import HEADER
from commercebrain.desk.core.rest.problems import CONTENT_TYPE, problem, unfit
from commercebrain.engine.errors import UserError
from commercebrain.web.api_examples import add_examples

WRITES = {"post", "put", "patch", "delete"}
KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Makes the write happen once: the same key with the same request gets the first answer again.",
    "schema": {"type": "string", "maxLength": 200, "pattern": "^[ -~]+$"},
    "example": "5b1f8a0e-6f3f-4c0e-9a53-1f2f6d0f9f11",
}


class Api(NinjaAPI):
    """Ninja with our one shape of refusal, in the answers and in the schema."""

    def set_default_exception_handlers(self) -> None:
        """Each fault a request may meet; any other is the program's own and goes on to Django's 500."""
        super().set_default_exception_handlers()
        handlers: dict[type[Exception], Any] = {
            UserError: _told,
            Http404: lambda request, fault: problem(request, 404, "not_found"),
            PermissionDenied: lambda request, fault: problem(request, 403, "forbidden"),
            RequestDataTooBig: lambda request, fault: problem(request, 413, "too_large"),
            ValidationError: lambda request, fault: unfit(request, fault.errors),
            AuthenticationError: _unknown,
            Throttled: lambda request, fault: problem(
                request, 429, "too_many_requests", headers={"Retry-After": str(fault.wait or 1)}
            ),
            HttpError: lambda request, fault: problem(request, fault.status_code, "bad_request", str(fault)),
        }
        for kind, handler in handlers.items():
            self.add_exception_handler(kind, handler)

    def get_operation_url_name(self, operation: Operation, router: Router) -> str:
        """Operations of one address share one name, that of the first: pages and the permission table speak of it."""
        name = operation.view_func.__name__
        for view in router.path_operations.values():
            names = [one.view_func.__name__ for one in view.operations]
            if name in names:
                return names[0]
        return name

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """The schema with refusals in their own content type and the idempotency key on writes that honour it.

        Making it takes seconds and it never changes: it is made once a process and language, and only to be read.
        """
        prefix = kwargs.get("path_prefix")
        if prefix is None:
            prefix = self.get_root_path(kwargs.get("path_params") or {})
        kept: dict[tuple[str, str | None], OpenAPISchema] = self.__dict__.setdefault("_schemas", {})
        key = (prefix, get_language())
        if key not in kept:
            kept[key] = self._schema(prefix)
        return kept[key]

    def _schema(self, prefix: str) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=prefix)
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                for status, answer in operation.get("responses", {}).items():
                    if int(status) >= 400 and "application/json" in answer.get("content", {}):
                        answer["content"] = {CONTENT_TYPE: answer["content"]["application/json"]}
                for parameter in operation.get("parameters", []):
                    parameter["schema"] = _without_null(parameter["schema"])
                if method in WRITES:
                    operation.setdefault("parameters", []).append(KEY)
        add_examples(schema)
        return schema


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An address cannot say “null”: a parameter that is not given is left out."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    return {**kinds[0], **{key: value for key, value in schema.items() if key != "anyOf" and value is not None}}


def _told(request: HttpRequest, fault: Exception) -> HttpResponse:
    assert isinstance(fault, UserError)  # noqa: S101 - registered for it alone
    status = getattr(fault, "status", 409 if fault.code == "rows.changed_meanwhile" else 400)
    language = reader.language()
    named: dict[str, list[tuple[str, str]]] = getattr(fault, "fields", {})
    errors = [
        {"where": "body", "name": name, "detail": zh if language.startswith("zh") else en}
        for name, told in named.items()
        for zh, en in told
        if name
    ]
    if errors and status == 400:
        status = 422
    return problem(request, status, fault.code, fault.say(language), errors=errors)


def _unknown(request: HttpRequest, fault: Exception) -> HttpResponse:
    return problem(
        request,
        401,
        "sign_in_required",
        _("Sign in, or send a valid token: Authorization: Bearer …"),
        headers={"WWW-Authenticate": "Bearer"},
    )

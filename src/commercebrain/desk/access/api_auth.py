"""How the API knows a token: ninja's door for what the middleware has already opened."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer


class TokenAuth(HttpBearer):
    """``Authorization: Bearer cbt_…``: a personal token, made on the page “Sign-in and security”.

    The middleware (:class:`~commercebrain.desk.access.middleware.TokenSignIn`) has checked the token, set
    ``request.user`` to its person and refused what it does not allow; here ninja only learns that somebody is there.
    """

    openapi_bearerFormat = "cbt_…"  # noqa: N815 - OpenAPI's own name

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The person of the token; none sends the request on to the next way of signing in."""
        return request.user if getattr(request, "api_token", None) is not None else None

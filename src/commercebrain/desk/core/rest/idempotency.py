"""Writes that happen once: ``Idempotency-Key`` (IETF draft-ietf-httpapi-idempotency-key-header).

The key and the change are one transaction: both are kept or neither. A caller that got no answer sends the same
request again and receives the first answer; the same key with another body is refused, and so is one whose first
request is still running.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.decorators import decorate_view

from commercebrain.desk.core.models import KeyedRequest
from commercebrain.desk.core.rest.problems import problem

HEADER = "Idempotency-Key"
KEPT = timedelta(days=2)


def _fingerprint(request: HttpRequest) -> str:
    """What was sent. A form with files is read as it is parsed: such a body may be larger than memory takes."""
    if request.content_type != "multipart/form-data":
        return hashlib.sha256(request.body).hexdigest()
    told = hashlib.sha256(repr(sorted(request.POST.lists())).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            told.update(f"\0{name}\0{file.name}\0".encode())
            for chunk in file.chunks():
                told.update(chunk)
            file.seek(0)
    return told.hexdigest()


def _replay(request: HttpRequest, kept: KeyedRequest, operation: str, body: str) -> HttpResponse:
    if (kept.operation, kept.body) != (operation, body):
        return problem(
            request,
            422,
            "idempotency.other_request",
            _("This idempotency key was used for another request; take a new key for a new request."),
        )
    return HttpResponse(
        kept.answer, status=kept.status, content_type="application/json", headers={"Idempotency-Replayed": "true"}
    )


def _once(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    operation: Any = run.__self__  # ninja hands over the bound method

    @wraps(run)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return run(request, **kwargs)
        if not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
            return problem(
                request,
                400,
                "idempotency.bad_key",
                _("The idempotency key must be at most 200 printable ASCII characters, such as a UUID."),
            )
        # Who asks is settled before anything kept is handed out: a revoked token gets no old answer.
        if (refused := operation._run_checks(request)) is not None:
            return refused
        person = request.user
        what = f"{request.method} {request.get_full_path()}"
        body = _fingerprint(request)
        earlier = KeyedRequest.objects.filter(person=person, key=key)
        if (kept := earlier.first()) is not None:
            return _replay(request, kept, what, body)
        try:
            with transaction.atomic():
                row = KeyedRequest.objects.create(person=person, key=key, operation=what, body=body)
                response = run(request, **kwargs)
                if response.status_code >= 400:
                    transaction.set_rollback(True)  # a refused request leaves its key free for the corrected one
                    return response
                row.status, row.answer = response.status_code, response.content.decode()
                row.save(update_fields=["status", "answer"])
                return response
        except IntegrityError:
            # Another request with the key was committed while this one waited for the unique constraint.
            kept = earlier.first()
            if kept is None:
                raise
            return _replay(request, kept, what, body)

    return answer


def idempotent(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a writing endpoint, below ``@router.post(...)``: honours ``Idempotency-Key``."""
    decorated: Callable[..., Any] = decorate_view(_once)(endpoint)
    return decorated


def forget(now: Any = None) -> int:
    """Removes the keys that are older than two days; returns how many."""
    return KeyedRequest.objects.filter(at__lt=(now or timezone.now()) - KEPT).delete()[0]

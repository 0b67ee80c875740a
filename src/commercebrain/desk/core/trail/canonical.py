"""The one byte form of an event and of a seal, and the hashes over them.

An **event** is the UTF-8 text of a JSON array, without spaces, of the fields of :data:`FIELDS` in that order: ``at`` as
``2025-07-21T01:02:03.123456+00:00`` (UTC, always six places), ``business_date`` as ``2025-07-21``, ids as numbers,
nothing as ``null``, ``data`` with its keys sorted, text unescaped, and a number that is whole written without a
fraction, since databases disagree on 1000.0 and 1e3. Its digest is the SHA-256 of these bytes.

A **seal's** root is the SHA-256 of its members' digests (32 bytes each), one after another by event id. Its hash is the
SHA-256 of the JSON array ``[number, count, total, first_event, last_event, root, previous, sealed_at]``, written the
same way. Both forms are part of the product's promise: an auditor can compute them with any program.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

FIELDS = ("id", "at", "business_date", "verb", "person_id", "unit_id", "subject_type", "subject_id", "data")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def instant(at: datetime | str) -> str:
    """A moment in UTC to the microsecond; one without a zone (as SQLite keeps it) is in UTC already."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")


def _even(value: Any) -> Any:
    """The value with whole numbers written as such, whatever the database made of them."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: _even(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_even(item) for item in value]
    return value


def event_bytes(row: Sequence[Any]) -> bytes:
    """The bytes of an event, given its values in the order of :data:`FIELDS`; ``data`` may be JSON text."""
    number, at, day, verb, person, unit, kind, key, data = row
    if isinstance(data, (str, bytes)):
        data = json.loads(data)
    if isinstance(day, date):
        day = day.isoformat()
    text = _encode([number, instant(at), day, verb, person, unit, kind, key, _even(data)])
    return text.encode("utf-8", "surrogatepass")


def event_digest(row: Sequence[Any]) -> bytes:
    """SHA-256 of an event: 32 bytes."""
    return hashlib.sha256(event_bytes(row)).digest()


def root(digests: Iterable[bytes]) -> str:
    """SHA-256 over digests in order, in hexadecimal."""
    whole = hashlib.sha256()
    for digest in digests:
        whole.update(digest)
    return whole.hexdigest()


def seal_hash(
    number: int, count: int, total: int, first: int, last: int, batch: str, previous: str, sealed_at: datetime
) -> str:
    """SHA-256 of a seal in hexadecimal; ``batch`` is its root."""
    text = _encode([number, count, total, first, last, batch, previous, instant(sealed_at)])
    return hashlib.sha256(text.encode()).hexdigest()

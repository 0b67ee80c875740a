"""Incremental feeds: what is new since last time, by key, complete even when moments are equal or commits are late.

A feed is ordered by (moment, id). The answer's ``next`` is the key of its last row, so rows that share a moment are
told apart by their id and none is skipped or told twice. On PostgreSQL a transaction may commit after rows with later
moments are already visible; the feed therefore ends before the moment at which the oldest writing transaction began,
and a late row still comes after the key that was handed out. SQLite has one writer at a time, whose moment is taken
while it holds the lock, so nothing can come late.
"""

# Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Q, QuerySet
from django.utils import timezone
from ninja import Schema
from pydantic import Field

from commercebrain.engine.errors import UserError

MARGIN = timedelta(seconds=1)  # the application's clock and the database's need not agree to the millisecond
Item = TypeVar("Item")


class FeedIn(Schema):
    """Where to go on, and how much to take."""

    after: str = Field("", max_length=200, description="`next` of the last answer; empty: from the beginning")
    limit: int = Field(500, ge=1, le=2000, description="how many rows at most")


class FeedOut(Schema, Generic[Item]):
    """A piece of a feed."""

    items: list[Item]
    next: str = Field(description="ask with this as `after` next time; keep it even when `items` is empty")
    more: bool = Field(description="whether there is more to fetch at once")


def _read(key: str) -> tuple[datetime, int] | None:
    if not key:
        return None
    try:
        moment, pk = json.loads(base64.urlsafe_b64decode(key.encode("ascii") + b"=="))
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not isinstance(pk, int) or isinstance(pk, bool) or not 0 <= pk < 2**63:
            raise ValueError
        return at.astimezone(UTC), pk
    except (ValueError, TypeError, OverflowError, binascii.Error, UnicodeError):
        raise UserError(
            "feed.bad_key",
            f"after 的值“{key[:60]}”不是本接口给出的续传标记；请用上次回答中的 next，或留空从头取。",
            f"“{key[:60]}” is no key of this feed; send the last answer's `next` as `after`, or nothing to begin anew.",
        ) from None


def key_of(at: datetime, pk: int) -> str:
    """The key behind the row of that moment and id."""
    text = json.dumps([at.astimezone(UTC).isoformat(), pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def horizon(using: str = "default") -> datetime | None:
    """The moment before which no running transaction can still write a row; none where nothing can come late."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        oldest = cursor.fetchone()[0]
    return (oldest or timezone.now()) - MARGIN


class Feed:
    """A feed over ``rows``; ``moment`` names the column that holds when a row was last written."""

    def __init__(self, rows: QuerySet[Any], moment: str, shape: Callable[[Any], Any]) -> None:
        self.rows, self.moment, self.shape = rows, moment, shape

    def piece(self, asked: FeedIn) -> dict[str, Any]:
        """The rows after the key, oldest first, at most ``limit`` of them.

        Raises :class:`UserError` (``feed.bad_key``) for a key that no feed has handed out.
        """
        key = _read(asked.after)
        rows = self.rows.order_by(self.moment, "pk")
        if key is not None:
            at, pk = key
            # The first condition alone lets the database begin in the index at the right place.
            rows = rows.filter(Q(**{f"{self.moment}__gte": at}) & (Q(**{f"{self.moment}__gt": at}) | Q(pk__gt=pk)))
        if (end := horizon(self.rows.db)) is not None:
            rows = rows.filter(**{f"{self.moment}__lt": end})
        found = list(rows[: asked.limit + 1])
        told = found[: asked.limit]
        last = told[-1] if told else None
        return {
            "items": [self.shape(row) for row in told],
            "next": key_of(getattr(last, self.moment), last.pk) if last is not None else asked.after,
            "more": len(found) > asked.limit,
        }

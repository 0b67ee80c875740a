"""How many queries a page costs, pinned: the same for one row and for fifty."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


def queries_of(client: Any, address: str) -> list[str]:
    """The queries of one look at a page that opens."""
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return [query["sql"] for query in seen.captured_queries]


def assert_queries(client: Any, address: str, most: int) -> None:
    """A look at the page costs at most ``most`` queries; the message shows them."""
    seen = queries_of(client, address)
    assert len(seen) <= most, f"{address}: {len(seen)} queries, pinned at {most}:\n" + "\n".join(seen)

"""Pages of rows: ``limit`` and ``offset`` in, ``items`` and ``count`` out."""

# Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.

from collections.abc import Callable
from typing import Any

from ninja import Schema
from ninja.pagination import LimitOffsetPagination
from pydantic import Field


class Shaped:
    """Rows (a query set or a list) and how one of them is told; only the rows of the page are read.

    ``prepare`` completes the rows of the page all at once, where one query for all is better than one for each.
    """

    def __init__(
        self, rows: Any, shape: Callable[[Any], Any], prepare: Callable[[list[Any]], list[Any]] = list
    ) -> None:
        self.rows, self.shape, self.prepare = rows, shape, prepare

    def count(self) -> int:
        """How many rows there are in all."""
        return len(self.rows) if isinstance(self.rows, list) else int(self.rows.count())

    def told(self, rows: list[Any]) -> None:
        """What is done when a page of the rows is handed out; personal and firm-level reads are recorded here."""


class Paged(LimitOffsetPagination):
    """``limit`` (at most 500) and ``offset`` (at most 100,000: beyond, narrow the question or take the feed)."""

    class Input(Schema):
        """Which rows of the whole."""

        limit: int = Field(100, ge=1, le=500, description="how many rows at most")
        offset: int = Field(0, ge=0, le=100_000, description="how many rows to leave out at the beginning")

    def paginate_queryset(self, queryset: Any, pagination: Any, **params: Any) -> Any:
        """The page as plain rows; the endpoints hand over their rows with the shape of one."""
        first = pagination.offset
        whole = queryset if isinstance(queryset, Shaped) else Shaped(queryset, lambda row: row)
        rows = whole.prepare(list(whole.rows[first : first + pagination.limit]))
        whole.told(rows)
        return {"items": [whole.shape(row) for row in rows], "count": whole.count()}

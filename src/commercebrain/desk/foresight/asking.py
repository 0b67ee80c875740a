"""What a page of foresight is asked: one series, or the members of a break-down, as known on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from django.http import QueryDict
from django.urls import reverse

from commercebrain.desk.core.figures import day_of
from commercebrain.desk.figures.explorer.labels import FIRM
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.request import Request

#: Months ahead: what a page shows at first, and at most.
HORIZON, MOST_AHEAD = 6, 18
#: A month that :class:`Request` needs and no answer here depends on: which months there are is for the lake to say.
_ANY = "2025-01"


@dataclass(frozen=True)
class Asked:
    """One series (``by`` empty), or all members of ``by``: of an indicator in a region, with ``where`` the values kept.

    ``as_of`` None means the business date. Equal questions hash alike.
    """

    code: str
    region: str
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    as_of: date | None = None
    horizon: int = HORIZON

    def __hash__(self) -> int:
        return hash((self.code, self.region, self.by, frozenset(self.where.items()), self.as_of, self.horizon))

    @property
    def of_firms(self) -> bool:
        """Whether the answer tells of single firms: reading it leaves a trail."""
        return FIRM in self.by or FIRM in self.where

    def query(self, **changes: str) -> str:
        """The query string that asks the same again, with ``changes``; an empty text leaves a part out."""
        told = {f"where.{column}": ",".join(values) for column, values in self.where.items()}
        told |= {"by": ",".join(self.by), "as_of": self.as_of.isoformat() if self.as_of else ""}
        told |= {"horizon": str(self.horizon) if self.horizon != HORIZON else ""}
        return _kept(told | changes)

    def alone(self, by: Sequence[str], key: Sequence[str]) -> Asked:
        """The one series of the member ``key`` of ``by``, within the same question."""
        where = dict(self.where) | {column: (code,) for column, code in zip(by, key, strict=True)}
        return Asked(self.code, self.region, (), MappingProxyType(where), self.as_of)

    def address(self, **changes: str) -> str:
        """The page of the series."""
        query = self.query(**{"by": "", **changes})
        return reverse("foresight:outlook", args=[self.code, self.region]) + (f"?{query}" if query else "")


def _kept(told: Mapping[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in told.items() if value})
    return query.urlencode()


def read(code: str, region: str, query: Mapping[str, str], by: Sequence[str] = ()) -> Asked:
    """The question of a page's address and query string; ``by`` besides what the query says.

    Raises :class:`UserError` for what cannot be read: a day to come, a horizon out of range, a filter without a value.
    """
    told = {key: query[key] for key in query if key.startswith("where.") or key in ("by", "as_of")}
    request = Request.from_query({**told, "code": code, "region": region, "period": _ANY})
    if request.as_of is not None:
        day_of(request.as_of)
    return Asked(
        code, region, tuple(dict.fromkeys((*by, *request.by))), request.where, request.as_of,
        horizon_of(query.get("horizon", "")),
    )  # fmt: skip


def horizon_of(text: str) -> int:
    """Months ahead; :class:`UserError` where it is no number from 1 to :data:`MOST_AHEAD`."""
    if not text.strip():
        return HORIZON
    told = text.strip()
    if not (told.isascii() and told.isdigit() and len(told) <= 3 and 1 <= int(told) <= MOST_AHEAD):
        raise UserError(
            "foresight.horizon",
            f"预测月数“{told[:20]}”不对：请写1到{MOST_AHEAD}之间的整数。",
            f"“{told[:20]}” is no number of months ahead; write a whole number from 1 to {MOST_AHEAD}.",
        )
    return int(told)

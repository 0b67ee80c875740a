"""What is asked of an indicator: the request that pages, the API, the command line, rules and bulletins all send.

A request has one canonical form, a flat mapping of texts. It is the query string of a share link, the key of a cache
and what the trail records; reading it back gives the same request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final, Literal

from commercebrain.engine.errors import UserError
from commercebrain.engine.periods import Period

#: What one row of the answer covers.
Frequency = Literal["month", "quarter", "half", "year", "point", "span"]
FREQUENCIES: Final[tuple[str, ...]] = ("month", "quarter", "half", "year", "point", "span")
#: Options of transforms: what each means is told in ``docs/reference/transforms.md``.
OPTIONS: Final[tuple[str, ...]] = (
    "n",
    "window",
    "base",
    "of",
    "prices",
    "rates",
    "currency",
    "unit",
    "frequency",
    "single_months",
    "adjusted",
    "method",
    "small_base",
)
#: By which method figures are seasonally adjusted.
METHODS: Final[tuple[str, ...]] = ("own", "x13")
#: The region of a question to records that have no place (imports of another country): the code of none.
NOWHERE: Final = "000000"
#: More periods, or more rows, than a person or a page can use: the question is to be narrowed.
MAX_PERIODS: Final = 600
MAX_ROWS: Final = 2_000_000


@dataclass(frozen=True)
class Request:
    """One question to one indicator.

    ``first`` and ``last`` are inclusive periods (or their texts); ``by`` the dimensions to break down by, ``where`` the
    values of dimensions to keep, ``calibre`` "" for the indicator's own, ``as_of`` the day whose knowledge counts (none:
    today's), ``options`` those of the transform (:data:`OPTIONS`). Equal requests are equal and hash alike, whatever the
    order in which filters and options were given.
    """

    code: str
    region: str
    first: Period
    last: Period
    by: tuple[str, ...] = ()
    transform: str = "level"
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calibre: str = ""
    as_of: date | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def __init__(
        self,
        code: str,
        region: str,
        first: Period | str,
        last: Period | str,
        by: Iterable[str] = (),
        transform: str = "level",
        where: Mapping[str, Iterable[str]] | None = None,
        calibre: str = "",
        as_of: date | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "code", code)
        put(self, "region", region)
        put(self, "first", Period.parse(first) if isinstance(first, str) else first)
        put(self, "last", Period.parse(last) if isinstance(last, str) else last)
        put(self, "by", tuple(dict.fromkeys(by)))
        put(self, "transform", transform)
        kept = {column: tuple(sorted(set(values))) for column, values in sorted((where or {}).items())}
        put(self, "where", MappingProxyType({column: values for column, values in kept.items() if values}))
        put(self, "calibre", calibre)
        put(self, "as_of", as_of)
        told = {name: str(value) for name, value in sorted((options or {}).items()) if str(value) != ""}
        put(self, "options", MappingProxyType(told))
        self._check()

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Request) else NotImplemented

    def __reduce__(self) -> tuple[Any, ...]:
        return (from_query, (self.canonical(),))

    # -- what it says

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """The canonical form as a hashable value."""
        return tuple(self.canonical().items())

    @property
    def frequency(self) -> Frequency:
        """What one row covers: told by the option ``frequency``, else by the way in which the ends were written.

        A running total such as ``2024-01..06`` at both ends asks for that total in each year (``span``); a quarter or a
        half beside it makes the first quarter or the first half of it.
        """
        told = self.options.get("frequency")
        if told is not None:
            return told  # type: ignore[return-value]  # checked on construction
        kinds = {self.first.kind, self.last.kind}
        for kind in ("point", "month", "quarter", "half"):
            if kind in kinds:
                return kind
        if kinds == {"ytd"}:
            return "span" if self.first.last[1] == self.last.last[1] else "quarter" if self._quarters() else "month"
        return "span" if "span" in kinds else "year"

    @property
    def single_months(self) -> bool:
        """Whether January and February are wanted singly, against the usage of Chinese statistics."""
        return self.options.get("single_months", "") in ("1", "true", "yes")

    def option(self, name: str, default: str = "") -> str:
        """The option's text."""
        return self.options.get(name, default)

    def number(self, name: str, default: int, *, least: int = 1, most: int = 10_000) -> int:
        """An option that is a whole number; :class:`UserError` (``request.option_number``) where it is not."""
        text = self.options.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise UserError(
                "request.option_number",
                f"选项“{name}”写的是“{text}”，须是{least}到{most}之间的整数。",
                f"The option “{name}” is “{text}”; it must be a whole number from {least} to {most}.",
            )
        return int(text)

    def with_(self, **changes: Any) -> Request:
        """A request like this one with some parts changed."""
        parts: dict[str, Any] = {
            "code": self.code,
            "region": self.region,
            "first": self.first,
            "last": self.last,
            "by": self.by,
            "transform": self.transform,
            "where": self.where,
            "calibre": self.calibre,
            "as_of": self.as_of,
            "options": self.options,
        }
        return Request(**(parts | changes))

    # -- in and out

    def canonical(self) -> dict[str, str]:
        """The flat form for a share link: only what differs from the defaults, always in the same order."""
        ends = self.first.text if self.first == self.last else f"{self.first.text}:{self.last.text}"
        told = {"code": self.code, "region": self.region, "period": ends}
        if self.by:
            told["by"] = ",".join(map(_quoted, self.by))
        if self.transform != "level":
            told["transform"] = self.transform
        told |= {f"where.{column}": ",".join(map(_quoted, values)) for column, values in self.where.items()}
        if self.calibre:
            told["calibre"] = self.calibre
        if self.as_of is not None:
            told["as_of"] = self.as_of.isoformat()
        return told | {f"option.{name}": value for name, value in self.options.items()}

    @classmethod
    def parse(
        cls,
        code: str,
        *,
        region: str,
        period: str,
        by: str = "",
        transform: str = "level",
        where: Iterable[str] = (),
        options: Iterable[str] = (),
        calibre: str = "",
        as_of: str | date | None = None,
    ) -> Request:
        """A request from the pieces that a person types.

        ``period`` is ``2024-01:2025-06`` or one period; ``by`` is ``county,country``; each of ``where`` is
        ``country=USA,CAN`` and each of ``options`` ``n=5``. Raises :class:`UserError` with the piece that is wrong.
        """
        told = {"code": code, "region": region, "period": period, "by": by, "transform": transform, "calibre": calibre}
        told["as_of"] = as_of.isoformat() if isinstance(as_of, date) else as_of or ""
        for kind, pieces in (("where", where), ("option", options)):
            for piece in pieces:
                name, equals, value = piece.partition("=")
                if not equals or not name.strip() or not value.strip():
                    raise UserError(
                        "request.piece",
                        f"“{piece}”读不懂，请写成 名称=值，例如 country=USA,CAN 或 n=5。",
                        f"“{piece}” cannot be read; write name=value, such as country=USA,CAN or n=5.",
                    )
                told[f"{kind}.{name.strip()}"] = value.strip()
        return from_query(told)

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Request:
        """The request of a canonical form or of a page's query string; unknown keys are left alone."""
        return from_query(query)

    # -- its own faults

    def _check(self) -> None:
        for name in self.options:
            if name not in OPTIONS:
                raise unknown("option", "选项", name, OPTIONS)
        if (told := self.options.get("frequency")) is not None and told not in FREQUENCIES:
            raise unknown("frequency", "频度", told, FREQUENCIES)
        if (told := self.options.get("method")) is not None and told not in METHODS:
            raise unknown("method", "方法", told, METHODS)
        if self.last.order < self.first.order and self.last.end < self.first.end:
            raise UserError(
                "request.period_order",
                f"起止时期写反了：{self.first.text} 在 {self.last.text} 之后，请对调。",
                f"The periods are the wrong way round: {self.first.text} is after {self.last.text}; swap them.",
            )
        count = (self.last.last[0] - self.first.first[0]) * 12 + self.last.last[1] - self.first.first[1] + 1
        if count > MAX_PERIODS:
            raise UserError(
                "request.too_many_periods",
                f"{self.first.text} 到 {self.last.text} 共{count}个月，一次最多{MAX_PERIODS}个月，请缩短。",
                f"{self.first.text} to {self.last.text} is {count} months; at most {MAX_PERIODS} fit into one question.",
            )

    def _quarters(self) -> bool:
        return self.first.last[1] == 3 and self.last.last[1] in (3, 6)

    def check(self, dimensions: Iterable[str], transforms: Iterable[str]) -> None:
        """Raise :class:`UserError` for a transform, a break-down or a filter that is not there, with the nearest word."""
        known, offered = tuple(dimensions), tuple(transforms)
        if self.transform not in offered:
            raise unknown("transform", "变换", self.transform, offered)
        for name in (*self.by, *self.where):
            if name not in known:
                raise unknown("dimension", "维度", name, known)
        for name in filter(None, self.option("of").split("+")):
            if name not in known:
                raise unknown("dimension", "维度", name, known)


def from_query(query: Mapping[str, str]) -> Request:
    """See :meth:`Request.from_query`."""
    for name in ("code", "region", "period"):
        if not query.get(name, "").strip():
            raise UserError(
                "request.incomplete",
                f"缺少“{name}”：须写明指标（code）、地区（region）和时期（period，例如 2024-01:2025-06）。",
                f"“{name}” is missing: say which indicator (code), region and period (such as 2024-01:2025-06).",
            )
    first, _, last = query["period"].strip().partition(":")
    day = query.get("as_of", "").strip()
    return Request(
        code=query["code"].strip(),
        region=query["region"].strip(),
        first=first.strip(),
        last=last.strip() or first.strip(),
        by=_list(query.get("by", "")),
        transform=query.get("transform", "").strip() or "level",
        where={key[6:]: _list(value) for key, value in query.items() if key.startswith("where.")},
        calibre=query.get("calibre", "").strip(),
        as_of=day_of(day) if day else None,
        options={key[7:]: value for key, value in query.items() if key.startswith("option.")},
    )


def too_many_rows(most: int = MAX_ROWS) -> UserError:
    """The sentence for an answer of more than ``most`` rows."""
    return UserError(
        "request.too_many_rows",
        f"结果太大（上限{most:,}行）：请缩短时期、减少分组或加筛选。",
        f"The answer is too large (at most {most:,} rows): shorten the period, break down by less, or filter.",
    )


def day_of(text: str) -> date:
    """A day written as 2025-03-31. Raises :class:`UserError` (``request.as_of``) for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(
            "request.as_of",
            f"“{text}”不是日期，请写成 2025-03-31。",
            f"“{text}” is not a date; write it like 2025-03-31.",
        ) from None


def unknown(kind: str, zh: str, name: str, known: Iterable[str]) -> UserError:
    """The sentence for a word that is not known, with the nearest one that is."""
    offered = list(known)
    near = get_close_matches(name, offered, n=1, cutoff=0.5)
    hint_zh = f"，是不是“{near[0]}”" if near else f"，可用：{'、'.join(offered)}"
    hint_en = f"; did you mean “{near[0]}”" if near else f"; there are: {', '.join(offered)}"
    return UserError(f"request.unknown_{kind}", f"没有名为“{name}”的{zh}{hint_zh}。", f"No {kind} “{name}”{hint_en}.")


def _quoted(value: str) -> str:
    return value.replace("%", "%25").replace(",", "%2C")


def _list(text: str) -> tuple[str, ...]:
    pieces = (piece.strip().replace("%2C", ",").replace("%25", "%") for piece in text.split(","))
    return tuple(piece for piece in pieces if piece)

"""A ranking of counties by declared rules: every point says which rule gave it and from what.

What is counted are figures of the catalogue about work that was done (reports filed, signals answered, firms recovered),
never visits to a page. Without the number of the approval or of the year's supervision plan nothing is scored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from commercebrain.engine.catalogue.models import Code, Model, SourceRef, Words
from commercebrain.engine.catalogue.source import Fault, nearest

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

_CENT = Decimal("0.01")
#: What must never give points, in either language: turning up is not work done.
_LOGINS = ("登录", "登陆", "访问量", "点击", "在线时长", "log-in", "login", "sign-in", "page view")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class ItemOf(Model):
    """An item of a ranking: the ``figure`` (an indicator) that is scored, the ``event`` from which the figure comes, and the
    most ``points`` that it gives: none at ``none_at``, all at ``full_at``, in between in proportion, both in the ``unit`` of
    the figure as sentences say it. ``least``: with fewer events it is not scored, and what it could give leaves the total.
    ``beside``: another indicator that is shown with it and gives nothing."""

    code: Code
    name: Words
    event: Words
    figure: str
    points: Decimal = Field(gt=0, le=100)
    none_at: Decimal
    full_at: Decimal
    unit: Words | None = None
    least: int = Field(default=1, ge=1)
    beside: str = ""
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = ()

    @model_validator(mode="after")
    def _has_a_slope(self) -> ItemOf:
        if self.none_at == self.full_at:
            raise ValueError("none_at and full_at must differ / none_at 与 full_at 不能相同")
        return self

    @property
    def rule(self) -> Words:
        """The rule in words."""
        full, none = self.say(self.full_at), self.say(self.none_at)
        return Words(
            zh=f"达到{full.zh}得{self.points}分，{none.zh}及更差得0分，其间按比例计分",
            en=f"{self.points} points at {full.en}, none at {none.en} or worse, in between in proportion",
        )

    def say(self, value: Decimal) -> Words:
        """A value of the figure with its unit."""
        text = f"{value.normalize():f}"
        return Words(zh=f"{text}{self.unit.zh}", en=f"{text}{self.unit.en}") if self.unit else Words(zh=text, en=text)

    def score(self, value: Decimal) -> Decimal:
        """The points of a value, to the cent."""
        share = (value - self.none_at) / (self.full_at - self.none_at)
        return (min(max(share, Decimal(0)), Decimal(1)) * self.points).quantize(_CENT, ROUND_HALF_UP)


class RankingExample(Model):
    """Figures of counties by item, and the totals that must come out (None: not scored)."""

    given: dict[str, dict[str, Decimal | None]]
    approval: str = "示例"
    get: dict[str, Decimal | None]


class RankingOf(Model):
    """A declared ranking. ``approval`` is the number under which it may be scored, ``plan`` that of the year's plan of
    supervision and assessment 年度督查检查考核计划; one of them is enough, without both nobody gets points."""

    code: Code
    name: Words
    definition: Words
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    of: Literal["county"] = "county"
    every: Literal["month", "quarter", "year"] = "quarter"
    approval: str = ""
    plan: str = ""
    items: tuple[ItemOf, ...] = Field(min_length=1)
    examples: tuple[RankingExample, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether anybody may be scored by it."""
        return bool(self.approval.strip() or self.plan.strip())

    @property
    def most(self) -> Decimal:
        """The most points that there are."""
        return sum((one.points for one in self.items), Decimal(0))


@dataclass(frozen=True)
class Measured:
    """What one county did under one item: the figure's value (None: not measurable), over how many events, and which
    (numbers of cases, periods of reports), so that every point can be followed; the value of the figure shown ``beside``."""

    value: Decimal | None
    events: int = 0
    which: tuple[str, ...] = ()
    beside: Decimal | None = None


@dataclass(frozen=True)
class Scored:
    """An item as scored: the points (None: not scored, and ``why`` says it), out of how many, by which rule."""

    item: ItemOf
    measured: Measured
    points: Decimal | None
    why: Words


@dataclass(frozen=True)
class Row:
    """A county's row: its items, points of those that could be had, the total brought to a hundred, its place."""

    key: str
    items: tuple[Scored, ...]
    points: Decimal
    of: Decimal
    total: Decimal | None
    place: int | None = None


def score(declaration: RankingOf, rows: Mapping[str, Mapping[str, Measured]]) -> list[Row]:
    """Every county's points by item, best first. ``rows``: county → item → what it did.

    An item that cannot be measured for a county gives nothing and takes nothing: the total is the share of the points that
    it could have had. Counties of one total share a place. Where nothing may be scored, or nothing can, there is no place.
    """
    made = [_row(declaration, key, found) for key, found in rows.items()]
    made.sort(key=lambda one: (one.total is None, -(one.total or 0), one.key))
    totals = [one.total for one in made if one.total is not None]
    return [
        one
        if one.total is None
        else Row(one.key, one.items, one.points, one.of, one.total, 1 + _above(one.total, totals))
        for one in made
    ]


def _above(total: Decimal, totals: list[Decimal]) -> int:
    return sum(other > total for other in totals)


def _row(declaration: RankingOf, key: str, found: Mapping[str, Measured]) -> Row:
    items = tuple(_scored(declaration, one, found.get(one.code, Measured(None))) for one in declaration.items)
    points = sum((one.points for one in items if one.points is not None), Decimal(0))
    of = sum((one.item.points for one in items if one.points is not None), Decimal(0))
    total = (points / of * 100).quantize(_CENT, ROUND_HALF_UP) if of else None
    return Row(key, items, points, of, total)


def _scored(declaration: RankingOf, item: ItemOf, measured: Measured) -> Scored:
    if not declaration.allowed:
        why = Words(
            zh="没有批准文号，也没有列入年度督查检查考核计划，不计分。",
            en="There is neither an approval number nor a plan of supervision: nothing is scored.",
        )
    elif measured.value is None:
        why = Words(zh="没有可计算的数据，不计分。", en="There is no figure: not scored.")
    elif measured.events < item.least:
        why = Words(
            zh=f"期内只有{measured.events}件，少于{item.least}件，不计分。",
            en=f"Only {measured.events} in the period, fewer than {item.least}: not scored.",
        )
    else:
        return Scored(item, measured, item.score(measured.value), item.rule)
    return Scored(item, measured, None, why)


def faults_of(one: RankingOf, figures: Collection[str]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What is wrong with a ranking: ``figures`` that are not declared, codes given twice, points for logging in."""
    seen: set[str] = set()
    for place, item in enumerate(one.items):
        if item.code in seen:
            yield ("items", place, "code"), f"“{item.code}”写了两次。", f"“{item.code}” is given twice."
        seen.add(item.code)
        for field, figure in (("figure", item.figure), ("beside", item.beside)):
            if figure and figure not in figures:
                zh, en = nearest(figure, figures)
                yield ("items", place, field), f"没有指标“{figure}”{zh}", f"There is no indicator “{figure}”{en}"
        told = f"{item.code} {item.name.zh} {item.name.en} {item.event.zh} {item.event.en}".lower()
        if any(word in told for word in _LOGINS):
            yield ("items", place), "登录、访问不能计分。", "Logging in and visiting pages give no points."
    if one.most != 100:
        yield (
            ("items",),
            f"各项满分之和为{one.most}，应为100。",
            f"The items give {one.most} points; they should give 100.",
        )


def run_examples(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for every example of a ranking whose totals do not come out."""
    for code, one in catalogue.rankings.items():
        for number, example in enumerate(one.examples):
            found = _totals(one, example)
            if found != dict(example.get):
                told = {key: None if total is None else str(total) for key, total in found.items()}
                zh, en = f"总分应为所写，得到{told}。", f"The totals come out as {told}."
                yield catalogue.fault(f"ranking:{code}", zh, en, "examples", number)


def _totals(one: RankingOf, example: RankingExample) -> dict[str, Decimal | None]:
    stated = one.model_copy(update={"approval": example.approval, "plan": ""})
    rows = {
        key: {
            item: Measured(value, max((i.least for i in one.items if i.code == item), default=1))
            for item, value in found.items()
        }
        for key, found in example.given.items()
    }
    return {row.key: row.total for row in score(stated, rows)}


def as_json(rows: list[Row]) -> list[dict[str, Any]]:
    """The rows as JSON keeps them: decimals as text."""
    return [
        {
            "key": row.key,
            "place": row.place,
            "total": None if row.total is None else str(row.total),
            "points": str(row.points),
            "of": str(row.of),
            "items": [
                {
                    "code": one.item.code,
                    "figure": one.item.figure,
                    "value": None if one.measured.value is None else str(one.measured.value),
                    "events": one.measured.events,
                    "which": list(one.measured.which),
                    "points": None if one.points is None else str(one.points),
                    "of": str(one.item.points),
                    "why": one.why.model_dump(),
                    "beside": _beside(one),
                }
                for one in row.items
            ],
        }
        for row in rows
    ]


def _beside(one: Scored) -> dict[str, str] | None:
    if not one.item.beside or one.measured.beside is None:
        return None
    return {"figure": one.item.beside, "value": str(one.measured.beside)}

"""What a rule would have told, month after month, with what was known then, and what followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import CancelledError, UserError
from commercebrain.engine.expressions import parse
from commercebrain.engine.foresight.months import months_apart, shift
from commercebrain.engine.rules.evaluating import evaluate
from commercebrain.engine.rules.facts.city import CityFacts
from commercebrain.engine.rules.frame import Frame
from commercebrain.engine.rules.kinds import Rule
from commercebrain.engine.rules.thresholds import Counted, count
from commercebrain.engine.rules.truth import AHEAD, FALL, Truth, answer_key, exports_fall, trade_of_lake

Bits = NDArray[np.bool_]
Floats = NDArray[np.float64]
#: Firms that a back-test counts: those large enough to be a piece of work.
AMONG: Final = "exports_last_12m >= 5000000"
#: The slider stops at so many places at most.
MOST_POINTS: Final = 25
#: So many months whose truth is known, and so many signals, for a figure to say something.
LEAST_MONTHS: Final = 6
LEAST_SIGNALS: Final = 10
MOST_EXAMPLES: Final = 20


class History(Mapping[int, CityFacts]):
    """The facts as they were known when each month was first published, made when asked for and kept."""

    def __init__(self, facts: CityFacts, first: int, last: int) -> None:
        self.facts = facts
        released = [
            month for n in range(max(months_apart(first, last) + 1, 0))
            if facts.source.released(month := shift(first, n)) is not None and month in facts.months.tokens
        ]  # fmt: skip
        self._months = tuple(released)
        self._held: dict[int, CityFacts] = {}

    def __getitem__(self, month: int) -> CityFacts:
        if month not in self._months:
            raise KeyError(month)
        if month not in self._held:
            self._held[month] = self.facts.at(month)
        return self._held[month]

    def __iter__(self) -> Iterator[int]:
        return iter(self._months)

    def __len__(self) -> int:
        return len(self._months)


@dataclass(frozen=True)
class Point:
    """A place of the slider and what the rule would have done there."""

    value: Decimal
    signals: int
    hits: int
    precision: float
    recall: float
    lead: float
    false_a_month: float


@dataclass(frozen=True)
class Load:
    """What a county would have had: signals and false ones a month, and episodes found."""

    signals_a_month: float
    false_a_month: float
    signals: int
    right: int


@dataclass(frozen=True)
class Case:
    """A subject and month of an example: ``month`` yyyymm, ``shown`` the month whose figures first showed the fall."""

    key: str
    name: Words
    month: int
    shown: int = 0


@dataclass(frozen=True)
class BackTest:
    """How a rule would have done.

    ``months`` were evaluated, ``counted`` of them have a known truth. ``signals`` opened (repeats counted), ``hits`` are
    episodes found of ``episodes``. ``precision`` and ``recall`` as in :mod:`~commercebrain.engine.rules.thresholds`, NaN
    where there is nothing to count. ``lead`` has months by episode found, ``lead_median`` their median.
    ``unknown`` is the share of subjects that could not be judged. ``curve`` goes along the slider. ``too_short`` says why
    the figures carry little or nothing.
    """

    rule: str
    truth: str
    subject: str
    months: tuple[int, ...]
    counted: int
    parameters: Mapping[str, Decimal]
    signals: int
    right: int
    false: int
    repeats: int
    hits: int
    episodes: int
    precision: float
    recall: float
    lead: tuple[int, ...]
    lead_median: float
    false_a_month: float
    unknown: float
    by_county: Mapping[str, Load]
    curve: tuple[Point, ...] = ()
    slider: str | None = None
    hit_examples: tuple[Case, ...] = ()
    missed_examples: tuple[Case, ...] = ()
    false_examples: tuple[Case, ...] = ()
    too_short: tuple[Words, ...] = ()
    synthetic: bool = False
    by_month: tuple[tuple[int, int, int], ...] = field(default=())


def backtest(
    rule: Rule,
    facts_by_month: Mapping[int, CityFacts],
    truth: str | Truth | None = None,
    *,
    first: int,
    last: int,
    parameters: Mapping[str, Decimal] | None = None,
    among: str | None = AMONG,
    curve: bool = True,
    newest: CityFacts | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BackTest:
    """What ``rule`` would have told in the months from ``first`` to ``last`` (yyyymm), and what followed.

    ``facts_by_month`` gives the facts as known in each (:class:`History`). ``truth`` is ``exports_fall``, ``answer_key``,
    a truth that was worked out already, or None: what the rule declares. ``newest`` are the facts that the truth is taken
    from (default: those that the history came from). ``among`` says which firms count.

    Raises :class:`UserError`: ``rule.no_truth`` for a rule that declares none, ``rule.no_months`` without a known month,
    and those of :func:`truth.series_of` and :meth:`Rule.values`.
    """
    wanted = truth if truth is not None else rule.backtest.truth
    if wanted == "none":
        raise UserError(
            "rule.no_truth",
            f"规则{rule.code}没有可对照的结果（backtest.truth 为 none），不能回测命中。",
            f"Rule {rule.code} declares nothing to be held against (backtest.truth: none): its hits cannot be counted.",
        )
    asked = [month for month in facts_by_month if first <= month <= last]
    if not asked:
        raise UserError(
            "rule.no_months",
            f"{first}至{last}没有可回测的月份：没有这一时段的海关明细。",
            f"There is no month to test between {first} and {last}: no customs lines of that time.",
        )
    chosen = rule.values(parameters)
    told = _Told(rule, {month: facts_by_month[month] for month in asked}, among, progress, cancelled)
    known = told.truth(wanted, newest or _newest(facts_by_month))
    fires, unknown = told.fires(chosen)
    counted = count(fires, known, told.among)
    whole = int(known.known.any(axis=0).sum())
    points = told.curve(chosen, known) if curve else ()
    return BackTest(
        rule=rule.code, truth=known.name, subject=rule.subject, months=tuple(asked), counted=whole, parameters=chosen,
        signals=counted.signals, right=counted.right, false=counted.false, repeats=counted.repeats, hits=counted.found,
        episodes=counted.episodes, precision=counted.precision, recall=counted.recall,
        lead=tuple(int(one) for one in counted.lead), lead_median=counted.median_lead,
        false_a_month=counted.false / whole if whole else float("nan"), unknown=unknown,
        by_county=told.by_county(counted, whole), curve=points, slider=rule.slider,
        hit_examples=told.cases(counted.right_at, known), missed_examples=told.cases(counted.missed, known),
        false_examples=told.cases(counted.false_at, known),
        too_short=tuple(_reasons(rule, whole, counted, unknown, known)),
        synthetic=any(one.synthetic for one in told.facts.values()),
        by_month=tuple(
            (month, int(counted.opened[:, n].sum()), int(counted.right_at[:, n].sum())) for n, month in enumerate(asked)
        ),
    )  # fmt: skip


def _newest(facts_by_month: Mapping[int, CityFacts]) -> CityFacts:
    if isinstance(facts_by_month, History):
        return facts_by_month.facts
    return facts_by_month[max(facts_by_month)]


def truth_of(name: str, facts: CityFacts, subject: str, keys: Sequence[str], months: Sequence[int]) -> Truth:
    """A truth by its name. Raises :class:`UserError` (``rule.unknown_truth``)."""
    if name == "exports_fall":
        return exports_fall(facts, subject, keys, months)
    if name == "answer_key":
        from commercebrain.engine.rules.facts.simulated import SimulatedSource

        source = facts.source
        trade = source.trade if isinstance(source, SimulatedSource) else None
        if trade is None:
            if facts.root is None:
                raise UserError("simulate.no_key", "没有答案。", "There is no answer key.")
            trade = trade_of_lake(facts.root)
        return answer_key(trade, facts, subject, keys, months)
    raise UserError(
        "rule.unknown_truth",
        f"没有“{name}”这种对照，可用：exports_fall、answer_key。",
        f"There is no truth “{name}”; there are exports_fall and answer_key.",
    )


class _Told:
    """A rule's answers for every month: subjects × months."""

    def __init__(
        self, rule: Rule, facts: Mapping[int, CityFacts], among: str | None,
        progress: Callable[[int, int], None] | None, cancelled: Callable[[], bool] | None,
    ) -> None:  # fmt: skip
        self.rule, self.facts, self.progress, self.cancelled = rule, facts, progress, cancelled
        self.months = tuple(facts)
        self.frames: list[Frame] = [one.frame(rule.subject) for one in facts.values()]
        self.keys = tuple(dict.fromkeys(key for frame in self.frames for key in frame.keys))
        places = {key: place for place, key in enumerate(self.keys)}
        self.rows = [np.array([places[key] for key in frame.keys], np.int64) for frame in self.frames]
        self.among = self._among(among) if among is not None and rule.subject == "firm" else None

    def _among(self, condition: str) -> Bits:
        out = np.zeros((len(self.keys), len(self.months)), bool)
        expression = parse(condition)
        for n, (frame, rows) in enumerate(zip(self.frames, self.rows, strict=True)):
            columns = {str(term): frame.column(term) for term in expression.terms}
            value, known = expression.column(columns)
            out[rows, n] = value & known
        return out

    def truth(self, wanted: str | Truth, newest: CityFacts) -> Truth:
        """The truth of the rule's subjects and months."""
        if isinstance(wanted, Truth):
            return _aligned(wanted, self.keys, self.months)
        return truth_of(wanted, newest, self.rule.subject, self.keys, self.months)

    def fires(self, chosen: Mapping[str, Decimal]) -> tuple[Bits, float]:
        """Where it fires, and the share of subjects that could not be judged."""
        out = np.zeros((len(self.keys), len(self.months)), bool)
        unknown = total = 0
        for n, (month, facts) in enumerate(self.facts.items()):
            if self.cancelled is not None and self.cancelled():
                raise CancelledError
            (found,) = evaluate(
                [self.rule.model_copy(update={"valid": {}})], {self.rule.subject: self.frames[n]},
                parameters={self.rule.code: chosen}, on=facts.on,
            )  # fmt: skip
            out[self.rows[n][found.rows], n] = True
            unknown += found.unknown
            total += len(self.frames[n].keys)
            if self.progress is not None:
                self.progress(n + 1, len(self.months))
            del month
        return out, unknown / total if total else 1.0

    def curve(self, chosen: Mapping[str, Decimal], truth: Truth) -> tuple[Point, ...]:
        """What comes of each place of the slider."""
        name = self.rule.slider
        if name is None:
            return ()
        self.progress = None
        whole = int(truth.known.any(axis=0).sum())
        points = []
        for value in places_of(self.rule, chosen):
            counted = count(self.fires({**chosen, name: value})[0], truth, self.among)
            points.append(
                Point(
                    value, counted.signals, counted.found, counted.precision, counted.recall, counted.median_lead,
                    counted.false / whole if whole else float("nan"),
                )
            )  # fmt: skip
        return tuple(points)

    def by_county(self, counted: Counted, whole: int) -> Mapping[str, Load]:
        """The workload of each county; "" for subjects that lie in none."""
        county = self._counties()
        names, place = np.unique(np.array(county, dtype=str), return_inverse=True)
        signals, false, right = (
            np.bincount(place, one.sum(axis=1), minlength=len(names)).astype(int)
            for one in (counted.opened, counted.false_at, counted.right_at)
        )
        months = max(whole, 1)
        return {
            str(name): Load(signals[n] / months, false[n] / months, int(signals[n]), int(right[n]))
            for n, name in enumerate(names.tolist())
            if signals[n] or name
        }

    def _counties(self) -> list[str]:
        if self.rule.subject == "firm":
            newest = self.facts[self.months[-1]]
            return [newest.county_of(key) for key in self.keys]
        if self.rule.subject in ("county", "cluster"):
            return [key.partition("|")[0] for key in self.keys]
        return [""] * len(self.keys)

    def cases(self, marked: Bits, truth: Truth) -> tuple[Case, ...]:
        """Some marked cells, the newest first."""
        rows, columns = np.nonzero(marked)
        order = np.lexsort((rows, -columns))[:MOST_EXAMPLES]
        return tuple(self._case(int(rows[n]), int(columns[n]), truth) for n in order.tolist())

    def _case(self, row: int, column: int, truth: Truth) -> Case:
        frame, rows = self.frames[column], self.rows[column]
        at = np.flatnonzero(rows == row)
        key = self.keys[row]
        name = frame.about(int(at[0])).name if len(at) else Words(zh=key, en=key)
        return Case(key, name, self.months[column], int(truth.begins[row, column]))


def places_of(rule: Rule, chosen: Mapping[str, Decimal]) -> tuple[Decimal, ...]:
    """Where the slider may stand, its present place among them; every so many steps where there are too many."""
    declared = rule.parameters[str(rule.slider)]
    steps = int((declared.to - declared.from_) / declared.step)
    every = -(-(steps + 1) // MOST_POINTS)
    found = {declared.from_ + declared.step * n for n in range(0, steps + 1, every)}
    return tuple(sorted({*found, declared.to, chosen[str(rule.slider)]}))


def _aligned(truth: Truth, keys: Sequence[str], months: Sequence[int]) -> Truth:
    rows = {key: place for place, key in enumerate(truth.keys)}
    columns = {month: place for place, month in enumerate(truth.months)}
    row = np.array([rows.get(key, -1) for key in keys], np.int64)
    column = np.array([columns.get(month, -1) for month in months], np.int64)
    there = (row >= 0)[:, None] & (column >= 0)[None, :]

    def taken(values: NDArray[Any]) -> NDArray[Any]:
        return np.where(there, values[np.maximum(row, 0)][:, np.maximum(column, 0)], 0).astype(values.dtype)

    return Truth(truth.name, tuple(keys), tuple(months), taken(truth.happens), taken(truth.known), taken(truth.begins))


def _reasons(rule: Rule, whole: int, counted: Counted, unknown: float, truth: Truth) -> Iterator[Words]:
    if not whole:
        yield Words(
            zh=f"还没有一个月知道之后{AHEAD}个月的结果，无法对照。",
            en=f"Of no month the {AHEAD} months after it are known yet: nothing can be held against the rule.",
        )
    elif whole < LEAST_MONTHS:
        yield Words(
            zh=f"只有{whole}个月有结果可对照（至少{LEAST_MONTHS}个月才有说服力）。",
            en=f"Only {whole} months can be compared; figures carry weight from {LEAST_MONTHS} on.",
        )
    if unknown >= 1.0:
        yield Words(
            zh=f"规则{rule.code}所需的数据在这一时段没有历史，一个对象也无法判断。",
            en=f"What rule {rule.code} reads has no history of that time: not one subject could be judged.",
        )
    elif counted.signals < LEAST_SIGNALS:
        yield Words(
            zh=f"这一时段只会发出{counted.signals}条预警，命中率说明不了什么。",
            en=f"It would have raised {counted.signals} signals in that time: too few for a precision to say much.",
        )
    if truth.name == "exports_fall" and whole and not counted.episodes:
        yield Words(
            zh=f"这一时段没有对象在之后{AHEAD}个月出口下降{-FALL:.0%}以上。",
            en=f"No subject's exports fell by {-FALL:.0%} or more in the {AHEAD} months after.",
        )

"""When an amount holds: the running time of a paragraph, and the rules for promises and for reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from commercebrain.engine.plantext.dates import PlanYears, Span, TimeMark, read_times
from commercebrain.engine.plantext.draft import Draft
from commercebrain.engine.plantext.lexicon import any_of, words


@dataclass(slots=True)
class State:
    """The time that the words so far have set; ``base`` is what the present part is compared with."""

    years: PlanYears
    at: Span | None = None
    explicit: bool = False
    goal: bool = False
    base: Span | None = None
    started: Span | None = None
    each: str | None = None
    whole: bool = False
    counted: bool = False
    in_clause: bool = False
    part: int = -1
    from_value: tuple[float, int | None, str] | None = None
    span_in_sentence: Span | None = None
    over_years: int | None = None
    #: 今年 was the last word of time.
    this_year: bool = False

    @classmethod
    def of_section(cls, section: Sequence[str], years: PlanYears) -> State:
        """The state at the head of a block: a year in the innermost heading that has one."""
        for title in reversed(section):
            for mark in read_times(title):
                if mark.span and mark.span[0] == mark.span[1] and mark.role == "at":
                    return cls(years, at=mark.span, goal=years.published is None or mark.span[1] >= years.published)
        return cls(years)

    def new_sentence(self) -> None:
        """What a full stop ends."""
        self.counted = self.in_clause = False
        self.each = None
        self.base = self.started = None
        self.from_value = None
        self.span_in_sentence = None
        self.over_years = None

    def new_clause(self, part: int) -> None:
        """What a comma ends, and what a semicolon ends."""
        self.base = None
        self.in_clause = False
        if part != self.part:
            self.part = part
            self.from_value = None
            self.each = None

    def take(self, mark: TimeMark) -> None:
        """Go on in time to ``mark``."""
        if mark.kind == "each":
            self.each = "half-year" if "半" in mark.word else "year"
        elif mark.word == "明年":
            if self.years.published:
                self.at, self.explicit, self.goal = (self.years.published + 1,) * 2, True, True
        elif mark.kind == "whole":
            if mark.word in ("全年", "今年", "年内", "本年"):
                self.whole = True
                if mark.word == "今年" and self.years.published:
                    self.at, self.explicit, self.goal = (self.years.published,) * 2, True, True
                self.this_year = mark.word == "今年"
        elif mark.kind == "years" and mark.span:
            self.over_years = mark.span[1]
            plan = self.years.plan
            if plan and plan[1] - plan[0] + 1 == self.over_years and (self.at is None or self.at == plan):
                self.at = plan
        elif mark.span is None:
            return
        elif mark.role == "base":
            self.base = mark.span
        else:
            self.each = None
            if mark.role == "from":
                self.started = mark.span
                return
            if mark.role == "at":
                self.started = None
            self.this_year = False
            self.at, self.explicit, self.goal = mark.span, True, mark.role == "goal"
            if mark.span[0] != mark.span[1]:
                self.span_in_sentence = mark.span

    def see(self, words_before: str) -> None:
        """Words that hold on to the end of the sentence: 累计, 五年."""
        found = _COUNTED.search(words_before)
        if found and (found.group().startswith("累") or self.at is None or self.at[0] != self.at[1]):
            self.counted = self.in_clause = True

    @property
    def from_year(self) -> int | None:
        """The year that a value rose from."""
        return self.started[1] if self.started else None


_COUNTED = re.compile(r"累[计积]|(?<![一公])共(?=引进|获批|开展|完成|实施|签约|新)")
_INFLOW = re.compile(r"(?:柔性)?(?:引进|招引|签约|落户|新(?!能源|材料|兴|型|业|质|一代|区|城|三|媒|零售|消费|服务))")
_FLOW = re.compile(any_of(words("words")["flow"]))


def set_time(draft: Draft, state: State, years: PlanYears) -> None:
    """Set year, period, base and kind of ``draft`` by the rules of its tense."""
    if draft.tense == "target":
        _target(draft, state, years)
    else:
        _fact(draft, state, years)


def _target(draft: Draft, state: State, years: PlanYears) -> None:
    at = state.at
    if at is not None and years.published is not None and at[1] < years.published and not state.goal:
        at = None
    last = at[1] if at else years.horizon
    if at is None and state.whole and years.published:
        last = years.published  # 全年 in a plan of several years is the year that it is issued in
    if state.this_year and years.published is None:
        last = None  # 今年 of a text that does not say when it was written is no later year of it
    draft.year = last
    draft.basis = "explicit" if state.explicit and at else "inherited" if at else "plan_horizon"
    spanned = at if at and at[0] != at[1] else None
    plan = years.plan if years.plan and last == years.plan[1] else None
    draft.period = spanned
    if state.each:
        draft.per = state.each
        draft.period = spanned or plan
        if draft.period and draft.period[0] == draft.period[1]:
            draft.period = None
    elif "mean" in draft.flags:
        draft.per = "year"
        draft.period = spanned or (plan if plan and plan[0] != plan[1] else None)
    elif draft.kind == "cumulative" or "cumulative" in draft.flags:
        draft.kind = "cumulative" if draft.kind in ("level", "count") else draft.kind
        if not spanned:
            named = state.at is not None and state.goal and state.over_years is None
            draft.period = None if named else plan
    elif draft.kind == "increment" and draft.amount.form not in ("point", "percent"):
        draft.period = spanned or plan or ((last, last) if last else None)
    elif draft.kind == "increment" and years.annual and last:
        draft.period = (last, last)
    elif (state.whole or years.annual) and draft.amount.form == "count" and last and _INFLOW.match(draft.indicator):
        draft.period = (last, last)
        draft.kind = "increment"
    if draft.amount.form == "times" and state.base and last and draft.kind == "growth_rate":
        draft.period = (state.base[1], last)
        draft.base = state.base[1]
    single = spanned is None and "mean" not in draft.flags and not state.each
    if draft.kind == "growth_rate" and single and draft.amount.form == "percent":
        draft.period = None


def _fact(draft: Draft, state: State, years: PlanYears) -> None:
    review = years.review
    at = state.at or (review if review else None)
    draft.basis = "explicit" if state.explicit else "inherited"
    if at and years.published is not None and at[1] > years.published and review:
        at = review
    spanned = at if at and at[0] != at[1] else None
    last = at[1] if at else None
    long_review = review if review and review[0] != review[1] else None
    flow = bool(_FLOW.search(draft.indicator))
    if draft.kind == "growth_rate":
        _fact_growth(draft, state, spanned, last, long_review)
        return
    if draft.kind == "increment":
        base = state.base
        if base:
            draft.base = base[1] if base[0] == base[1] else base
            draft.period = (base[1], last) if base[0] == base[1] and last else spanned or long_review
            if draft.period and draft.period[0] == draft.period[1]:
                draft.period = None
        else:
            draft.period = spanned
        draft.year = None if draft.period else last
        return
    if state.each:
        draft.per = state.each
        draft.period = spanned or long_review
        draft.year = None if draft.period else last
        return
    counted = "cumulative" in draft.flags or draft.kind == "cumulative"
    sticky = state.counted and draft.kind in ("level", "count") and draft.amount.form != "rank"
    since = spanned is not None or not state.explicit or state.in_clause
    sticky = sticky and (since or state.over_years is not None)
    if (counted or sticky) and draft.kind in ("level", "count", "cumulative"):
        draft.kind = "cumulative"
        period = spanned or (long_review if not state.explicit or state.over_years else None)
        if period:
            draft.period = period
        else:
            draft.year = last
        return
    if state.span_in_sentence and flow and draft.kind in ("count", "level") and draft.amount.form in ("count", "money"):
        draft.kind, draft.period = "cumulative", spanned
        draft.year = None if spanned else last
        return
    if "from" in draft.flags and state.started:
        draft.year = state.started[1]
    elif "from" in draft.flags:
        draft.year = spanned[0] if spanned and spanned[0] % 5 == 0 else spanned[0] - 1 if spanned else last
    else:
        draft.year = last


def _fact_growth(draft: Draft, state: State, spanned: Span | None, last: int | None, long_review: Span | None) -> None:
    """Growth of the past: over a base year, over a five-year period, on average, or on the year before."""
    base = state.base or state.started
    if base is not None and last is not None and base[1] < last:
        single = base[0] == base[1]
        if "mean" in draft.flags and base[1] % 5 == 0 and state.base:
            draft.period, draft.base = (base[1] + 1, last), base[1]
        elif single:
            draft.period, draft.base = (base[1], last), base[1]
        else:
            draft.period, draft.base = spanned or long_review or (base[1] + 1, last), base
        if "mean" in draft.flags:
            draft.per = "year"
        return
    if "mean" in draft.flags:
        draft.per = "year"
        draft.period = spanned or long_review
        draft.year = None if draft.period else last
        if spanned and spanned[0] % 5 == 0:
            draft.base = spanned[0]
        return
    if spanned is not None and "yearly" not in draft.flags:
        draft.period = spanned
        return
    draft.year = last
    draft.base = last - 1 if last else None
    if draft.amount.form == "percent" and not draft.indicator.endswith(
        ("增速", "涨幅", "增幅", "同比增长率", "年均增长率")
    ):
        draft.indicator = draft.indicator.replace("增长率", "同比增长率")

"""A rule 规则 as data: of whom it speaks, when it fires, at which level, in which words, and what happens then.

One file under ``catalogue/rules/`` declares one rule or a list of them. ``docs/how-to/declare-a-rule.md`` shows how in one
page. Levels are 提示, 关注, 重点关注; colours and Roman numbers are kept for what a government declares.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from commercebrain.engine.catalogue.models import Code, Model, SourceRef, Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Expression, Term, parse
from commercebrain.engine.forms.moments import check_span

Subject = Literal["firm", "goods", "county", "market", "cluster", "indicator", "project"]
Group = Literal["orders", "customs", "lists", "reporting", "targets", "safety", "macro"]
LevelCode = Literal["note", "watch", "close_watch"]
Truth = Literal["exports_fall", "answer_key", "none"]

#: Levels from the lowest to the highest, in the words of the field.
LEVELS: dict[str, Words] = {
    "note": Words(zh="提示", en="Note"),
    "watch": Words(zh="关注", en="Watch"),
    "close_watch": Words(zh="重点关注", en="Close watch"),
}
#: What a rule may speak of, in words.
SUBJECTS: dict[str, Words] = {
    "firm": Words(zh="企业", en="Firm"),
    "goods": Words(zh="商品（对一个市场）", en="Goods to a market"),
    "county": Words(zh="县（市、区）", en="County"),
    "market": Words(zh="市场", en="Market"),
    "cluster": Words(zh="产业集群（县域内一章商品）", en="Cluster (a chapter of goods in a county)"),
    "indicator": Words(zh="指标", en="Indicator"),
    "project": Words(zh="境外投资项目", en="Outbound project"),
}
#: Who is told of a signal and deals with it, by what its rule speaks of.
DEALT_WITH: dict[str, Words] = {
    "firm": Words(zh="由主管该企业的单位办理", en="dealt with by the unit in charge of the firm"),
    "goods": Words(zh="由启用规则的单位办理", en="dealt with by the bureau that uses the rule"),
    "county": Words(zh="由该县（市、区）的单位办理", en="dealt with by the unit of the county"),
    "market": Words(zh="由启用规则的单位办理", en="dealt with by the bureau that uses the rule"),
    "cluster": Words(zh="由所在县（市、区）的单位办理", en="dealt with by the unit of its county"),
    "indicator": Words(zh="由指标所属地区的单位办理", en="dealt with by the unit of the indicator's region"),
    "project": Words(
        zh="只含备案的境外投资项目，由主管投资企业的单位办理",
        en="filed outbound projects only; dealt with by the unit in charge of the investing firm",
    ),
}
GROUPS: dict[str, Words] = {
    "orders": Words(zh="订单", en="Orders"),
    "customs": Words(zh="进出口", en="Trade"),
    "lists": Words(zh="清单", en="Lists"),
    "reporting": Words(zh="填报", en="Reporting"),
    "targets": Words(zh="目标", en="Targets"),
    "safety": Words(zh="产业安全", en="Industrial safety"),
    "macro": Words(zh="宏观", en="Macro"),
}
#: A place in a sentence: ``{cover}``, ``{lag(cover, 4)}``, ``{-exports_gap}``.
PLACE = re.compile(r"\{([^{}]*)\}")
#: Places in sentences that the subject itself fills.
OWN_PLACES = ("name", "county_name")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict | str) else value


def _as_hold(value: object) -> object:
    """``hold: 2 reports`` is the short form of ``{for: 2, of: report}``."""
    if isinstance(value, str):
        count, _, of = value.partition(" ")
        if count.isdigit():
            return {"for": int(count), "of": of.removesuffix("s")}
    return value


class Parameter(Model):
    """A threshold that may be moved: its value, in which unit, between which bounds, in which steps."""

    value: Decimal
    unit: str = ""
    name: Words
    from_: Decimal = Field(alias="from")
    to: Decimal
    step: Decimal = Field(gt=0)

    @model_validator(mode="after")
    def _inside(self) -> Parameter:
        if not self.from_ <= self.value <= self.to:
            raise ValueError(
                f"the value {self.value} lies outside {self.from_} to {self.to} / "
                f"取值{self.value}不在{self.from_}至{self.to}之间"
            )
        return self


class Level(Model):
    """A level, and when it is this one; the last has no condition."""

    level: LevelCode
    when: str | None = None


class Hold(Model):
    """For how many consecutive periods the condition must hold, the current one counted."""

    for_: int = Field(alias="for", ge=1, le=24)
    of: Literal["report", "month"]


class Cause(Model):
    """By what signals are grouped that come from one thing: ``list`` names the kind of list, ``words`` what it is called."""

    by: Literal["list", "market", "county", "chapter", "none"] = "none"
    list_: Code | None = Field(default=None, alias="list")
    words: Words | None = None

    @model_validator(mode="after")
    def _list_named(self) -> Cause:
        if (self.by == "list") != (self.list_ is not None):
            raise ValueError("by: list and list: belong together / by: list 须与 list: 同写")
        return self


class EscalationStep(Model):
    """After how long without acknowledgement, to which role."""

    after: str
    to: str

    @model_validator(mode="after")
    def _span(self) -> EscalationStep:
        _spans(self.after)
        return self


class Tested(Model):
    """What a back-test holds the rule against; ``score`` ranks its subjects, ``slider`` is the parameter that moves."""

    truth: Truth = "none"
    score: str | None = None
    slider: str | None = None


class RuleExample(Model):
    """A small case that runs as a test. A list under a name is its history, oldest first, the current value last."""

    given: dict[str, Any]
    fires: bool
    level: LevelCode | None = None
    unknown: bool = False
    says: str | None = None
    parameters: dict[str, Decimal] = {}

    @model_validator(mode="after")
    def _one_answer(self) -> RuleExample:
        if self.unknown and self.fires:
            raise ValueError("what is unknown never fires / 无法判断的不触发")
        if self.level is not None and not self.fires:
            raise ValueError("only what fires has a level / 触发才有等级")
        return self


class Rule(Model):
    """A declared rule. ``when`` and the rest are read by :mod:`commercebrain.engine.expressions`; parameters are names in
    it. Its vocabulary is that of its subject (:func:`commercebrain.engine.rules.vocabulary.vocabulary`). ``brief`` is the
    sentence for who is not cleared for what customs know of single firms (:mod:`.confidential`)."""

    code: str = Field(pattern=r"^R\d{3}$")
    name: Words
    group: Group
    subject: Subject
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = ()
    practice: Words | None = None
    parameters: dict[Code, Parameter] = {}
    when: str
    levels: tuple[Level, ...] = Field(min_length=1)
    hold: Annotated[Hold | None, BeforeValidator(_as_hold)] = None
    exclusive_of: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    cause: Cause = Cause()
    say: Words
    brief: Words | None = None
    valid: dict[Literal["from", "until"], date | None] = {}
    case: Code | None = None
    opens: Literal["by_level", "at_once", "by_person"] = "by_level"
    proposes: tuple[Code, ...] = ()
    acknowledge: str = "1 working day"
    escalation: tuple[EscalationStep, ...] = ()
    backtest: Tested = Tested()
    examples: tuple[RuleExample, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Rule:
        if not self.source and self.practice is None:
            raise ValueError("give source: or practice: / 须写 source 或 practice")
        *conditioned, last = self.levels
        if last.when is not None or any(one.when is None for one in conditioned):
            raise ValueError(
                "every level but the last has a condition, the last has none / 除最后一级外各级须写 when，最后一级不写"
            )
        if self.code in (*self.exclusive_of, *self.inhibited_by):
            raise ValueError("a rule cannot refer to itself / 规则不能引用自己")
        _spans(self.acknowledge)
        return self

    @cached_property
    def condition(self) -> Expression:
        """The condition, parsed."""
        return parse(self.when)

    @cached_property
    def level_conditions(self) -> tuple[tuple[str, Expression | None], ...]:
        """Levels with their conditions, parsed, in the order of trial."""
        return tuple((one.level, parse(one.when) if one.when is not None else None) for one in self.levels)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The facts that it reads, parameters left out: of the condition, the levels, the score."""
        parts = [self.condition, *(one for _, one in self.level_conditions if one is not None)]
        if self.backtest.score is not None:
            parts.append(parse(self.backtest.score))
        found = dict.fromkeys(term for part in parts for term in part.terms)
        return tuple(term for term in found if term.args is not None or term.name not in self.parameters)

    @property
    def slider(self) -> str | None:
        """The parameter that a back-test moves: the one named, else the first."""
        return self.backtest.slider or next(iter(self.parameters), None)

    def holds_on(self, day: date) -> bool:
        """Whether it is valid on ``day``."""
        first, last = self.valid.get("from"), self.valid.get("until")
        return (first is None or first <= day) and (last is None or day <= last)

    def values(self, given: Mapping[str, Decimal] | None = None) -> dict[str, Decimal]:
        """The value of each parameter; those ``given`` replace the declaration's.

        Raises :class:`UserError` (``rule.unknown_parameter``, ``rule.parameter_outside``).
        """
        chosen = {name: one.value for name, one in self.parameters.items()}
        for name, value in (given or {}).items():
            declared = self.parameters.get(name)
            if declared is None:
                raise UserError(
                    "rule.unknown_parameter",
                    f"规则{self.code}没有参数“{name}”，可调的有：{'、'.join(self.parameters) or '无'}。",
                    f"Rule {self.code} has no parameter “{name}”; it has {', '.join(self.parameters) or 'none'}.",
                )
            number = Decimal(str(value))
            if not declared.from_ <= number <= declared.to:
                raise UserError(
                    "rule.parameter_outside",
                    f"规则{self.code}的参数“{declared.name.zh}”须在{declared.from_}至{declared.to}之间，给出的是{number}。",
                    f"“{declared.name.en}” of rule {self.code} lies between {declared.from_} and {declared.to}; "
                    f"{number} was given.",
                )
            chosen[name] = number
        return chosen


def _spans(text: str) -> None:
    try:
        check_span(text)
    except UserError as fault:
        raise ValueError(f"{fault.en} / {fault.zh}") from None

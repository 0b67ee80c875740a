"""The examples of rules as tests: one subject with its history, and whether the rule says of it what the example says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.catalogue.source import Fault, nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Column, Term, Type, Vocabulary, parse
from commercebrain.engine.expressions.checking import type_of
from commercebrain.engine.expressions.nodes import Number
from commercebrain.engine.rules.evaluating import evaluate
from commercebrain.engine.rules.frame import About, ArrayFrame
from commercebrain.engine.rules.kinds import OWN_PLACES, SUBJECTS, Rule, RuleExample
from commercebrain.engine.rules.saying import Row
from commercebrain.engine.rules.vocabulary import periods_of, vocabulary

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

_DAY = date(2025, 7, 21)


def example_frame(rule: Rule, example: RuleExample, on: date = _DAY) -> ArrayFrame:
    """The subject of an example with its history.

    A list under a name is its history by reports or months, as the name's periods are; what is given once was always so.
    Raises :class:`UserError` (``rule.example``) for a name that the vocabulary does not have.
    """
    words = vocabulary(rule.subject)
    now: dict[str, Any] = {}
    before: dict[str, list[dict[str, Any]]] = {"report": [], "month": []}
    history = {name: _history(name, value, words) for name, value in example.given.items() if name not in OWN_PLACES}
    deepest = max([_reach(rule), *(len(values) for _, values in history.values())])
    for name, (term, values) in history.items():
        now[name] = values[-1]
        of = periods_of(rule.subject, term)
        for kind, frames in before.items():
            for back in range(1, deepest):
                while len(frames) < back:
                    frames.append({})
                if len(values) == 1 or kind != of:
                    frames[back - 1][name] = values[-1]
                elif back < len(values):
                    frames[back - 1][name] = values[-1 - back]
    said = example.given.get("name", "示例" + SUBJECTS[rule.subject].zh)
    place = str(example.given.get("county_name", "示例县"))
    about = About(
        name=Words(zh=str(said), en=str(said)),
        uscc="example",
        county="990101",
        county_name=Words(zh=place, en=place),
    )
    made = {
        kind: [ArrayFrame(rule.subject, ["example"], _columns(one), who=[about]) for one in frames]
        for kind, frames in before.items()
    }
    return ArrayFrame(rule.subject, ["example"], _columns(now), "2025-06", on, True, [about], made)


def _reach(rule: Rule) -> int:
    """How many periods the rule looks at, the current one counted."""
    lags = [
        int(arg.value)
        for term in rule.terms
        if term.name == "lag"
        for arg in term.args or ()
        if isinstance(arg, Number)
    ]
    return max(lags, default=0) + (rule.hold.for_ if rule.hold is not None else 1)


def _history(name: str, value: Any, words: Vocabulary) -> tuple[Term, list[Any]]:
    node = parse(name).node
    declared = type_of(node, words) if isinstance(node, Term) else None
    if not isinstance(node, Term) or declared is None:
        zh, en = nearest(name, [*words.names, *words.functions])
        raise UserError(
            "rule.example", f"示例里没有“{name}”这项数据{zh}", f"There is no fact “{name}” for an example{en}"
        )
    whole = isinstance(value, list) and (declared.kind != "ticks" or any(isinstance(one, list) for one in value))
    return node, [_value(one, declared, name) for one in (value if whole else [value])]


def _value(given: Any, declared: Type, name: str) -> Any:
    if given is None:
        return None
    fits = {
        "number": isinstance(given, int | float) and not isinstance(given, bool),
        "truth": isinstance(given, bool),
        "ticks": isinstance(given, list),
        "day": isinstance(given, date),
    }.get(declared.kind, isinstance(given, str))
    if fits and declared.kind == "choice":
        fits = (given := declared.code(given)) in declared.choices
    if not fits:
        raise UserError(
            "rule.example", f"示例里“{name}”的值“{given}”不合要求。", f"The value “{given}” of “{name}” does not fit."
        )
    return frozenset(str(one) for one in given) if declared.kind == "ticks" else given


def _columns(values: Mapping[str, Any]) -> dict[str, Column]:
    return {name: Column.of([value]) for name, value in values.items()}


def judged(rule: Rule, example: RuleExample) -> tuple[str, str] | None:
    """What an example says that the rule does not, in both languages; None where they agree.

    Valid dates and other rules are left aside: an example is about the condition, the hold, the level and the sentence.
    """
    try:
        frame = example_frame(rule, example)
        alone = rule.model_copy(update={"valid": {}, "exclusive_of": ()})
        (found,) = evaluate([alone], {rule.subject: frame}, parameters={rule.code: example.parameters}, on=frame.on)
    except UserError as fault:
        return fault.zh, fault.en
    fires, unknown = bool(len(found.rows)), bool(found.unknown)
    if fires != example.fires:
        one = Row(rule, frame, 0, found.parameters)
        why = rule.condition.explain(one.look_up, one.words)
        said = ("触发", "fires") if fires else ("不触发", "does not fire")
        return f"示例与结果不符：实际{said[0]}。{why.zh}", f"The example differs: the rule {said[1]}. {why.en}"
    if unknown != example.unknown:
        said = ("无法判断", "cannot be told") if unknown else ("能够判断", "can be told")
        return f"示例与结果不符：实际{said[0]}。", f"The example differs: it {said[1]}."
    if example.level is not None and str(found.levels[0]) != example.level:
        return (
            f"示例与结果不符：等级是{found.levels[0]}，不是{example.level}。",
            f"The example differs: the level is {found.levels[0]}, not {example.level}.",
        )
    if example.says is not None and fires:
        sentence = Row(rule, frame, 0, found.parameters).sentence().zh
        if sentence != example.says:
            return f"示例与结果不符：句子是“{sentence}”。", f"The example differs: the sentence is “{sentence}”."
    return None


def run_examples(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for every example of a rule that does not come out as it says."""
    for code, rule in catalogue.rules.items():
        for number, example in enumerate(rule.examples):
            if told := judged(rule, example):
                yield catalogue.fault(f"rule:{code}", *told, "examples", number)

"""What is wrong with a declared template: unknown words, stages nobody reaches or leaves, gates that nobody can fill."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from commercebrain.engine.cases.graph import edges, passed, reached
from commercebrain.engine.cases.kinds import ACTORS, OUTCOME, CaseField, Template
from commercebrain.engine.cases.spans import Span
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Vocabulary, parse
from commercebrain.engine.units import Unit
from commercebrain.engine.yaml_text import read_yaml

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

At = tuple[str | int, ...]
Told = tuple[At, str, str]
#: What a case may be started by beside roles.
STARTS = ("signal", "firm", "owner", "system")


@lru_cache(maxsize=1)
def roles() -> Collection[str]:
    """The codes of the declared roles."""
    text = (files("commercebrain.catalogue") / "roles.yaml").read_text(encoding="utf-8")
    return tuple(read_yaml(text)["roles"])


def faults_of(template: Template, whole: Catalogue) -> Iterator[Told]:
    """Every fault: the place in the file, and the sentence in both languages."""
    yield from _fields(template)
    yield from _stages(template)
    yield from _gates(template)
    yield from _transitions(template)
    yield from _clocks(template)
    yield from _rest(template, whole)


def _unknown(at: At, what: tuple[str, str], word: str, known: Collection[str]) -> Iterator[Told]:
    if word not in known:
        zh, en = nearest(word, known)
        yield at, f"没有{what[0]}“{word}”{zh}", f"There is no {what[1]} “{word}”{en}"


_STAGE, _FIELD, _ROLE = ("阶段", "stage"), ("字段", "field"), ("角色", "role")


def _condition(at: At, text: str | None, words: Vocabulary) -> Iterator[Told]:
    if text is None:
        return
    try:
        for fault in parse(text).check(words):
            yield at, fault.zh, fault.en
    except UserError as fault:
        yield at, fault.zh, fault.en


def _fields(template: Template) -> Iterator[Told]:
    for key, fields in (("fields", template.fields), ("firm_fields", template.firm_fields)):
        seen: set[str] = set()
        for place, one in enumerate(fields):
            at = (key, place, "code")
            if one.code in seen:
                yield at, f"字段“{one.code}”写了两次。", f"The field “{one.code}” is given twice."
            seen.add(one.code)
            if one.code in template.stages or one.code == "level":
                yield at, f"“{one.code}”已用于阶段或级别。", f"“{one.code}” is the code of a stage or the level."
            if key == "firm_fields" and one.code in template.by_code:
                yield at, f"事项已有字段“{one.code}”。", f"The case has a field “{one.code}” already."
            if one.firm_enters and (one.internal or not template.firm_sees):
                told = "企业看不到，却要企业填写。", "The firm is to fill it in and does not see it."
                yield (key, place, "firm_enters"), *told
            yield from _unit((key, place, "unit"), one)
    for place, code in enumerate(template.sought):
        yield from _unknown(("sought", place), _FIELD, code, template.by_code)


def _unit(at: At, one: CaseField) -> Iterator[Told]:
    if one.unit:
        try:
            Unit.parse(one.unit)
        except UserError as error:
            yield at, error.zh, error.en


def _stages(template: Template) -> Iterator[Told]:
    ways = edges(template)
    from_start = reached(ways, template.first)
    finals = {code for code, one in template.stages.items() if one.final}
    if not finals:
        yield ("stages",), "没有终结阶段（final: true）。", "No stage is final (final: true)."
    for code in template.stages:
        if code not in from_start:
            yield ("stages", code), f"没有流转能到阶段“{code}”。", f"No transition leads to the stage “{code}”."
        elif finals and not reached(ways, code) & finals:
            yield ("stages", code), f"阶段“{code}”走不到办结。", f"From the stage “{code}” no way leads to the end."


def _gates(template: Template) -> Iterator[Told]:
    for place, gate in enumerate(template.gates):
        fields = template.firm_by_code if gate.of == "firms" else template.by_code
        yield from _unknown(("gates", place, "from"), _STAGE, gate.from_, template.stages)
        for number, code in enumerate(gate.need):
            yield from _unknown(("gates", place, "need", number), _FIELD, code, fields)
        for number, code in enumerate(gate.papers):
            yield from _unknown(("gates", place, "papers", number), ("材料", "paper"), code, template.papers)
        words = template.firm_words if gate.of == "firms" else template.words
        yield from _condition(("gates", place, "when"), gate.when, words)
        if gate.from_ == template.first and (gate.need or gate.papers) and template.starts == ("signal",):
            yield (
                ("gates", place),
                "信号开的事项在第一阶段还没有人填写，不能设关口。",
                "A case that a signal opens has nobody to fill in its first stage: no gate can stand there.",
            )
    yield from _unreachable_values(template)


def _unreachable_values(template: Template) -> Iterator[Told]:
    """A clock may ask for a field that no gate before it makes sure of: then it may never start, and nobody is told."""
    for code, clock in template.clocks.items():
        if clock.from_ not in template.by_code:
            continue
        asked = {field for gate in template.gates for field in gate.need if gate.of == "case"}
        asked |= {field for one in template.transitions.values() for field in (*one.needs, *one.sets)}
        if clock.from_ not in asked:
            yield (
                ("clocks", code, "from"),
                f"没有关口要求填写“{clock.from_}”，这个时限可能永远不开始。",
                f"No gate asks for “{clock.from_}”: this clock may never start.",
            )


def _transitions(template: Template) -> Iterator[Told]:
    actors = [*ACTORS, *roles()]
    for code, one in template.transitions.items():
        for number, stage in enumerate(one.from_):
            yield from _unknown(("transitions", code, "from", number), _STAGE, stage, template.stages)
            if stage in template.stages and template.stages[stage].final:
                yield (
                    ("transitions", code, "from"),
                    f"“{stage}”已办结，不能再流转。",
                    f"“{stage}” is final: nothing leaves it.",
                )
        yield from _unknown(("transitions", code, "to"), _STAGE, one.to, template.stages)
        for number, who in enumerate(one.may):
            yield from _unknown(("transitions", code, "may", number), _ROLE, who, actors)
        for key, codes in (("needs", one.needs), ("sets", tuple(one.sets)), ("renews", one.renews)):
            for field in codes:
                yield from _unknown(("transitions", code, key), _FIELD, field, template.by_code)
        if "firm" in one.may and not template.firm_sees:
            yield ("transitions", code, "may"), "企业看不到此类事项，不能办理。", "The firm does not see such a case."
        for field, value in one.sets.items():
            choices = template.by_code[field].choices if field in template.by_code else {}
            if choices:
                yield from _unknown(("transitions", code, "sets", field), ("选项", "choice"), str(value), choices)
        for key, clocks in (("pauses", one.pauses), ("resumes", one.resumes)):
            for clock in clocks:
                yield from _unknown(("transitions", code, key), ("时限", "clock"), clock, template.clocks)
        yield from _condition(("transitions", code, "when"), one.when, template.words)
    if template.code in template.transitions or set(template.transitions) & set(template.stages):
        both = sorted(set(template.transitions) & set(template.stages))
        yield ("transitions",), f"流转与阶段同名：{both}。", f"Transitions have the codes of stages: {both}."


def _clocks(template: Template) -> Iterator[Told]:
    events = [*template.stages, *template.by_code]
    for code, one in template.clocks.items():
        yield from _unknown(("clocks", code, "from"), ("阶段或字段", "stage or field"), one.from_, events)
        for number, event in enumerate(one.to):
            yield from _unknown(("clocks", code, "to", number), ("阶段或字段", "stage or field"), event, events)
        for key, field, kinds in (
            ("until", one.until, ("date",)),
            ("since", one.since, ("date",)),
            ("calendar", None if one.calendar == "CN" else one.calendar, ("country", "partner", "choice")),
            ("from", one.from_ if one.from_ in template.by_code else None, ("date",)),
        ):
            if field is None:
                continue
            yield from _unknown(("clocks", code, key), _FIELD, field, template.by_code)
            if field in template.by_code and template.by_code[field].type not in kinds:
                told = "、".join(kinds)
                yield ("clocks", code, key), f"字段“{field}”须为 {told} 类型。", f"“{field}” must have the type {told}."
        if one.from_ in template.stages and not template.stages[one.from_].final:
            ends = [stage for stage in one.to if stage in template.stages]
            if ends and len(ends) == len(one.to) and not set(ends) & reached(edges(template), one.from_):
                yield (
                    ("clocks", code, "to"),
                    "从起点走不到终点。",
                    "What ends it cannot be reached from where it starts.",
                )


def _rest(template: Template, whole: Catalogue) -> Iterator[Told]:
    known = roles()
    if template.owner.line is not None:
        yield from _unknown(("owner", "line"), _ROLE, template.owner.line, known)
    for number, who in enumerate(template.starts):
        yield from _unknown(("starts", number), _ROLE, who, [*STARTS, *known])
    for number, step in enumerate(template.escalate):
        yield from _unknown(("escalate", number, "to"), _ROLE, step.to, known)
        for clock in step.clocks:
            yield from _unknown(("escalate", number, "clocks"), ("时限", "clock"), clock, template.clocks)
    order = [_length(step.span) for step in template.escalate]
    if order != sorted(order):
        yield ("escalate",), "升级步骤须自早到晚排列。", "Steps of the escalation go from early to late."
    follow = template.follow_up
    if follow is not None:
        yield from _unknown(("follow_up", "after"), _FIELD, follow.after, template.by_code)
        if follow.after in template.by_code and template.by_code[follow.after].type != "date":
            yield ("follow_up", "after"), "须为日期字段。", "This must be a date field."
        if whole.indicators:
            yield from _unknown(("follow_up", "figure"), ("指标", "indicator"), follow.figure, whole.indicators)
    if template.outcomes:
        for code, stage in template.stages.items():
            if stage.final and not _asks_outcome(template, code):
                yield ("stages", code), "办结时没有要求写明结果。", "A case can be closed here without an outcome."


def _length(span: Span) -> float:
    return span.count * {"hour": 1 / 24, "day": 1, "working day": 1, "month": 30, "year": 365}[span.unit]


def _asks_outcome(template: Template, stage: str) -> bool:
    asked = passed(template, stage)
    if any(OUTCOME in gate.need and gate.when is None for gate in template.gates if gate.from_ in asked):
        return True
    into = [one for one in template.transitions.values() if one.to == stage]
    return all(OUTCOME in one.needs or OUTCOME in one.sets for one in into)

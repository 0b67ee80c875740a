"""What a case lacks and where it may go: one function says both whether a stage may be entered and what is missing for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from commercebrain.engine.cases.graph import edges, passed, reached
from commercebrain.engine.cases.kinds import Gate, Template, Transition
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.catalogue.registers import RegisterField
from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Expression, Term, Vocabulary, parse

Values = Mapping[str, Any]
#: Approvals of papers with which a paper counts: one for home needs none.
GOOD_PAPERS = frozenset({"none", "approved"})


@dataclass(frozen=True)
class Facts:
    """What is known of a case beside its fields.

    ``papers``: purpose → the approvals of the papers of that purpose (``none`` where meant for home). ``through``: stages
    that it has been in. ``times``: how often each transition was taken. ``late``: clocks past due. ``checked`` and
    ``waiting``: follow-ups with and without a result.
    """

    level: str = ""
    papers: Mapping[str, Collection[str]] = field(default_factory=dict)
    through: Collection[str] = ()
    times: Mapping[str, int] = field(default_factory=dict)
    late: Collection[str] = ()
    checked: int = 0
    waiting: int = 0


NOTHING = Facts()


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is missing: a ``field`` (of the firm number ``firm``, from 0, where it is a firm's), a ``paper``, or
    ``firms``. ``stage`` is the gate that asks for it; empty where a transition does."""

    what: Literal["field", "paper", "firms"]
    code: str
    name: Words
    stage: str = ""
    firm: int | None = None

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        of = "" if self.firm is None else f"（第{self.firm + 1}家企业）"
        return {
            "field": f"请填写“{self.name.zh}”{of}。",
            "paper": f"请上传“{self.name.zh}”；报送境外的须经审批通过。",
            "firms": f"请列明涉及的企业（至少{self.name.zh}家）。",
        }[self.what]

    @property
    def en(self) -> str:
        """The sentence in English."""
        of = "" if self.firm is None else f" (firm {self.firm + 1})"
        return {
            "field": f"Fill in “{self.name.en}”{of}.",
            "paper": f"Add the paper “{self.name.en}”; one meant for abroad must be approved.",
            "firms": f"Name the firms concerned (at least {self.name.en}).",
        }[self.what]

    def say(self, language: str = "zh") -> str:
        """The sentence."""
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True)
class Move:
    """A transition that somebody may take from a stage: what is ``missing`` for it, and whether its condition ``holds``
    (None where that is not known), with the sentence ``why`` not."""

    code: str
    transition: Transition
    missing: tuple[Missing, ...] = ()
    holds: bool | None = True
    why: Words | None = None

    @property
    def ready(self) -> bool:
        """Whether it can be taken now."""
        return not self.missing and self.holds is True


def taken_with(transition: Transition, values: Values, typed: Values | None = None) -> dict[str, Any]:
    """The values of a case as they are with a transition: what it renews is empty unless it is ``typed`` with it, what is
    typed and what it sets is there."""
    left = {code: value for code, value in values.items() if code not in transition.renews}
    return {**left, **(typed or {}), **transition.sets}


def missing(
    template: Template,
    to: str,
    values: Values,
    firms: Sequence[Values] = (),
    facts: Facts = NOTHING,
    *,
    typed: Values | None = None,
) -> list[Missing]:
    """What a case lacks to stand in the stage ``to``, or to take the transition ``to``; empty: nothing.

    Asked of the stage in which a case stands, it says whether the values as they are now still hold there: what saving
    checks. What is asked for are the gates of the stage, of every stage that each way there passes, and of those that the
    case has been ``through`` (what is renewed there only once the case is through it again); of a transition also what it
    needs itself, with the values that it sets, without those that it renews unless they are ``typed`` with it.
    Raises :class:`UserError` (``case.no_stage``) for a word that is neither.
    """
    transition = template.transitions.get(to)
    if transition is None and to not in template.stages:
        zh, en = nearest(to, [*template.stages, *template.transitions])
        raise UserError("case.no_stage", f"没有阶段或流转“{to}”{zh}", f"There is no stage or transition “{to}”{en}")
    given = taken_with(transition, values, typed) if transition else {**values, **(typed or {})}
    stage = transition.to if transition else to
    found = [
        *_of_gates(template, _asked(template, stage, facts), given, firms, facts),
        *(
            Missing("field", code, template.by_code[code].name)
            for code in (transition.needs if transition else ())
            if _empty(given.get(code))
        ),
    ]
    return list({(one.what, one.code, one.firm): one for one in reversed(found)}.values())[::-1]


def opened(
    template: Template,
    stage: str,
    before: Values,
    after: Values,
    *,
    firms: Sequence[Values] = (),
    firms_after: Sequence[Values] | None = None,
    facts: Facts = NOTHING,
) -> list[Missing]:
    """What would be missing in the stage in which a case stands after a change of its values (and of its firms) and was not
    before: what stands against saving it. What was missing already does not: it is what is being filled in."""
    was = set(missing(template, stage, before, firms, facts))
    now = missing(template, stage, after, firms if firms_after is None else firms_after, facts)
    return [one for one in now if one not in was]


def _asked(template: Template, stage: str, facts: Facts) -> list[Gate]:
    """The gates that hold in a stage. Of a stage that the case has been through and can still come to again, fields that a
    way back renews are not asked for before it does."""
    sure = passed(template, stage)
    been = {one for one in facts.through if one in template.stages} - sure
    renewed = {code for one in template.transitions.values() for code in one.renews}
    ahead = reached(edges(template), stage) if renewed else frozenset()
    found = []
    for gate in template.gates:
        if gate.from_ in sure or (gate.from_ in been and gate.from_ not in ahead):
            found.append(gate)
        elif gate.from_ in been:
            need = tuple(code for code in gate.need if code not in renewed)
            if need or gate.papers or gate.firms:
                found.append(gate.model_copy(update={"need": need}))
    return found


def _of_gates(
    template: Template, gates: Sequence[Gate], values: Values, firms: Sequence[Values], facts: Facts
) -> Iterator[Missing]:
    names, firm_names = template.words, template.firm_words
    for gate in gates:
        rows: list[tuple[int | None, Values, Mapping[str, RegisterField], Vocabulary]] = (
            [(number, row, template.firm_by_code, firm_names) for number, row in enumerate(firms)]
            if gate.of == "firms"
            else [(None, values, template.by_code, names)]
        )
        for number, row, fields, words in rows:
            if gate.when is not None:
                look_up = _look_up(template, values, len(firms), facts, row if gate.of == "firms" else None)
                if _parsed(gate.when).holds(look_up, words) is not True:
                    continue
            for code in gate.need:
                if _empty(row.get(code)):
                    yield Missing("field", code, fields[code].name, gate.from_, number)
            for code in gate.papers if number in (None, 0) else ():
                if not GOOD_PAPERS & set(facts.papers.get(code, ())):
                    yield Missing("paper", code, template.papers[code].name, gate.from_)
        if len(firms) < gate.firms:
            yield Missing("firms", "firms", Words(zh=str(gate.firms), en=str(gate.firms)), gate.from_)


def moves(
    template: Template,
    stage: str,
    values: Values,
    may: Callable[[str], bool],
    *,
    firms: Sequence[Values] = (),
    facts: Facts = NOTHING,
    typed: Values | None = None,
) -> list[Move]:
    """The transitions from ``stage`` that somebody may take: ``may`` says of an actor or role (``officer``, ``owner``,
    ``firm``, ``director`` …) whether it is theirs. What is not theirs is left out; what is theirs and not ready says why.
    ``typed`` is what is filled in on the way."""
    found = []
    for code, one in template.from_stage(stage).items():
        if not any(may(who) for who in one.may):
            continue
        holds: bool | None = True
        why: Words | None = None
        if one.when is not None:
            look_up = _look_up(template, taken_with(one, values, typed), len(firms), facts)
            told = _parsed(one.when).explain(look_up, template.words)
            holds = told.holds
            why = None if holds is True else one.say or Words(zh=told.zh, en=told.en)
        found.append(Move(code, one, tuple(missing(template, code, values, firms, facts, typed=typed)), holds, why))
    return found


def _look_up(
    template: Template, values: Values, firms: int, facts: Facts, row: Values | None = None
) -> Callable[[Term], object]:
    def look_up(term: Term) -> object:
        name = term.name
        if term.args is None:
            if name == "level":
                return facts.level or None
            if row is not None and name in template.firm_by_code:
                return row.get(name)
            return values.get(name)
        first = str(getattr(term.args[0], "value", "")) if term.args else ""
        return {
            "firms": firms,
            "checked": facts.checked,
            "waiting": facts.waiting,
            "times": facts.times.get(first, 0),
            "late": first in facts.late,
            "paper": bool(GOOD_PAPERS & set(facts.papers.get(first, ()))),
        }.get(name)

    return look_up


@lru_cache(maxsize=256)
def _parsed(text: str) -> Expression:
    return parse(text)


def _empty(value: Any) -> bool:
    return value is None or value == ""

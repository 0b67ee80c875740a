"""What is wrong between the parts of a declared rule, and between it and what else is declared."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Vocabulary, parse
from commercebrain.engine.expressions.nodes import terms_in
from commercebrain.engine.rules.compiled import words_of
from commercebrain.engine.rules.confidential import tells_in
from commercebrain.engine.rules.kinds import LEVELS, Rule
from commercebrain.engine.rules.saying import place_fault, places
from commercebrain.engine.rules.vocabulary import vocabulary
from commercebrain.engine.units import Unit
from commercebrain.engine.yaml_text import read_yaml

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue

Told = tuple[tuple[str | int, ...], str, str]
#: What a rule may name: the key of the rule, the kind in the catalogue, and the words for it.
_NAMED = {"case": ("template", "事项模板", "case template"), "proposes": ("measure", "措施", "kind of measure")}


class Known:
    """What a catalogue has, with that of the product ``beside`` it where a bureau declares rules of its own."""

    def __init__(self, catalogue: Catalogue, beside: Catalogue) -> None:
        both = (catalogue, beside)
        self.declared = frozenset(name for one in both for name in one.declared)
        self.rules = {**beside.rules, **catalogue.rules}
        self.countries = sorted({code for one in both for code in one.codes("countries")})

    def codes(self, kind: str) -> list[str]:
        """The codes declared of a kind."""
        return sorted(name.partition(":")[2] for name in self.declared if name.startswith(f"{kind}:"))


def faults_of(rule: Rule, known: Known) -> Iterator[Told]:
    """The place in the rule's file, and the sentence in both languages."""
    base = vocabulary(rule.subject, known.codes("list") or None, known.countries or None)
    words = words_of(rule, base)
    yield from _parameters(rule, base)
    yield from _condition(("when",), rule.when, words)
    ranks = list(LEVELS)
    for place, level in enumerate(rule.levels):
        if level.when is not None:
            yield from _condition(("levels", place, "when"), level.when, words)
        if place and ranks.index(level.level) >= ranks.index(rule.levels[place - 1].level):
            yield ("levels", place), "等级须由高到低排列，且不重复。", "Levels go from the highest down, each once."
    yield from _backtest(rule, words)
    for place_ in places(rule.say):
        if told := place_fault(place_, rule):
            yield ("say",), *told
    yield from _brief(rule)
    yield from _others(rule, known)
    yield from _references(rule, known)


def _brief(rule: Rule) -> Iterator[Told]:
    """What stands in the sentence for who is not cleared must be open to whoever sees the signal."""
    if rule.brief is None:
        return
    for place in places(rule.brief):
        if told := place_fault(place, rule):
            yield ("brief",), *told
    for place in tells_in(rule.subject, rule.brief):
        yield (
            ("brief",), f"“{{{place}}}”来自企业级海关数据，不能写进 brief。",
            f"“{{{place}}}” comes from firm-level customs data and cannot stand in brief.",
        )  # fmt: skip


def _parameters(rule: Rule, base: Vocabulary) -> Iterator[Told]:
    used: set[str] = set()
    for text in (rule.when, *(one.when for one in rule.levels), rule.backtest.score):
        try:
            used |= {term.name for term in terms_in(parse(text).node)} if text else set()
        except UserError:
            return  # told where it stands
    for name, one in rule.parameters.items():
        at = ("parameters", name)
        if name in base.names or name in base.functions:
            yield at, f"参数“{name}”与数据同名，请改名。", f"The parameter “{name}” is called like a fact; rename it."
        if name not in used:
            yield at, f"参数“{name}”没有用到。", f"The parameter “{name}” is not used."
        if one.unit:
            try:
                Unit.parse(one.unit)
            except UserError as fault:
                yield (*at, "unit"), fault.zh, fault.en


def _condition(at: tuple[str | int, ...], text: str, words: Vocabulary, *, condition: bool = True) -> Iterator[Told]:
    try:
        for fault in parse(text).check(words, condition=condition):
            yield at, fault.zh, fault.en
    except UserError as fault:
        yield at, fault.zh, fault.en


def _backtest(rule: Rule, words: Vocabulary) -> Iterator[Told]:
    tested = rule.backtest
    if tested.score is not None:
        yield from _condition(("backtest", "score"), tested.score, words, condition=False)
    if tested.slider is not None and tested.slider not in rule.parameters:
        zh, en = nearest(tested.slider, rule.parameters)
        yield ("backtest", "slider"), f"没有参数“{tested.slider}”{zh}", f"There is no parameter “{tested.slider}”{en}"
    if tested.truth != "none" and rule.subject != "firm":
        yield (
            ("backtest", "truth"),
            "只有企业规则能对照结果回测。",
            "Only rules about firms are tested against a truth.",
        )


def _others(rule: Rule, known: Known) -> Iterator[Told]:
    """The rules that it names: they exist, and no two name each other."""
    for key, codes in (("exclusive_of", rule.exclusive_of), ("inhibited_by", rule.inhibited_by)):
        for place, code in enumerate(codes):
            other = known.rules.get(code)
            if other is None:
                if f"rule:{code}" not in known.declared:  # a faulty one is told where it stands
                    zh, en = nearest(code, known.codes("rule"))
                    yield (key, place), f"没有规则“{code}”{zh}", f"There is no rule “{code}”{en}"
                continue
            if key == "exclusive_of" and other.subject != rule.subject:
                yield (
                    (key, place),
                    f"规则{code}的对象是{other.subject}，不能与{rule.subject}的规则互斥。",
                    f"Rule {code} is about {other.subject}; only one about {rule.subject} can exclude.",
                )
            if rule.code in getattr(other, key):
                yield (
                    (key, place),
                    f"{rule.code}与{code}互相引用，两条都不会提示。",
                    f"{rule.code} and {code} name each other: neither would ever be told.",
                )


def _references(rule: Rule, known: Known) -> Iterator[Told]:
    for key, (kind, zh_kind, en_kind) in _NAMED.items():
        codes = known.codes(kind)
        given = getattr(rule, key)
        for place, code in enumerate([given] if isinstance(given, str) else given or ()):
            if code not in codes:
                zh, en = nearest(code, codes)
                at = (key,) if isinstance(given, str) else (key, place)
                yield at, f"没有{zh_kind}“{code}”{zh}", f"There is no {en_kind} “{code}”{en}"
    for place, step in enumerate(rule.escalation):
        if step.to not in _roles():
            zh, en = nearest(step.to, _roles())
            yield ("escalation", place, "to"), f"没有角色“{step.to}”{zh}", f"There is no role “{step.to}”{en}"
    if rule.cause.list_ is not None and rule.cause.list_ not in known.codes("list"):
        zh, en = nearest(rule.cause.list_, known.codes("list"))
        yield ("cause", "list"), f"没有清单“{rule.cause.list_}”{zh}", f"There is no list “{rule.cause.list_}”{en}"
    first, last = rule.valid.get("from"), rule.valid.get("until")
    if first is not None and last is not None and last < first:
        yield ("valid",), "失效日期早于生效日期。", "It ends before it begins."


@lru_cache(maxsize=1)
def _roles() -> tuple[str, ...]:
    text = (files("commercebrain.catalogue") / "roles.yaml").read_text(encoding="utf-8")
    return tuple(read_yaml(text)["roles"])

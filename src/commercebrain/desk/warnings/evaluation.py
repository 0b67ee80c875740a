"""The evaluation of a bureau's rules on a day: what holds becomes signals, what no longer holds ends.

1. All rules in use are evaluated in one pass over the facts of the day (``engine.rules``).
2. Each rule's signals are brought in line, a transaction a rule (:func:`.lifecycle.apply`).
3. Narrow signals stand behind wider ones, and come back when those are over (:func:`.wider.settle`).
4. Acknowledgements that ran out ask again, and what waits to be told is told (:mod:`.notifying`).

Each step looks at what is there and does what is missing. So an evaluation that was killed anywhere leaves whole data and
the next one completes it; doing one twice, or two at once, leaves what one leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.lists.kinds import kinds as list_kinds
from commercebrain.desk.people.models import Unit
from commercebrain.desk.warnings import closed_units, lifecycle, notifying, taking, watching, wider
from commercebrain.desk.warnings.kinds import parameters_of, rule_of
from commercebrain.desk.warnings.lifecycle import Changes, Hit
from commercebrain.desk.warnings.models import Evaluation, RuleUse, Signal
from commercebrain.desk.warnings.subjects import Places
from commercebrain.desk.warnings.wider import Key
from commercebrain.engine.errors import UserError
from commercebrain.engine.rules import Found, Frame, evidence, inhibit
from commercebrain.engine.rules import evaluate as evaluate_rules
from commercebrain.engine.rules.compiled import condition
from commercebrain.engine.rules.rows import Facts, Rows

State = Evaluation.State
#: What was begun so long ago and has not ended was interrupted.
LOST_AFTER = timedelta(hours=1)
Progress = Callable[[int, int, str, str], None]


@dataclass
class _Sum:
    """What the evaluation did so far, over all rules."""

    changes: Changes = field(default_factory=Changes)
    unknown: dict[str, int] = field(default_factory=dict)
    hits: int = 0
    behind: int = 0
    subjects: int = 0
    covers: dict[Key, list[Key]] = field(default_factory=dict)
    judged: set[Key] = field(default_factory=set)


def bureaus() -> list[Unit]:
    """The units at work that have rules in use."""
    used = RuleUse.objects.filter(state=RuleUse.State.ON).order_by().values("unit")
    return list(Unit.objects.filter(pk__in=used, closed_on=None).select_related("region").order_by("pk"))


def uses_of(unit: Unit) -> list[RuleUse]:
    """The rules that a bureau uses, by their number."""
    return list(RuleUse.objects.filter(unit=unit, state=RuleUse.State.ON).order_by("rule"))


def evaluate(
    unit: Unit, on: date | None = None, *, frames: Mapping[str, Frame] | None = None, progress: Progress | None = None
) -> Evaluation:
    """Evaluates the rules that ``unit`` uses as of ``on`` (default: the business date) and returns what came of it.

    ``frames`` by subject are the facts (default: those of this installation, :func:`.facts.city`). What goes wrong is
    kept with the evaluation and raised again; signals of the rules done by then are in line, the next run does the rest.
    """
    day = on or today()
    _note_interrupted(unit)
    row = Evaluation.objects.create(unit=unit, on=day, started_at=timezone.now())
    try:
        done = _run(unit, day, frames, progress or _silent)
        _ended(row, done)
    except Exception as fault:
        _failed(row, fault)
        raise
    return row


def _silent(_done: int, _total: int, _zh: str, _en: str) -> None:
    """Nobody watches."""


def _run(unit: Unit, on: date, frames: Mapping[str, Frame] | None, progress: Progress) -> _Sum:
    uses = uses_of(unit)
    rules = {use.rule: rule_of(use) for use in uses}
    if frames is None:
        from commercebrain.desk.warnings import facts

        frames = facts.city(unit, on, {rule.subject for rule in rules.values()}).frames
    progress(0, len(uses) + 1, "计算事实", "working out the facts")
    valid = [rule for rule in rules.values() if rule.holds_on(on)]
    found = {
        one.rule.code: one
        for one in evaluate_rules(valid, frames, parameters={u.rule: parameters_of(u) for u in uses}, on=on)
    }
    closed_units.hand_on(unit.pk, on)
    places, total = Places(unit, on), _Sum()
    for number, use in enumerate(uses):
        rule = rules[use.rule]
        progress(number, len(uses) + 1, f"规则{rule.code} {rule.name.zh}", f"rule {rule.code} {rule.name.en}")
        if not rule.holds_on(on):
            _out_of_date(use, on)
        elif rule.code in found:
            _bring_in_line(use, found[rule.code], found, places, on, total)
    for one in inhibit(list(found.values())):
        total.covers.setdefault((one.rule, one.key), []).append((one.by_rule, one.by_key))
    total.behind = wider.settle(unit.pk, total.covers, on, total.judged)
    notifying.expire(on, unit.pk)
    progress(len(uses), len(uses) + 1, "通知", "telling")
    notifying.tell(unit.pk, on)
    return total


def _bring_in_line(use: RuleUse, one: Found, found: Mapping[str, Found], places: Places, on: date, total: _Sum) -> None:
    """One rule: its hits in the bureau's area, and the open signals of which nothing can be told today."""
    hits = hits_of(one, places)
    unjudged = _unjudged(use, one, found, set(hits), places)
    changes = lifecycle.apply(use, hits, on, unjudged)
    total.hits += len(hits)
    total.subjects += len(one.frame.keys)
    if one.unknown:
        total.unknown[use.rule] = one.unknown
    total.changes.opened += changes.opened
    total.changes.ended += changes.ended
    total.judged |= {(use.rule, subject) for subject in hits}


def hits_of(found: Found, places: Places) -> dict[str, Hit]:
    """The hits of a rule that are the bureau's, by subject, each with its sentence and evidence."""
    rule, frame = found.rule, found.frame
    lists = {code: kind.name for code, kind in list_kinds().items()}
    abouts = {int(row): frame.about(int(row)) for row in found.rows}
    if rule.subject in ("firm", "project"):
        places.learn(about.uscc or str(frame.keys[row]) for row, about in abouts.items())
    made: dict[str, Hit] = {}
    for row, level in zip(found.rows.tolist(), found.levels.tolist(), strict=True):
        about, key = abouts[row], str(frame.keys[row])
        place = places.of(rule, key, about)
        if place is None:
            continue
        told = evidence(found, frame, row, lists=lists)
        cause = told["cause"]
        made[key] = Hit(
            subject=key, zh=about.name.zh, en=about.name.en, unit=place.unit, level=str(level), period=frame.period,
            sentence_zh=told["sentence"]["zh"], sentence_en=told["sentence"]["en"], evidence=told,
            region=place.region, enterprise=place.enterprise, cause=(cause["key"], cause["zh"], cause["en"]),
            synthetic=frame.synthetic or place.synthetic,
        )  # fmt: skip
    return made


def _unjudged(use: RuleUse, one: Found, found: Mapping[str, Found], hits: set[str], places: Places) -> frozenset[str]:
    """The subjects of open signals of which it cannot be told today whether the rule holds, or only not for how long.

    A firm of which nothing is known any more is one of them; one that is no longer the bureau's, or for which an
    exclusive rule holds instead, is not.
    """
    rows = Signal.objects.filter(bureau=use.unit_id, rule=use.rule, closed_at=None).exclude(subject__in=hits)
    asked = sorted(set(rows.values_list("subject", flat=True)))
    if not asked:
        return frozenset()
    place_of = {str(key): row for row, key in enumerate(one.frame.keys)}
    excluded = {key for code in one.rule.exclusive_of if code in found for key in found[code].keys}
    if one.rule.subject == "firm":
        places.learn(asked)
        asked = [key for key in asked if key in places.firms]
    there = [key for key in asked if key in place_of]
    gone = {key for key in asked if key not in place_of} if one.rule.subject == "firm" else set()
    if not there:
        return frozenset(gone)
    wanted = condition(one.rule, one.rule.when, one.parameters)
    at = np.array([place_of[key] for key in there], np.intp)
    holds, known = Rows(Facts(one.frame), wanted).truth(wanted.node, at)
    left = {key for key, yes, sure in zip(there, holds.tolist(), known.tolist(), strict=True) if yes or not sure}
    return frozenset((left | gone) - excluded)


@transaction.atomic
def _out_of_date(use: RuleUse, on: date) -> None:
    taking.turn(use.unit_id)
    lifecycle.end_all(use, Signal.End.RULE_OFF, on)


# --- how it ended ------------------------------------------------------------------------------------------------------
def _note_interrupted(unit: Unit) -> None:
    old = Evaluation.objects.filter(unit=unit, state=State.RUNNING, started_at__lt=timezone.now() - LOST_AFTER)
    old.update(state=State.FAILED, ended_at=timezone.now(), fault="interrupted")


@transaction.atomic
def _ended(row: Evaluation, done: _Sum) -> None:
    row.state, row.ended_at, row.rules = State.DONE, timezone.now(), len(uses_of(row.unit))
    row.subjects, row.hits, row.unknown = done.subjects, done.hits, done.unknown
    row.opened, row.closed, row.inhibited = done.changes.opened, done.changes.ended, done.behind
    row.save()
    record("rules.evaluated", row, None, row.unit, rules=row.rules, opened=row.opened, closed=row.closed)
    if not watching.standing(row.unit).missing:
        watching.over(row.unit)


def _failed(row: Evaluation, fault: Exception) -> None:
    zh, en = (fault.zh, fault.en) if isinstance(fault, UserError) else (f"{type(fault).__name__}: {fault}",) * 2
    with transaction.atomic():
        Evaluation.objects.filter(pk=row.pk).update(state=State.FAILED, ended_at=timezone.now(), fault=zh[:500])
        record("rules.failed", row, None, row.unit, why=zh[:300], why_en=en[:300])
        if row.on == today():
            watching.alarm(row.unit, f"{row.on}的运行失败：{zh}", f"the run of {row.on} failed: {en}")


def latest(unit: int | Sequence[int], state: str | None = None) -> Any:
    """The evaluations of a bureau, the newest first; with ``state`` only those that ended so."""
    units = [unit] if isinstance(unit, int) else list(unit)
    rows = Evaluation.objects.filter(unit__in=units).order_by("-on", "-pk")
    return rows if state is None else rows.filter(state=state)

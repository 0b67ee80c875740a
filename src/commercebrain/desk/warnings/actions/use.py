"""Rules in use: proposed by one after a back-test, approved by another, switched off with a reason.

What was approved is kept with its thresholds: the catalogue may change, the rule in use does not until it is proposed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.warnings import lifecycle, taking
from commercebrain.desk.warnings.kinds import declaration_of, rules
from commercebrain.desk.warnings.models import BackTest, RuleUse, Signal
from commercebrain.desk.warnings.permission import Refused, enters, must_enter, worded
from commercebrain.desk.warnings.telling import moment_on
from commercebrain.engine.rules.kinds import Rule

State = RuleUse.State
#: A back-test that is older says nothing about the rule as it would work now.
FRESH = timedelta(days=92)


def propose(
    rule: Rule | str,
    unit: Unit,
    parameters: Mapping[str, Any] | None,
    tested: BackTest | Mapping[str, Any] | None,
    person: Person,
    reason: str,
) -> RuleUse:
    """Proposes that a bureau uses a rule with these thresholds; ``tested`` is the back-test that speaks for it.

    A rule whose declaration knows nothing to be held against (``truth: none``) needs none. Raises :class:`UserError`: no
    right, no reason, no such rule, a threshold out of bounds, no back-test or one of other thresholds or older than three
    months, or a proposal that waits already.
    """
    must_enter(person, unit.pk)
    declared = rule if isinstance(rule, Rule) else rules().get(rule)
    if declared is None:
        raise Refused("no_rule", f"没有规则“{rule}”。", f"There is no rule “{rule}”.", 404)
    said = worded(reason, "no_reason", "请写明启用这条规则的理由。", "Say why the rule should be used.", 300)
    chosen = {name: Decimal(str(value)) for name, value in (parameters or {}).items()}
    declared.values(chosen)  # raises for what is out of bounds
    result = _tested(declared, unit, chosen, tested)
    day = today()
    try:
        with transaction.atomic():
            row = RuleUse.objects.create(
                rule=declared.code, unit=unit, declaration=declaration_of(declared), tested=result, reason=said,
                parameters={name: str(value) for name, value in chosen.items()}, proposed_by=person,
                proposed_at=moment_on(day),
            )  # fmt: skip
            record("rule.proposed", row, person, unit, reason=said, **words(row))
    except IntegrityError:
        raise Refused(
            "proposed_already", f"规则{declared.code}已有一份提请在等待批准。",
            f"A proposal of rule {declared.code} waits for its approval already.", 409,
        ) from None  # fmt: skip
    return row


def _tested(
    rule: Rule, unit: Unit, chosen: Mapping[str, Decimal], tested: BackTest | Mapping[str, Any] | None
) -> dict[str, Any]:
    if isinstance(tested, BackTest):
        given = {name: Decimal(str(value)) for name, value in tested.parameters.items()}
        fits = (
            tested.rule == rule.code and tested.unit_id == unit.pk and rule.values(given) == rule.values(dict(chosen))
        )
        if not fits:
            raise Refused(
                "tested_otherwise", "这次回测用的不是同一规则、同一单位或同一组参数，请重新回测。",
                "The back-test is of another rule, bureau or set of thresholds; run it anew.", 409,
            )  # fmt: skip
        if today() - tested.made_on > FRESH:
            raise Refused(
                "tested_long_ago", f"回测已是{tested.made_on}的结果，超过三个月，请重新回测。",
                f"The back-test is of {tested.made_on}, more than three months ago; run it anew.", 409,
            )  # fmt: skip
        return {
            **tested.result,
            "back_test": tested.pk,
            "first": tested.first,
            "last": tested.last,
            "truth": tested.truth,
        }
    if not tested and rule.backtest.truth != "none":
        raise Refused(
            "not_tested", f"规则{rule.code}启用前须先回测。",
            f"Rule {rule.code} has to be tested on history before it is proposed.", 409,
        )  # fmt: skip
    return dict(tested or {})


def approve(use: RuleUse, person: Person, seen: int | None = None) -> RuleUse:
    """Approves what another person proposed: from today the rule raises signals, in the place of the thresholds before.

    Raises :class:`UserError`: no right, proposed by the same person, or decided meanwhile.
    """
    _must_decide(use, person)
    day = today()
    with transaction.atomic():
        row = _taken(use, State.PROPOSED, seen)
        earlier = RuleUse.objects.select_for_update(of=("self",)).filter(
            rule=row.rule, unit=row.unit_id, state=State.ON
        )
        for one in earlier:
            one.state, one.until, one.version = State.OFF, day, one.version + 1
            one.save()
        row.state, row.since, row.decided_by, row.decided_at = State.ON, day, person, moment_on(day)
        row.save()
        record("rule.approved", row, person, row.unit, **words(row))
    return row


def decline(use: RuleUse, person: Person, reason: str, seen: int | None = None) -> RuleUse:
    """Declines what another person proposed, with the reason; who proposed it may take it back so."""
    must_enter(person, use.unit_id)
    said = worded(reason, "no_reason", "请写明理由。", "Say why.", 300)
    day = today()
    with transaction.atomic():
        row = _taken(use, State.PROPOSED, seen)
        own = row.proposed_by_id == person.pk
        row.state, row.until, row.decided_at = State.OFF, day, moment_on(day)
        row.decided_by = None if own else person
        row.save()
        record("rule.declined", row, person, row.unit, reason=said, **words(row))
    return row


def switch_off(use: RuleUse, person: Person, reason: str, seen: int | None = None) -> RuleUse:
    """Switches a rule off: its signals close, those in the hands of a case when the case does.

    One person may: a rule that cries wolf is stopped at once. Raises :class:`UserError`: no right, no reason, not in use.
    """
    must_enter(person, use.unit_id)
    said = worded(reason, "no_reason", "请写明停用的理由。", "Say why the rule is switched off.", 300)
    day = today()
    with transaction.atomic():
        taking.turn(use.unit_id)
        row = _taken(use, State.ON, seen)
        row.state, row.until = State.OFF, day
        row.save()
        record("rule.switched_off", row, person, row.unit, reason=said, **words(row))
        lifecycle.end_all(row, Signal.End.RULE_OFF, day, person)
    return row


def words(use: RuleUse) -> dict[str, str]:
    """A rule as sentences of events need it."""
    name = use.declaration.get("name") or {}
    return {"rule": use.rule, "name": name.get("zh", use.rule), "name_en": name.get("en", use.rule)}


def may_decide(person: Any, use: RuleUse) -> bool:
    """Whether a person may approve or decline: of the bureau, and never who proposed it."""
    return use.state == State.PROPOSED and enters(person, use.unit_id) and use.proposed_by_id != person.pk


def _must_decide(use: RuleUse, person: Person) -> None:
    must_enter(person, use.unit_id)
    if use.proposed_by_id == person.pk:
        raise Refused(
            "own_proposal",
            "这条规则由您提请，须由另一人批准。",
            "You proposed this rule; another person approves it.",
            403,
        )


def _taken(use: RuleUse, state: str, seen: int | None) -> RuleUse:
    """The use, held for this transaction; refused where it is in another state by now, or has changed since ``seen``."""
    row = RuleUse.objects.select_for_update(of=("self",)).select_related("unit").get(pk=use.pk)
    if row.state != state or (seen is not None and row.version != seen):
        raise Refused(
            "rule_overtaken", f"规则{row.rule}现在是“{row.get_state_display()}”，或刚刚有变化，您的操作没有生效。",
            f"Rule {row.rule} is “{row.state}” now or has just changed, so yours did not take effect.", 409,
        )  # fmt: skip
    row.version += 1
    return row

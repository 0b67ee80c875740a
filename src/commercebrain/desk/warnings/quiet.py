"""Quiet periods: signals are raised and kept, nobody is told until it is over.

Days that are no working days are quiet by themselves: what was raised on a Saturday is told on the next working morning.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.workdays import is_workday
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.warnings.kinds import rules
from commercebrain.desk.warnings.models import Quiet, RuleUse
from commercebrain.desk.warnings.permission import Refused, must_enter, worded

#: For how long at most: longer than a holiday with the days around it, shorter than forgetting.
LONGEST = timedelta(days=31)


def declare(unit: Unit, person: Person, starts: date, ends: date, reason: str, rule: str = "") -> Quiet:
    """A quiet period of a bureau from ``starts`` to ``ends`` (both included), for one rule or for all.

    Raises :class:`UserError`: no right, no reason, days in the wrong order, over, or longer than 31 days, an unknown rule.
    """
    must_enter(person, unit.pk)
    said = worded(reason, "no_reason", "请写明设定静默期的理由。", "Say why it is quiet.", 300)
    if ends < starts or ends < today():
        raise Refused(
            "bad_days", "静默期的结束日期不能早于开始日期，也不能早于今天。",
            "A quiet period ends neither before it begins nor before today.", at="ends",
        )  # fmt: skip
    if ends - starts > LONGEST:
        raise Refused("too_long", "静默期最长31天。", "A quiet period lasts 31 days at most.", at="ends")
    if rule and rule not in rules() and not RuleUse.objects.filter(rule=rule, unit=unit).exists():
        raise Refused("no_rule", f"没有规则“{rule}”。", f"There is no rule “{rule}”.", at="rule")
    with transaction.atomic():
        row = Quiet.objects.create(unit=unit, rule=rule, starts=starts, ends=ends, reason=said, by=person)
        record("quiet.declared", row, person, unit, starts=starts, ends=ends, reason=said, **_what(row))
    return row


def end(row: Quiet, person: Person) -> Quiet:
    """Ends a quiet period today; what was kept back is told with the next evaluation. Twice is once."""
    must_enter(person, row.unit_id)
    with transaction.atomic():
        if Quiet.objects.filter(pk=row.pk, ended_on=None, ends__gte=today()).update(ended_on=today()):
            record("quiet.ended", row, person, row.unit, **_what(row))
        row.refresh_from_db()
    return row


def in_force(unit: int, on: date) -> Any:
    """The quiet periods of a bureau that hold on a day; one that was ended holds no more from that day on."""
    rows = Quiet.objects.filter(unit=unit, starts__lte=on, ends__gte=on)
    return rows.filter(Q(ended_on=None) | Q(ended_on__gt=on))


def quiet_rules(unit: int, on: date) -> frozenset[str] | None:
    """The rules that are quiet on a day at a bureau; None: all of them."""
    if not is_workday(on):
        return None
    held = frozenset(in_force(unit, on).values_list("rule", flat=True))
    return None if "" in held else held


def _what(row: Quiet) -> dict[str, str]:
    rule = rules().get(row.rule)
    if rule is not None:
        return {"what": f"规则{rule.code}“{rule.name.zh}”", "what_en": f"rule {rule.code} “{rule.name.en}”"}
    return {"what": row.rule or "全部预警", "what_en": row.rule or "all warnings"}

"""One of everything that warnings bring about, made by the same actions that the pages call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.browser.prepared import Addresses, account


def warnings() -> Addresses:
    """Signals of rules in use; a rule with its back-test, one that is proposed, one that was switched off; a quiet period."""
    from commercebrain.desk.core.clock import today
    from commercebrain.desk.warnings import kinds, quiet, testing
    from commercebrain.desk.warnings.actions import use
    from commercebrain.desk.warnings.models import RuleUse, Signal
    from tests.browser.prepared import _work

    shili, shiju = account("shili"), account("shiju")
    unit = shili.memberships.get().unit
    _signals(unit, shili, shiju)
    firm = _first(subject_kind="firm", case=None)
    used = RuleUse.objects.filter(unit=unit, state="on").values_list("rule", flat=True)
    foretells = [one for one in kinds.rules().values() if one.backtest.truth != "none" and one.subject == "firm"]
    tested = next((one for one in foretells if one.code in used), foretells[0])
    testing.begin(shili, tested, unit, "2024-01", "2025-02")
    _work()
    plain = [one for one in kinds.rules().values() if one.backtest.truth == "none" and one.code not in used]
    plain = plain or [one for one in kinds.rules().values() if one.backtest.truth == "none"]
    if not RuleUse.objects.filter(unit=unit, rule=plain[-1].code, state="proposed").exists():
        use.propose(plain[-1], unit, {}, None, shili, "先试用一个季度")
    held = quiet.declare(unit, shili, today(), today() + timedelta(days=4), "海关系统检修")
    at, rule = f"/warnings/{firm.pk}/", f"/rules/{tested.code}/?unit={unit.pk}"
    others = {
        f"warnings:signal of {kind}": ("shili", f"/warnings/{row.pk}/")
        for kind in ("goods", "market", "county", "cluster", "project", "indicator")
        if (row := Signal.objects.filter(subject_kind=kind, bureau=unit).order_by("pk").first()) is not None
    }
    return {
        "warnings:signals": ("shili", "/warnings/"),
        "warnings:signals of a county": ("jiaqu", "/warnings/?state=all"),
        "warnings:signal": ("shili", at),
        **others,
        "warnings:evaluations": ("shili", "/warnings/evaluations/"),
        "warnings:quiet": ("shili", "/warnings/quiet/"),
        "warnings:quiet_new": ("shili", "/warnings/quiet/new/"),
        "warnings:quiet_end": ("shili", f"/warnings/quiet/{held.pk}/end/"),
        "warnings:rules": ("shili", "/rules/"),
        "warnings:rule": ("shili", rule),
        "warnings:rule of a county": ("jiaqu", rule),
        "warnings:rule proposed": ("shiju", f"/rules/{plain[-1].code}/?unit={unit.pk}"),
        "warnings:rule_test": ("shili", f"/rules/{tested.code}/test/?unit={unit.pk}"),
        "registry:enterprise warnings": ("shili", f"/enterprises/{firm.enterprise_id}/?tab=warnings"),
    }


def _first(**wanted: Any) -> Any:
    """An open signal like this; any where there is none."""
    from commercebrain.desk.warnings.models import Signal

    rows = Signal.objects.filter(closed_at=None).order_by("pk")
    return rows.filter(**wanted).first() or rows[0]


def _signals(unit: Any, shili: Any, shiju: Any) -> None:
    """Rules in use and what they find, where the demonstration has not seen to it."""
    from commercebrain.desk.warnings import kinds
    from commercebrain.desk.warnings.actions import use
    from commercebrain.desk.warnings.evaluation import evaluate
    from commercebrain.desk.warnings.models import Signal

    if Signal.objects.filter(bureau=unit, closed_at=None).exists():
        return
    for rule in kinds.rules().values():
        use.approve(use.propose(rule, unit, {}, {"precision": None}, shili, "试用"), shiju)
    evaluate(unit)

"""What response rates are counted from: one line a signal that asked for somebody, beside the lines of cases.

The lines go to the dataset ``response_status`` by the outbox, as those of reports do; ``template`` says ``signal``. A line
goes at each change that matters (told, acknowledged, late, in the hands of a case, closed); a later one replaces it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.workdays import workdays_between
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.registry.queries.merged import before_merges
from commercebrain.desk.warnings.models import Signal, SignalStep
from commercebrain.engine.lake.records.schema import record_dataset

DATASET, TEMPLATE = "response_status", "signal"
#: Steps by which somebody answered a signal, and those by which its clock ran out.
INTO_CASE = ("case_opened", "case_joined")
ANSWERED, LATE = ("acknowledged", *INTO_CASE), "late"
#: The step into a case that the system opened or let it join: nobody has answered by that.
BY_ITSELF = "opened by itself"


def put(signals: Iterable[Signal]) -> int:
    """Puts the line of each signal that asked for somebody into the outbox, in the transaction that changes it; what never
    asked anybody (it stood behind a wider one, ended in a quiet period, or came into the hands of a case by itself when it was
    told: then the case's own line speaks) is no line. Returns how many."""
    asked = [signal for signal in signals if signal.told_on is not None]
    if not asked:
        return 0
    steps = _steps([signal.pk for signal in asked])
    first = before_merges(Signal, {one.pk: one.enterprise_id for one in asked if one.subject_kind == "firm"})
    day = today()
    rows = []
    for signal in asked:
        known = steps.get(signal.pk, {})
        if "answered" not in known and LATE not in known and known.get(BY_ITSELF, date.max) <= known.get("told", day):
            continue
        row = row_of(signal, known)
        firm = first.get(signal.pk)
        if firm is not None:  # its line went out under that firm's code: a later one replaces it
            row["subject"] = f"{signal.subject_kind}:{firm.uscc}"
        key = json.dumps([row[name] for name in record_dataset(DATASET).key], ensure_ascii=False)
        rows.append(Outgoing(dataset=DATASET, key=key[:200], row=row, made_on=day))
    Outgoing.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _steps(signals: list[int]) -> dict[int, dict[str, date]]:
    """By signal the day of the first step of each kind, and under ``answered`` that of the first answer."""
    found: dict[int, dict[str, date]] = {}
    wanted = ("told", *ANSWERED, LATE)
    for at in range(0, len(signals), 500):
        rows = SignalStep.objects.filter(signal__in=signals[at : at + 500], what__in=wanted).order_by("at", "pk")
        for signal, what, on, by in rows.values_list("signal", "what", "on", "by"):
            known = found.setdefault(signal, {})
            if what in INTO_CASE and by is None:
                known.setdefault(BY_ITSELF, on)
                continue
            known.setdefault(what, on)
            if what in INTO_CASE:
                known.setdefault("in case", on)
            if what in ANSWERED:
                known.setdefault("answered", on)
    return found


def row_of(signal: Signal, steps: dict[str, date]) -> dict[str, Any]:
    """The line of a signal as it stands; ``steps`` are the days of its first steps. Days are working days since its unit
    was first told."""
    told = steps.get("told", signal.told_on) or signal.opened_on
    answered, late = steps.get("answered"), steps.get(LATE)
    region = signal.region or signal.unit.region
    firm = signal.enterprise
    in_case = steps.get("in case", steps.get(BY_ITSELF))
    return {
        "month": f"{signal.opened_on:%Y-%m}",
        "case": f"signal-{signal.pk}",
        "subject": f"{signal.subject_kind}:{signal.subject}",
        "template": TEMPLATE,
        "rule": signal.rule,
        "level": signal.level,
        "uscc": firm.uscc if firm else "",
        "county": (firm.region if firm else region).code,
        "township": firm.township.code if firm and firm.township else "",
        "opened": 1,
        "due": int(answered is not None or late is not None),
        "responded": int(answered is not None),
        "on_time": int(answered is not None and (late is None or answered < late)),
        "acknowledged": int(answered is not None),
        "acknowledge_days": "" if answered is None else max(0, workdays_between(told, answered)),
        "acted": int(in_case is not None),
        "act_days": "" if in_case is None else max(0, workdays_between(told, in_case)),
        "closed": int(signal.closed_on is not None),
        "close_days": "" if signal.closed_on is None else max(0, workdays_between(told, signal.closed_on)),
        "followed": 0,
        "recovered": 0,
        "paired": 0,
        "paired_recovered": 0,
        "other_recovered": 0,
        "named": "",
        "responding": "",
    }

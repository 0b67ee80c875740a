"""What became of each case, for the rates: a line of ``response_status`` whenever something happens to it that counts.

One line for the case, and of a case with firms' own fields one for each firm that it names. The lines wait in the outbox of forms and go to the lake
from there; a later line replaces the earlier. They are put in the transaction of the change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Min, OuterRef, Subquery
from django.db.models.functions import Coalesce

from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, CaseFirm, Clock, FollowUp, Pause, StageChange
from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.forms.moment import now
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.registry.queries.merged import before_merges
from commercebrain.engine.cases.response import Ran, numbers
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.lake.records.schema import record_dataset

DATASET = "response_status"
#: Counts that a withdrawn case gives back: it was opened by mistake or taken back.
COUNTED = (
    "opened", "due", "responded", "on_time", "acknowledged", "acted", "closed", "followed", "recovered",
    "paired", "paired_recovered", "other_recovered",
)  # fmt: skip
Rule = Callable[[str], str]
RULES: dict[str, Rule] = {}


def told_by(origin_prefix: str, rule: Rule) -> None:
    """Declares how to find the rule behind an origin; the folder above that opens cases knows, this one does not."""
    RULES[origin_prefix] = rule


def put(case: Case, told: Mapping[str, Any] | None = None) -> int:
    """Puts the lines of a case into the outbox; returns how many. A line that says what waits there already, or what
    ``told`` (key → line) says was told last, is left out."""
    made = 0
    for key, row in _lines(case):
        if told is None:
            waiting = Outgoing.objects.filter(dataset=DATASET, batch="", key=key).order_by("-pk")
            last = waiting.values_list("row", flat=True).first()
        else:
            last = told.get(key)
        if last != row:
            Outgoing.objects.create(dataset=DATASET, key=key, row=row, made_on=today())
            made += 1
    return made


def told_last() -> dict[str, Any]:
    """What was told last of every case, by key: for jobs that look at many."""
    return dict(Outgoing.objects.filter(dataset=DATASET).order_by("pk").values_list("key", "row"))


def _lines(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    template = template_of(case)
    entered = dict(
        StageChange.objects.filter(case=case)
        .exclude(transition="withdraw")
        .order_by()
        .values_list("target")
        .annotate(first=Min("at"))
    )
    still = Pause.objects.filter(clock=OuterRef("pk"), until=None).order_by().values("since")[:1]
    until = Coalesce("met_at", "dropped_at", Subquery(still))
    ran = [Ran(*told) for told in Clock.objects.filter(case=case).values_list("code", "due_at", until)]
    earlier = list(
        StageChange.objects.filter(case=case).exclude(renewed={}).order_by("at", "pk").values_list("renewed", flat=True)
    )
    found = list(FollowUp.objects.filter(case=case).order_by("periods", "pk"))
    named = list(CaseFirm.objects.filter(case=case).select_related("enterprise__region", "enterprise__township"))
    rule = next((of(case.origin) for prefix, of in RULES.items() if case.origin.startswith(prefix)), "")
    subjects: list[tuple[Enterprise | None, Mapping[str, Any] | None]]
    # Of a case that names firms the counts stand in the line of the case, once; the others count the firms.
    subjects = [(None if template.firm_fields else case.enterprise, None)]
    if template.firm_fields:
        subjects += [(one.enterprise, one.values) for one in named]
    first = _first_codes(case, named)
    for firm, values in subjects:
        own = [one.result for one in found if firm is None or one.enterprise_id in (None, firm.pk)]
        counts = numbers(
            template, entered=entered, values=case.values, clocks=ran, results=[one for one in own if one],
            opened_at=case.opened_at, now=now(), closed_at=case.closed_at, firms=None if values is None else [values],
            earlier=earlier, pairs=_pairs(found, firm),
        )  # fmt: skip
        if case.state == Case.State.WITHDRAWN or values is not None:
            counts = {
                name: 0 if name in COUNTED else value for name, value in counts.items() if not name.endswith("_days")
            }
        if case.state == Case.State.WITHDRAWN:
            counts = {name: 0 if name in COUNTED else None for name in counts}
        region = firm.region if firm is not None else case.region
        row = {
            "month": f"{case.opened_at.astimezone(BEIJING):%Y-%m}", "case": case.number,
            "subject": first.get(firm.pk, firm.uscc) if firm is not None else region.code, "template": case.template, "rule": rule,
            "level": case.level, "uscc": firm.uscc if firm is not None else "", "county": region.code,
            "township": firm.township.code if firm is not None and firm.township else "",
            **{name: "" if value is None else value for name, value in counts.items()},
        }  # fmt: skip
        key = json.dumps([row[name] for name in record_dataset(DATASET).key], ensure_ascii=False)
        yield key[:200], row


def _first_codes(case: Case, named: list[CaseFirm]) -> dict[int, str]:
    """By firm that took over another's row the code under which the case's line went out first: a later line replaces it."""
    found = {}
    if case.enterprise_id is not None and (first := before_merges(Case, {case.pk: case.enterprise_id})):
        found[case.enterprise_id] = first[case.pk].uscc
    whose = {one.pk: one.enterprise_id for one in named}
    return found | {whose[row]: firm.uscc for row, firm in before_merges(CaseFirm, whose).items()}


def _pairs(found: Iterable[FollowUp], firm: Enterprise | None) -> list[tuple[bool, bool]]:
    """Of each definite follow-up that found a firm to compare with: whether the helped firm and the other recovered."""
    kept = [one.details.get("pair") for one in found if firm is None or one.enterprise_id in (None, firm.pk)]
    return [(bool(one["helped"]["recovered"]), bool(one["other"]["recovered"])) for one in kept if one]

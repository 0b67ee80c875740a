"""Moving a case from stage to stage and filling in its fields: both ask the engine's one function what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from commercebrain.desk.cases import clocks, closing, following, rates
from commercebrain.desk.cases.assigning import works_there
from commercebrain.desk.cases.models import Case, StageChange
from commercebrain.desk.cases.refusing import not_yours, refused
from commercebrain.desk.cases.rights import acts, is_firms, may, may_withdraw
from commercebrain.desk.cases.standing import Standing, standing
from commercebrain.desk.cases.taking import taken
from commercebrain.desk.cases.telling import told
from commercebrain.desk.cases.values import lacking, merged, unfit
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person
from commercebrain.engine.cases.gates import moves
from commercebrain.engine.cases.kinds import OUTCOME, Transition

LONGEST = 500
Values = Mapping[str, object]


@transaction.atomic
def move(
    case: Case,
    person: Person | None,
    transition: str,
    *,
    values: Values | None = None,
    sentence: str = "",
    seen: int | None = None,
) -> Case:
    """Takes a declared transition, with the ``values`` that are filled in on the way; returns the case as it stands then.

    ``seen`` is the version that the person looked at. Raises :class:`UserError`: no right, not from this stage, values that
    do not fit, something missing (each named under ``fields``), a condition that does not hold, no sentence where one is
    needed; ``Conflict`` when somebody was quicker. ``person`` none is the system itself.
    """
    row = taken(case, seen)
    stands = standing(row)
    template, words = stands.template, may(person, row)
    way = template.transitions.get(transition)
    if way is None or row.stage not in way.from_:
        raise _not_from_here(stands, transition)
    if not any(words(who) for who in way.may):
        raise not_yours()
    sentence = sentence.strip()[:LONGEST]
    if way.sentence and not sentence:
        raise unfit({"sentence": [("请写一句话说明。", "Say in one sentence why.")]}, "cases.no_sentence")
    by_firm = is_firms(person, row)
    begun = {code: value for code, value in row.values.items() if code not in way.renews}
    kept, changed = merged(template.by_code, begun, values or {}, person, by_firm=by_firm)
    typed = {code: kept.get(code) for code in way.renews}
    found = next(
        one
        for one in moves(template, row.stage, kept, words, firms=stands.firms, facts=stands.facts, typed=typed)
        if one.code == transition
    )
    if found.missing:
        raise lacking(found.missing)
    if found.holds is not True:
        why = found.why
        raise refused(
            "condition", f"现在还不能“{way.name.zh}”：{why.zh if why else ''}",
            f"“{way.name.en}” is not possible yet: {why.en if why else ''}",
        )  # fmt: skip
    kept, by_way = _set(kept, way)
    _step(row, stands, transition, way, kept, changed | by_way | set(way.renews), sentence, person)
    case.refresh_from_db()
    return row


@transaction.atomic
def fill(case: Case, person: Person | None, values: Values, seen: int | None = None) -> Case:
    """Fills in fields of a case where it stands; what an earlier gate asked for cannot be taken away again.

    A firm's user fills in what the template gives it. Raises as :func:`move` does.
    """
    row = taken(case, seen)
    if not acts(person, row, firm=True):
        raise not_yours()
    stands = standing(row)
    by_firm = is_firms(person, row)
    kept, changed = merged(stands.template.by_code, row.values, values, person, by_firm=by_firm)
    if not changed:
        return row
    open_ = {(one.what, one.code, one.firm) for one in stands.missing(row.stage)}
    lost = [one for one in stands.missing(row.stage, kept) if (one.what, one.code, one.firm) not in open_]
    if lost:
        raise lacking(lost)
    was, row.values = row.values, kept
    row.save(update_fields=["values", "updated_at"])
    _filled(row, stands, was, changed)
    names = [stands.template.by_code[code].name for code in sorted(changed)]
    record(
        "case.filled", row, person, row.unit, fields="、".join(one.zh for one in names),
        fields_en=", ".join(one.en for one in names), **told(row),
    )  # fmt: skip
    case.refresh_from_db()
    return row


@transaction.atomic
def withdraw(case: Case, person: Person | None, sentence: str, seen: int | None = None) -> Case:
    """Ends a case that should not go on: opened by mistake, or taken back by the firm that asked. Says why.

    The unit that answers for it or one above may; a firm's user may take back its own request.
    """
    row = taken(case, seen)
    if not may_withdraw(person, row):
        raise not_yours()
    sentence = sentence.strip()[:LONGEST]
    if not sentence:
        raise unfit({"sentence": [("请写明撤销的原因。", "Say why it is withdrawn.")]}, "cases.no_sentence")
    moment, day = now(), today()
    StageChange.objects.create(
        case=row,
        source=row.stage,
        target=row.stage,
        transition="withdraw",
        sentence=sentence,
        at=moment,
        on=day,
        by=person,
    )
    row.state, row.closed_at, row.closed_on = Case.State.WITHDRAWN, moment, day
    row.save(update_fields=["state", "closed_at", "closed_on", "updated_at"])
    clocks.ended(row, moment)
    following.withdrawn(row)
    rates.put(row)
    record("case.withdrawn", row, person, row.unit, sentence=sentence, **told(row))
    closing.closed(row)
    case.refresh_from_db()
    return row


def _step(
    row: Case, stands: Standing, code: str, way: Transition, kept: dict[str, object], changed: frozenset[str],
    sentence: str, person: Person | None,
) -> None:  # fmt: skip
    """Writes the step: the row, the change of stage, clocks, follow-ups, rates; and the end where the stage is final."""
    template, moment, day = stands.template, now(), today()
    source, before, final = row.stage, row.values, template.is_final(way.to)
    row.values, row.stage, row.stage_since = kept, way.to, moment
    if row.officer_id is None and works_there(person, row.unit):
        row.officer = person
    if final:
        row.state, row.closed_at, row.closed_on = Case.State.CLOSED, moment, day
        row.outcome = str(kept.get(OUTCOME) or "")
    row.save()
    renewed = {one: before[one] for one in way.renews if before.get(one) not in (None, "")}
    StageChange.objects.create(
        case=row, source=source, target=way.to, transition=code, sentence=sentence, renewed=renewed, at=moment, on=day,
        by=person,
    )  # fmt: skip
    clocks.hear(row, template, before, moment, moved=way, sentence=sentence, person=person)
    following.plan(row, template, changed)
    rates.put(row)
    data = {"stage": template.stages[way.to].name.zh, "stage_en": template.stages[way.to].name.en, **told(row)}
    if final:
        outcome = template.outcomes.get(row.outcome)
        data |= {"outcome": outcome.zh if outcome else "", "outcome_en": outcome.en if outcome else ""}
        record("case.closed", row, person, row.unit, **data)
        closing.closed(row)
    else:
        record("case.moved", row, person, row.unit, **data)


def _filled(row: Case, stands: Standing, before: Values, changed: Iterable[str]) -> None:
    """What follows from fields that are another now."""
    codes = frozenset(changed)
    clocks.hear(row, stands.template, before, now())
    following.plan(row, stands.template, codes)
    rates.put(row)


def _set(kept: dict[str, object], way: Transition) -> tuple[dict[str, object], frozenset[str]]:
    changed = frozenset(code for code, value in way.sets.items() if kept.get(code) != value)
    return {**kept, **way.sets}, changed


def _not_from_here(stands: Standing, transition: str) -> Exception:
    stage = stands.template.stages[stands.case.stage].name
    known = stands.template.transitions.get(transition)
    if known is None:
        return refused("no_transition", f"没有流转“{transition}”。", f"There is no transition “{transition}”.", 400)
    return refused(
        "not_from_here",
        f"事项现在处于“{stage.zh}”，不能再“{known.name.zh}”：可能刚刚已由他人办理，请查看现在的状态。",
        f"The case is in the stage “{stage.en}” now, from which “{known.name.en}” is not possible: somebody else may have "
        "moved it; look at how it stands now.",
    )

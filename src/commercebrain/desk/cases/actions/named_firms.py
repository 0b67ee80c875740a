"""Firms that a case names, with what is known of each there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from commercebrain.desk.cases import rates
from commercebrain.desk.cases.models import Case, CaseFirm
from commercebrain.desk.cases.refusing import not_yours
from commercebrain.desk.cases.rights import acts, needs_act
from commercebrain.desk.cases.standing import standing
from commercebrain.desk.cases.taking import taken
from commercebrain.desk.cases.telling import told
from commercebrain.desk.cases.values import merged, unfit
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record, record_many
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry.models import Enterprise


@transaction.atomic
def name_firms(case: Case, person: Person | None, firms: Iterable[Enterprise]) -> list[CaseFirm]:
    """Names firms in a case; those that are named already stay as they are. Only firms that the person may find.

    Raises :class:`UserError`: no right, or a firm out of the person's sight.
    """
    row = taken(case)
    needs_act(row, person)
    wanted = {one.pk: one for one in firms}
    if person is not None:
        seen = set(Enterprise.objects.findable_by(person).filter(pk__in=wanted).values_list("pk", flat=True))
        if lost := [one for pk, one in wanted.items() if pk not in seen]:
            raise unfit(
                {
                    "firms": [
                        (f"没有企业{one.uscc}，或您看不到它。", f"There is no firm {one.uscc} in your sight.")
                        for one in lost
                    ]
                }
            )
    known = set(CaseFirm.objects.filter(case=row, enterprise__in=wanted).values_list("enterprise", flat=True))
    made = [CaseFirm(case=row, enterprise=one) for pk, one in wanted.items() if pk not in known]
    CaseFirm.objects.bulk_create(made, batch_size=500)
    if made:
        record("case.firms_named", row, person, row.unit, count=len(made), **_inside(row))
        row.save(update_fields=["updated_at"])
        rates.put(row)
    return list(CaseFirm.objects.filter(case=row).select_related("enterprise"))


@transaction.atomic
def fill_firm(firm: CaseFirm, person: Person | None, values: Mapping[str, object], seen: int | None = None) -> CaseFirm:
    """Fills in what is known of one firm in a case; the firm's own user what the template gives it (``firm_enters``).

    ``seen`` is the version of this firm's row. Raises :class:`UserError`: no right, values that do not fit, or something
    taken away that an earlier gate asked for; ``Conflict`` when somebody was quicker.
    """
    row = taken(firm.case)
    own = False
    if person is not None and not acts(person, row):
        own = row.firm_sees and firm.enterprise_id in extent_of(person, Right.ENTER, today()).firms
        if not own:
            raise not_yours()
    firm.claim(seen)
    held = CaseFirm.objects.select_related("enterprise").get(pk=firm.pk)
    template = standing(row).template
    kept, changed = merged(template.firm_by_code, held.values, values, person, by_firm=own)
    if not changed:
        return held
    before = {(one.what, one.code, one.firm) for one in standing(row).missing(row.stage)}
    held.values = kept
    held.save(update_fields=["values"])
    lost = [one for one in standing(row).missing(row.stage) if (one.what, one.code, one.firm) not in before]
    if lost:
        raise unfit({one.code: [(one.zh, one.en)] for one in lost}, "cases.missing")
    names = [template.firm_by_code[code].name for code in sorted(changed)]
    record(
        "case.firm_filled", row, person, row.unit, name=held.enterprise.name_zh,
        name_en=held.enterprise.name_en or held.enterprise.name_zh, fields="、".join(one.zh for one in names),
        fields_en=", ".join(one.en for one in names), **_inside(row),
    )  # fmt: skip
    row.save(update_fields=["updated_at"])
    rates.put(row)
    firm.refresh_from_db()
    return held


@transaction.atomic
def tell_firms(case: Case, person: Person | None, firms: Iterable[CaseFirm]) -> int:
    """Notes that firms were told of the case, now; returns how many were not told before. Where the template lets a firm
    see its case, its users get a notice."""
    row = taken(case)
    needs_act(row, person)
    fresh = list(
        CaseFirm.objects.filter(case=row, pk__in=[one.pk for one in firms], told_at=None).select_related("enterprise")
    )
    CaseFirm.objects.filter(pk__in=[one.pk for one in fresh]).update(told_at=now())
    if fresh:
        each = [
            (row, row.unit, {
                **_inside(row), "name": one.enterprise.name_zh, "name_en": one.enterprise.name_en or one.enterprise.name_zh,
                "firm": one.enterprise_id if row.firm_sees else 0,
            })
            for one in fresh
        ]  # fmt: skip
        record_many("case.firm_told", each, person)
        row.save(update_fields=["updated_at"])
        rates.put(row)
    return len(fresh)


def _inside(row: Case) -> dict[str, object]:
    return {key: value for key, value in told(row).items() if key != "firm"}

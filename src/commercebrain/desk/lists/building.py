"""Lists that are built from a condition: who fulfils it on a day, and the draft that says so."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.lists import actions, queries, rows
from commercebrain.desk.lists.exposure.facts import firm_facts
from commercebrain.desk.lists.models import Book, ListVersion
from commercebrain.desk.lists.reading import Known, field_of
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.people.scopes import units_below
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.errors import UserError

if TYPE_CHECKING:
    from commercebrain.engine.lists.kinds import ListKind


def candidates(unit: Unit, *, synthetic: bool) -> list[Enterprise]:
    """The enterprises that a list of a unit may hold: those in business, held by it or by units below it."""
    below = units_below([unit], today())
    rows_ = Enterprise.objects.filter(unit__in=below, merged_into=None, synthetic=synthetic)
    return list(rows_.filter(status=Enterprise.Status.EXISTING).order_by("uscc"))


def fulfilling(kind: ListKind, book: Book, on: date) -> list[Enterprise]:
    """The enterprises that are known to fulfil the kind's condition on a day; of whom a fact is missing does not."""
    expression = kind.expression
    if expression is None:
        raise UserError(
            "lists.no_condition",
            f"“{kind.name.zh}”没有声明条件，不能按条件生成。",
            f"“{kind.name.en}” declares no condition to build it from.",
        )
    firms = {firm.pk: firm for firm in candidates(book.unit, synthetic=book.synthetic)}
    chosen = firm_facts(firms, on).holding(expression) if firms else frozenset()
    return [firm for pk, firm in firms.items() if pk in chosen]


def _typed(kind: ListKind, data: dict[str, Any]) -> dict[str, Any]:
    return {code: value for code, value in data.items() if code in kind.by_code}


@transaction.atomic
def build(book: Book, person: Person | None, on: date | None = None) -> tuple[ListVersion, rows.Written]:
    """Drafts what the condition gives on a day: who fulfils it is in, who does not is out. A person approves it."""
    kind, day = actions.kind_of(book), on or today()
    if day > today():
        raise actions.Refused("future", f"{day}还没有到。", f"{day} has not come yet.", "on")
    found = fulfilling(kind, book, day)
    version = ListVersion.objects.filter(book=book, state=ListVersion.State.DRAFT).first()
    basis = f"{kind.condition} · {day}"
    if version is None:
        version = actions.draft(book, person, basis=basis)
    else:
        ListVersion.objects.filter(pk=version.pk).update(basis=basis[:500])
    known = Known()
    known.firms.update({firm.uscc: firm for firm in found})
    name = field_of(kind, "enterprise")
    # What a row says beside the firm (a contact, a remark) stays with it.
    standing = {row.enterprise_id: row.data for row in queries.version_rows(version).only("enterprise", "data")}
    typed = [{**_typed(kind, standing.get(firm.pk, {})), name: firm.uscc} for firm in found]
    done = rows.fill(version, person, typed, replace=True, reason="不再符合条件 · no longer fulfils it", known=known)
    version.refresh_from_db()
    return version, done

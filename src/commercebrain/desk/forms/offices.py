"""Which unit stands for a township when reports go up the tree: naming it, and taking it away again."""

from __future__ import annotations

from django.db import transaction

from commercebrain.desk.core.events import record
from commercebrain.desk.forms.models import TownshipOffice
from commercebrain.desk.people.authority import units_managed_by
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registry.models import Township
from commercebrain.engine.errors import UserError


def must_fit(person: Person, township: Township, unit: Unit) -> None:
    """Raises :class:`UserError` where the person may not name ``unit`` for ``township``: not managed, or elsewhere."""
    if not units_managed_by(person).filter(pk=unit.pk, closed_on=None).exists():
        raise UserError(
            "offices.not_managed",
            f"“{unit.name_zh}”不是您管理的机构，或已撤销；请由其管理员指定。",
            f"“{unit.name_en}” is no unit that you manage, or it is closed; its administrator names it.",
        )
    if unit.region_id != township.region_id:
        raise UserError(
            "offices.elsewhere",
            f"“{unit.name_zh}”在{unit.region.name_zh}，{township.name_zh}属{township.region.name_zh}，二者须在同一区县。",
            f"“{unit.name_en}” stands in {unit.region.name_en}, {township.name_zh} belongs to {township.region.name_en}: "
            "both must lie in one county.",
        )


@transaction.atomic
def name_office(person: Person, township: Township, unit: Unit) -> TownshipOffice:
    """Makes ``unit`` the office of ``township``, in the place of another where there was one.

    Reports that are on their way keep the unit that has them; the next step asks anew. Raises :class:`UserError`:
    ``offices.not_managed``, ``offices.elsewhere``.
    """
    must_fit(person, township, unit)
    row, _made = TownshipOffice.objects.update_or_create(township=township, defaults={"unit": unit})
    record("office.named", row, person, unit, township=township.name_zh, office=unit.name_zh, office_en=unit.name_en)
    return row


@transaction.atomic
def end_office(person: Person, office: TownshipOffice) -> None:
    """Reports of the township go straight to the county from now on. Raises as :func:`name_office` does."""
    must_fit(person, office.township, office.unit)
    unit = office.unit
    record(
        "office.ended", office, person, unit,
        township=office.township.name_zh, office=unit.name_zh, office_en=unit.name_en,
    )  # fmt: skip
    office.delete()

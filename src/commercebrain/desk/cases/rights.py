"""What a person is to a case, in the words that templates use under ``may``.

``owner``: may enter for the unit that answers for the case. ``officer``: is in charge there; while nobody is, whoever is
owner. ``participant``: takes part and may act. ``superior``: may enter for a unit above. A role of
``catalogue/roles.yaml``: holds it in the case's unit or in one above. ``firm``: a user of the firm, where the template
lets the firm see its case. Nothing matched means nothing allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, CaseFirm, Participant
from commercebrain.desk.cases.refusing import not_yours
from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import Extent, delegations_held, extent_of, memberships_held

OWNER, OFFICER, PARTICIPANT, SUPERIOR, FIRM = "owner", "officer", "participant", "superior", "firm"
#: Who works on a case as one of the administration.
DESK = frozenset({OWNER, OFFICER, PARTICIPANT})


def acting(person: Any, case: Case) -> frozenset[str]:
    """Everything that ``person`` is to ``case`` today; nothing for a stranger."""
    return actings(person, [case])[case.pk]


def actings(person: Any, cases: Iterable[Case]) -> dict[int, frozenset[str]]:
    """The same for many cases, by key: what they have in common is asked once."""
    held, day = list(cases), today()
    extent = extent_of(person, Right.ENTER, day)
    paths = dict(Unit.objects.filter(pk__in={case.unit_id for case in held}).values_list("pk", "path"))
    roles, parts = _roles(person, day), _parts(person, extent, held)
    firms = _own_cases(extent.firms, held)
    found: dict[int, frozenset[str]] = {}
    for case in held:
        words, path = set(parts.get(case.pk, ())), paths[case.unit_id]
        if extent.everything or case.unit_id in extent.units:
            words.add(OWNER)
            if case.officer_id in (None, person.pk):
                words.add(OFFICER)
        if ({int(part) for part in path.split("/") if part} - {case.unit_id}) & extent.units:
            words.add(SUPERIOR)
        if case.pk in firms:
            words.add(FIRM)
        found[case.pk] = frozenset(words | {code for code, above in roles if path.startswith(above)})
    return found


def _roles(person: Any, day: date) -> list[tuple[str, str]]:
    """The roles that a person holds in offices or acts in for somebody, each with the path of its unit."""
    if getattr(person, "pk", None) is None or not person.is_active:
        return []
    held = [
        *memberships_held(person.pk, day),
        *(row.membership for row in delegations_held(person.pk, day) if row.enter),
    ]
    return [(row.role.code, row.unit.path) for row in held if row.firm_id is None and not row.role.outside]


def _parts(person: Any, extent: Extent, cases: list[Case]) -> dict[int, set[str]]:
    """Who takes part and may act: the word and the roles of the template, by case."""
    found: dict[int, set[str]] = {}
    if extent.units or extent.everything:
        rows = Participant.objects.filter(case__in=cases, left_at=None, may_act=True)
        for case, unit, who, role in rows.values_list("case", "unit", "person", "role"):
            if unit in extent.units or (who is not None and who == person.pk):
                found.setdefault(case, {PARTICIPANT}).add(role)
    return found


def _own_cases(firms: frozenset[int], cases: list[Case]) -> set[int]:
    """The cases that are about one of the firms or name it, where the template lets the firm see its case."""
    seen = [case for case in cases if firms and case.firm_sees]
    own = {case.pk for case in seen if case.enterprise_id in firms}
    if rest := [case.pk for case in seen if case.pk not in own]:
        own |= set(CaseFirm.objects.filter(case__in=rest, enterprise__in=firms).values_list("case", flat=True))
    return own


def may(person: Any | None, case: Case) -> Callable[[str], bool]:
    """The question that the engine's ``moves`` asks of each word; the system itself (none) may everything."""
    if person is None:
        return lambda word: True
    known = acting(person, case)
    return lambda word: word in known


def acts(person: Any | None, case: Case, *, superior: bool = False, firm: bool = False) -> bool:
    """Whether a person works on the case as one of the administration; with ``superior`` also from above, with ``firm``
    also as a user of the firm."""
    if person is None:
        return True
    words = acting(person, case)
    return bool(words & DESK) or (superior and SUPERIOR in words) or (firm and FIRM in words)


def needs_act(case: Case, person: Any | None, *, superior: bool = False, firm: bool = False) -> None:
    """Raises :class:`UserError` (``cases.not_yours``) for who does not work on the case."""
    if not acts(person, case, superior=superior, firm=firm):
        raise not_yours()


def is_firms(person: Any | None, case: Case) -> bool:
    """Whether a person is to the case nothing but a user of its firm."""
    return person is not None and not acts(person, case, superior=True) and FIRM in acting(person, case)


def may_withdraw(person: Any | None, case: Case) -> bool:
    """Whether a person may end a case that should not go on: who works on it or stands above; a firm's user its own request,
    never a case that only names the firm."""
    if acts(person, case, superior=True):
        return True
    own = extent_of(person, Right.ENTER, today()).firms
    return is_firms(person, case) and case.enterprise_id in own and FIRM in template_of(case).starts


def reads_inside(person: Any, case: Case) -> bool:
    """Whether a person reads the case as one of the administration, with what is internal."""
    extent = replace(extent_of(person, Right.SEE, today()), firms=frozenset())
    return Case.objects.all().inside(extent, Right.SEE).filter(pk=case.pk).exists()


def needs_sight(case: Case, person: Any) -> None:
    """Raises :class:`UserError` for who may not read the case."""
    if not Case.objects.visible_to(person).filter(pk=case.pk).exists():
        raise not_yours()

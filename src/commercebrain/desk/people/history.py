"""The tree of units through time: what each was called and where it stood."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from commercebrain.desk.people.models import Unit, UnitState


def _values(unit: Unit) -> dict[str, object]:
    return {
        "name_zh": unit.name_zh,
        "name_en": unit.name_en,
        "parent_id": unit.parent_id,
        "region_id": unit.region_id,
        "path": unit.path,
        "closed": unit.closed_on is not None,
    }


def begin(unit: Unit, since: date | None = None) -> None:
    """The first state of a new unit: from ``since`` on, or for as long as anybody knows."""
    UnitState.objects.create(unit=unit, starts=since, **_values(unit))


def remember(units: Iterable[Unit], day: date, *, correction: bool = False) -> None:
    """What ``units`` are from ``day`` on; what they were ends the day before.

    A second change of a day, and a ``correction`` of what was never so, rewrite the state that holds.
    """
    for unit in units:
        state = UnitState.objects.filter(unit=unit, ends=None).first()
        if state is None:
            begin(unit, day)
            continue
        values = _values(unit)
        if all(getattr(state, name) == value for name, value in values.items()):
            continue
        if correction or (state.starts is not None and state.starts >= day):
            UnitState.objects.filter(pk=state.pk).update(**values)
            continue
        UnitState.objects.filter(pk=state.pk).update(ends=day - timedelta(days=1))
        UnitState.objects.create(unit=unit, starts=day, **values)


def state_on(unit: Unit, day: date) -> UnitState | None:
    """What a unit was on ``day``; none before it was known."""
    return UnitState.objects.in_force(day).filter(unit=unit).select_related("parent", "region").first()


def path_on(unit: Unit, day: date) -> list[UnitState]:
    """The chain from the root down to the unit as it was on ``day``, with the names of that day."""
    state = state_on(unit, day)
    if state is None:
        return []
    numbers = [int(part) for part in state.path.split("/") if part]
    then = {row.unit_id: row for row in UnitState.objects.in_force(day).filter(unit__in=numbers)}
    return [then[number] for number in numbers if number in then]


def states(unit: Unit) -> Iterable[UnitState]:
    """All that a unit has been, the latest first."""
    rows = UnitState.objects.filter(unit=unit).select_related("parent", "region")
    return sorted(rows, key=lambda state: state.starts or date.min, reverse=True)

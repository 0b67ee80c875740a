"""The same transforms on figures that were published ready-made: ``observed_table``.

Every number is read through the one :func:`~commercebrain.engine.indicators.figures.figure`, so a published running
total wins over summed months and a published growth over the computed one; where the two differ the note of the figure
stands under the table. Arithmetic is exact (Decimal); formulas are those of
:mod:`commercebrain.engine.indicators.growth` and :mod:`commercebrain.engine.indicators.structure`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.clock import business_date
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.figures import NATION
from commercebrain.engine.indicators.places import children
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.spine import Slot, slots
from commercebrain.engine.indicators.store import Snapshot, Store
from commercebrain.engine.indicators.table import NUMBERS, Array, FigureTable, Vintage, masked
from commercebrain.engine.indicators.transforms.observed_cells import FOLDED, Cell, Cells
from commercebrain.engine.indicators.transforms.plan import Plan, plan
from commercebrain.engine.indicators.transforms.registry import TRANSFORMS, suits
from commercebrain.engine.indicators.transforms.seasonal import adjusted

REGION = "region"


def observed_table(store: Store, catalogue: Catalogue, request: Request, reach: Reach) -> FigureTable:
    """The answer to a request for an indicator of observations, or of a formula over them.

    ``by`` may be ``region`` (the places directly below the region asked for) or nothing; shares, contributions, pulls
    and ranks are of those places in the whole region, concentration and diffusion fold them away. Raises
    :class:`UserError` as :func:`~commercebrain.engine.indicators.transforms.plan.plan` does.
    """
    indicator = catalogue.indicator(request.code)
    asked = _with_places(request)
    asked.check((REGION,), TRANSFORMS)
    one = TRANSFORMS[asked.transform]
    suits(one, indicator)
    if one.dimension != "none" and one.additive and one.code != "comparable" and indicator.adds.place != "sum":
        raise UserError(
            "transform.unsuited",
            f"“{indicator.name.zh}”各地不能相加，不能算{one.name.zh}。",
            f"“{indicator.name.en}” does not add up over places, so there is no {one.name.en}.",
        )
    day = request.as_of or (store.as_of if isinstance(store, Snapshot) else business_date())
    made = plan(asked, indicator, today=day, time="sum")
    parts = children(request.region, request.last.end)
    held = store if isinstance(store, Snapshot) else _snapshot(store, request, indicator, day, parts)
    cells = Cells(held, catalogue, _singly(made, indicator.adds.time == "sum"), reach, day, parts)
    rows = _rows(cells, parts)
    columns = _columns(cells.plan, rows)
    unit = made.unit if one.output != "same" else cells.unit
    if made.adjust:
        columns = adjusted(made, columns)
    if made.ratio and one.ratio_output == "points" and indicator.display_unit != "%":
        unit = indicator.display_unit
    return FigureTable(
        request=request,
        indicator=indicator,
        unit=unit,
        columns=columns,
        level_unit=cells.unit,
        decimals=made.decimals,
        vintage=Vintage(day),
        source="observations",
        engine="python",
        synthetic=request.region.startswith("99"),
        notes=tuple(dict.fromkeys(cells.notes)),
    )


def _snapshot(store: Store, request: Request, indicator: Indicator, day: date, parts: tuple[str, ...]) -> Snapshot:
    """What the request can need, read once: the indicator (of a formula all of them) here, below, and above."""
    codes = {request.code, request.option("prices"), request.option("rates")} - {""}
    places = {request.region, *parts, request.region[:2] + "0000", NATION}
    return Snapshot(store, day, indicators=None if indicator.formula is not None else codes, regions=places)


def _singly(made: Plan, additive: bool) -> Plan:
    """January and February are one only where they add up: a rate of February is published as it is."""
    if additive or not made.transform.joint:
        return made
    asked = made.request.with_(options={**made.request.options, "single_months": "1"})
    return replace(made, slots=_slots_of(asked, made))


def _slots_of(asked: Request, made: Plan) -> tuple[Slot, ...]:
    due = {slot.period: slot.due for slot in made.slots}
    return tuple(slots(asked, made.transform.code, joint=False, time="sum", due=lambda month: due.get(month, True)))


def _with_places(request: Request) -> Request:
    """Concentration and breadth of a published figure are over the places below."""
    if request.transform in FOLDED and not request.option("of"):
        return request.with_(options={**request.options, "of": REGION})
    return request


def _rows(cells: Cells, parts: tuple[str, ...]) -> list[tuple[Slot, str, Cell]]:
    request = cells.plan.request
    if request.by:
        wanted = request.where.get(REGION)
        kept = [part for part in parts if wanted is None or part in wanted]
        return [(slot, part, cells.cell(slot, part)) for slot in cells.plan.slots for part in kept]
    return [(slot, request.region, cells.cell(slot, request.region)) for slot in cells.plan.slots]


def _columns(made: Plan, rows: list[tuple[Slot, str, Cell]]) -> dict[str, Array]:
    found: dict[str, Array] = {
        "period": np.array([slot.period for slot, _, _ in rows], dtype=np.int32),
        "span": np.array([slot.span for slot, _, _ in rows], dtype=np.int16),
    }
    if made.dims:
        found[REGION] = np.array([region for _, region, _ in rows], dtype=np.str_)
    whole_number = made.transform.code == "rank"
    for name in NUMBERS:
        values = [_number(getattr(cell, name)) for _, _, cell in rows]
        found[name] = masked(values, whole=whole_number and name == "value")
    found["reason"] = np.array([cell.reason for _, _, cell in rows], dtype=np.str_)
    found["flag"] = np.array([cell.flag for _, _, cell in rows], dtype=np.str_)
    return found


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

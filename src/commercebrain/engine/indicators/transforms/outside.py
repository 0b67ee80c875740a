"""What a transform of records needs from outside the records: price changes and rates, from published figures."""

from __future__ import annotations

from datetime import date

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.indicators.figures import Reader
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.spine import months_in, rows
from commercebrain.engine.indicators.store import Snapshot, Store
from commercebrain.engine.indicators.table import row_period
from commercebrain.engine.indicators.transforms.observed_cells import price_change, rate_of
from commercebrain.engine.indicators.transforms.registry import transform
from commercebrain.engine.periods import Period


def outside(
    store: Store, catalogue: Catalogue, request: Request, reach: Reach, day: date
) -> dict[str, dict[int, float]]:
    """``prices`` and ``rates`` as :func:`~commercebrain.engine.indicators.transforms.plan.plan` takes them; empty for a
    transform that needs neither. What is not published is left out, and the row says so. Raises :class:`UserError` for
    an indicator of prices or rates that the catalogue does not have."""
    one = transform(request.transform)
    if one.code not in ("real", "convert"):
        return {}
    code = request.option("prices" if one.code == "real" else "rates")
    if not code:
        return {}  # the plan says that the option is missing
    catalogue.indicator(code)
    held = store if isinstance(store, Snapshot) else Snapshot(store, day, indicators=(code,))
    reader = Reader(held, catalogue, reach, "", day)
    asked = rows(request, joint=one.joint)
    found: dict[int, float] = {}
    if one.code == "real":
        for period, span, _ in asked:
            change = price_change(reader, code, request.region, row_period(period, span))
            if change is not None:
                found[period] = float(change)
        return {"prices": found}
    for month in months_in(asked[0][2][0], asked[-1][2][1]):
        rate = rate_of(reader, code, request.region, Period.of_month(*divmod(month, 100)))
        if rate is not None:
            found[month] = float(rate)
    return {"rates": found}

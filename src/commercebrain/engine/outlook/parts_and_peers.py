"""What a landing may use beside the indicator's own figures: the parts of a quotient, and the same indicator elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from lark import Tree

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.catalogue.expressions import Name, parse
from commercebrain.engine.indicators import Figure
from commercebrain.engine.indicators.figures import NATION, scoped
from commercebrain.engine.indicators.store import Store
from commercebrain.engine.outlook.evidence import Beside

#: Reads all that is known of an indicator in a region: :func:`commercebrain.engine.indicators.history` with a store, a
#: reach and a day.
History = Callable[[str, str], Sequence[Figure]]
#: Codes of invented regions begin with it; they are no peers of real ones, nor the other way.
INVENTED = "99"


def beside(store: Store, catalogue: Catalogue, code: str, region: str, on: date, ask: History) -> Beside:
    """The parts and peers of indicator ``code`` in ``region``, read by ``ask`` (so only what its reader may see)."""
    indicator = catalogue.indicator(code)
    names = quotient(indicator)
    codes = (names[0].code,) if names else (code,)
    regions = peers_of(region, {row.region for row in store.observations(on, indicators=codes)})
    if names is None:
        return Beside(None, tuple((ask(code, place),) for place in regions))

    def both(place: str) -> tuple[Sequence[Figure], Sequence[Figure]]:
        top, bottom = (ask(name.code, scoped(name, place)) for name in names)
        return top, bottom

    return Beside(both(region), tuple(both(place) for place in regions))


def quotient(indicator: Indicator) -> tuple[Name, Name] | None:
    """Numerator and denominator where the formula is one indicator over another, else None."""
    if indicator.formula is None:
        return None
    expression = parse(indicator.formula)
    sides = [side for side in expression.tree.children if isinstance(side, Tree)]
    if expression.tree.data != "div" or [side.data for side in sides] != ["name", "name"] or len(expression.names) != 2:
        return None
    return expression.names[0], expression.names[1]


def peers_of(region: str, known: set[str]) -> tuple[str, ...]:
    """The other regions of the same level (nation, province, city, county), where there are two of them; else all but
    the nation. Invented and real regions are never peers."""
    alike = {
        other
        for other in known
        if other not in (region, NATION) and other.startswith(INVENTED) == region.startswith(INVENTED)
    }
    level = {other for other in alike if _level(other) == _level(region)}
    return tuple(sorted(level if len(level) >= 2 else alike))


def _level(region: str) -> int:
    return 2 if region.endswith("0000") else 4 if region.endswith("00") else 6

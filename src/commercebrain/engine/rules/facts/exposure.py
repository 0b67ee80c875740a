"""Lists as rules read them: who stands on one, and what one takes of a firm's trade, now and in the version before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.groups import Group
from commercebrain.engine.exposure.base import Tier, TradeBase, made
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.result import Exposure
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.rules.facts.series import YEAR, Floats, Months
from commercebrain.engine.rules.facts.source import EXPORT

Bits = NDArray[np.bool_]
#: The list whose goods are those of remedy cases.
CASES: Final = "remedy_products"
_HEADING, _SIX = 4, 6


@dataclass(frozen=True)
class ListFacts:
    """Lists in force on a day. ``listed``: kind → credit codes on it. ``products``: kind → rows of goods in force;
    ``before``: those of the version before, of kinds that have one. ``groups`` of countries (default: the catalogue's)."""

    listed: Mapping[str, Collection[str]] = field(default_factory=dict)
    products: Mapping[str, Sequence[ProductRow]] = field(default_factory=dict)
    before: Mapping[str, Sequence[ProductRow]] = field(default_factory=dict)
    case_products: Sequence[ProductRow] | None = None
    groups: Mapping[str, Group] | None = None

    def cases(self) -> Sequence[ProductRow] | None:
        """The goods of remedy cases; None where nobody keeps them."""
        return self.products.get(CASES) if self.case_products is None else self.case_products


class Exposures:
    """Exposure of firms on a day, each list computed once."""

    def __init__(self, months: Months, lists: ListFacts, on: date) -> None:
        self.months, self.lists, self.on = months, lists, on
        self._held: dict[Any, Any] = {}

    def base(self) -> TradeBase | None:
        """Exports of the last twelve months by firm, line and partner; None where a month is not known."""
        window = self.months.window(0, YEAR - 1)
        if window is None:
            return None
        key = ("base", tuple((month, self.months.tokens[month]) for month in window))
        return self.months.source.kept(key, lambda: self._base(window))

    def _base(self, window: list[int]) -> TradeBase | None:
        source = self.months.source
        held = self.months.together("firm_line", 0, YEAR - 1)
        if held is None:
            return None
        rest, country = np.divmod(held.key, len(source.countries))
        firm, product = np.divmod(rest, len(source.products))
        return made(
            firms=source.firms, products=source.products, countries=source.countries, firm=firm, product=product,
            country=country, value=np.rint(held.value).astype(np.int64), tier=Tier.CUSTOMS,
            span=(window[0], window[-1]), months=tuple(window), synthetic=source.synthetic, dataset="declaration_lines",
            flow=("export", "import")[EXPORT],
        )  # fmt: skip

    def of(self, rows: Sequence[ProductRow], name: str) -> Exposure | None:
        """The exposure to some rows, kept under a name."""
        if name not in self._held:
            base = self.base()
            self._held[name] = None if base is None else exposure(rows, base, on=self.on, groups=self.lists.groups)
        found: Exposure | None = self._held[name]
        return found

    def hit(self, rows: Sequence[ProductRow] | None, name: str) -> tuple[Floats, Floats] | None:
        """By firm of the source: yuan taken by some rows, and the duty on it; None where nobody knows."""
        found = None if rows is None else self.of(rows, name)
        if found is None:
            return None
        many = len(self.months.source.firms)
        value, duty = np.zeros(many), np.zeros(many)
        value[found.firm] = found.upper
        duty[found.firm] = found.duty
        return value, duty

    def share(self, kind: str) -> Floats | None:
        """Part of twelve months' exports that a list takes; 0 for a firm that exported nothing of it."""
        taken, base = self.hit(self.lists.products.get(kind), kind), self.base()
        if taken is None or base is None:
            return None
        total = base.total.astype(np.float64)
        return np.divide(taken[0], total, out=np.zeros(len(total)), where=total > 0)

    def duty(self, kind: str) -> Floats | None:
        """Yuan of duty at the list's rates."""
        found = self.hit(self.lists.products.get(kind), kind)
        return None if found is None else found[1]

    def newly(self, kind: str) -> Bits | None:
        """Whom the version in force takes something of and the one before did not."""
        now, then = (self.hit(held.get(kind), f"{kind}{n}" if n else kind)
                     for n, held in enumerate((self.lists.products, self.lists.before)))  # fmt: skip
        return None if now is None or then is None else (now[0] > 0) & (then[0] == 0)

    def in_case(self) -> Bits | None:
        """Who exported goods of a remedy case to its market."""
        found = self.hit(self.lists.cases(), "cases")
        return None if found is None else found[0] > 0

    def near_case(self) -> Bits | None:
        """Who exported other goods of the same heading to the market of a case."""
        cases = self.lists.cases()
        found = self.hit(cases, "cases")
        if cases is None or found is None:
            return None
        wide = self.hit([replace(row, digits=row.digits[:_HEADING], excludes=()) for row in cases], "near cases")
        return None if wide is None else wide[0] > found[0]

    # -- goods and markets

    def goods_on(self, rows: Sequence[ProductRow] | None, hs6: Sequence[str], country: Sequence[str],
                 digits: int = _SIX) -> Bits | None:  # fmt: skip
        """Whether rows speak of goods (six digits) on a market; ``digits`` of both are compared."""
        if rows is None:
            return None
        taken = [row for row in rows if row.on(self.on)]
        by: dict[str, set[str]] = {}
        for row in taken:
            by.setdefault(row.digits[:digits], set()).update(self._partners(row.partner, country))
        places = {length for length in (2, 4, digits) if any(len(code) == length for code in by)}
        return np.array(
            [
                any(place in by.get(code[:length], ()) for length in places)
                for code, place in zip(hs6, country, strict=True)
            ],
            bool,
        )

    def market_on(self, kind: str, countries: Sequence[str]) -> Bits | None:
        """Whether a list speaks of a market: one of its rows is of it, or of a group that it belongs to."""
        rows = self.lists.products.get(kind)
        if rows is None:
            return None
        named = {one for row in rows if row.on(self.on) and row.partner for one in self._partners(row.partner, ())}
        return np.array([country in named for country in countries], bool)

    def _partners(self, partner: str, everyone: Sequence[str]) -> Collection[str]:
        if not partner:
            return set(everyone)
        if partner not in self._members:
            self._members[partner] = self._group(partner)
        return self._members[partner]

    @property
    def _members(self) -> dict[str, Collection[str]]:
        members: dict[str, Collection[str]] = self._held.setdefault("members", {})
        return members

    def _group(self, partner: str) -> Collection[str]:
        groups = self.lists.groups
        if groups is None:
            from commercebrain.engine.catalogue.loader import load_catalogue

            groups = load_catalogue().groups
        return groups[partner].at(self.on)[0] if partner in groups else {partner}

"""The facts of a city on a day: frames of firms, goods, counties, markets, clusters, indicators and projects.

Everything is as known on the day: months by the vintages published until then, reports by the day they were made. Frames
are lazy: a term is worked out when a rule reads it, once, and what depends on a month and its vintage is kept with the
source, so a back-test of many months works each of them out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.expressions import Column
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.rules.facts.exposure import Exposures, ListFacts
from commercebrain.engine.rules.facts.indicators import IndicatorFacts, IndicatorFrame
from commercebrain.engine.rules.facts.orders import OrderPanel
from commercebrain.engine.rules.facts.series import Months
from commercebrain.engine.rules.facts.source import TradeSource, lake_source
from commercebrain.engine.rules.frame import Coded, Frame
from commercebrain.engine.rules.kinds import SUBJECTS

Ints = NDArray[np.int64]


@dataclass
class Register:
    """What the register says of firms: their credit codes and names, and columns by the name of the fact (``size``,
    ``industry``, ``county``, ``township``, ``tags``, ``established``, ``employees``), each as long as ``firms``."""

    firms: Sequence[str]
    names: Sequence[Words] = ()
    columns: Mapping[str, Column | Coded] = field(default_factory=dict)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The row of each firm."""
        return {uscc: place for place, uscc in enumerate(self.firms)}


class NoTrade(TradeSource):
    """A lake without customs lines: no month is known."""

    firms = products = countries = counties = ()

    def known(self, on: date, *, as_published: bool = False) -> Mapping[int, Any]:
        """None."""
        return {}

    def released(self, month: int) -> date | None:
        """Never."""
        return None

    def read(self, month: int, token: Any) -> Any:
        """There is nothing to read."""
        raise KeyError(month)


#: Lists, or how to know those in force on a day.
Lists = ListFacts | Callable[[date], ListFacts]


class CityFacts:
    """The facts known on a day.

    ``root`` is the lake's. ``reach`` limits the counties whose firms are looked at (None: the system itself asks, who
    sees all), ``regions`` those that are asked for (codes of counties or of a city; none: all). ``orders`` are what firms
    report (default: what the lake holds), ``lists`` those in force, ``targets`` the facts of indicators, ``register`` what
    is known of firms beside their trade; without it the firms are those that traded or report. ``source`` takes the place
    of the lake's customs lines. ``as_published``: months count from the day they were published, though they were taken
    in later.
    """

    def __init__(
        self, root: Path | None, on: date, *, reach: Reach | None = None, orders: OrderPanel | None = None,
        lists: Lists | None = None, targets: Sequence[IndicatorFacts] = (), regions: Sequence[str] = (),
        register: Register | None = None, source: TradeSource | None = None, as_published: bool = False,
        names: Mapping[str, Words] | None = None,
    ) -> None:  # fmt: skip
        self.root, self.on, self.reach, self.regions = root, on, reach, tuple(regions)
        self.source: TradeSource = source or (lake_source(root) if root is not None else None) or NoTrade()
        if orders is None:
            orders = OrderPanel.from_lake(root, on) if root is not None else OrderPanel.empty()
        self.orders = orders
        self._lists = lists or ListFacts()
        self.targets = tuple(targets)
        self.register = register
        self.as_published = as_published
        self.names = names or {}
        self.months = Months.on(self.source, on, as_published=as_published)
        self._frames: dict[str, Frame] = {}

    @property
    def synthetic(self) -> bool:
        """Whether any of it is invented."""
        return self.source.synthetic or self.orders.synthetic or any(one.synthetic for one in self.targets)

    @property
    def period(self) -> str:
        """The newest month of trade, as people read it; the newest week of reports where no trade is known."""
        if self.months.last:
            return f"{self.months.last // 100}-{self.months.last % 100:02d}"
        week = self.orders.last(self.on)
        if week < 0:
            return f"{self.on:%Y-%m}"
        year, number, _ = self.orders.weeks[week].isocalendar()
        return f"{year}-W{number:02d}"

    @cached_property
    def lists(self) -> ListFacts:
        """The lists in force on the day."""
        return self._lists(self.on) if callable(self._lists) else self._lists

    @cached_property
    def exposures(self) -> Exposures:
        """What the lists take of the trade."""
        return Exposures(self.months, self.lists, self.on)

    def at(self, month: int) -> CityFacts:
        """The facts as they were known when a month (yyyymm) was first published: vintages, reports and lists of that
        day. KeyError for a month that never was."""
        day = self.source.released(month)
        if day is None:
            raise KeyError(month)
        return self.as_of(day)

    def as_of(self, day: date) -> CityFacts:
        """The facts as they were known on an earlier day."""
        return CityFacts(
            self.root, day, reach=self.reach, orders=self.orders, lists=self._lists, targets=self.targets,
            regions=self.regions, register=self.register, source=self.source, as_published=True, names=self.names,
        )  # fmt: skip

    def frame(self, subject: str) -> Frame:
        """The frame of a subject, the same one each time. Raises :class:`UserError` (``rule.unknown_subject``)."""
        if subject not in self._frames:
            self._frames[subject] = self._make(subject)
        return self._frames[subject]

    @cached_property
    def frames(self) -> Mapping[str, Frame]:
        """All frames by subject, made when first asked for."""
        return _Frames(self)

    def _make(self, subject: str) -> Frame:
        from commercebrain.engine.rules.facts.clusters import ClusterFrame
        from commercebrain.engine.rules.facts.counties import CountyFrame
        from commercebrain.engine.rules.facts.firms import FirmFrame
        from commercebrain.engine.rules.facts.goods import GoodsFrame
        from commercebrain.engine.rules.facts.markets import MarketFrame
        from commercebrain.engine.rules.facts.projects import ProjectFrame

        makers: dict[str, Callable[[CityFacts], Frame]] = {
            "firm": FirmFrame, "goods": GoodsFrame, "county": CountyFrame, "market": MarketFrame,
            "cluster": ClusterFrame, "indicator": IndicatorFrame, "project": ProjectFrame,
        }  # fmt: skip
        if subject not in makers:
            raise UserError(
                "rule.unknown_subject",
                f"没有“{subject}”这种对象，可用：{'、'.join(makers)}。",
                f"There is no subject “{subject}”; there are {', '.join(makers)}.",
            )
        return makers[subject](self)

    # -- places

    def sees(self, county: str) -> bool:
        """Whether firms of a county are looked at."""
        if self.regions and not any(within(county, region) for region in self.regions):
            return False
        return self.reach is None or self.reach.sees(county, "confidential")

    @cached_property
    def _of_trade(self) -> list[str]:
        codes = list(self.source.counties)
        return [codes[one] if one >= 0 else "" for one in self.months.counties().tolist()] if self.months.last else []

    @cached_property
    def _of_register(self) -> Mapping[str, str]:
        held = self.register.columns.get("county") if self.register is not None else None
        if held is None or self.register is None:
            return {}
        column = held.plain() if isinstance(held, Coded) else held
        rows = zip(self.register.firms, column.values.tolist(), column.known.tolist(), strict=True)
        return {uscc: str(county) for uscc, county, known in rows if known}

    def county_of(self, uscc: str) -> str:
        """The county of a firm: the register's, else that of its newest line; "" where neither says."""
        told = self._of_register.get(uscc)
        if told:
            return told
        place = self.source.places.get(uscc, -1)
        return self._of_trade[place] if 0 <= place < len(self._of_trade) else ""

    @cached_property
    def firms(self) -> tuple[str, ...]:
        """The firms that are looked at: those of the register, else those that traded or report; by their counties. Those
        that exported most in twelve months come first: rules that ask a least size then read what lies side by side."""
        if self.register is not None:
            everyone: Sequence[str] = self.register.firms
        else:
            known = self.source.places
            everyone = [*self.source.firms, *(uscc for uscc in self.orders.firms if uscc not in known)]
        if self.regions or self.reach is not None:
            everyone = [uscc for uscc in everyone if self.sees(self.county_of(uscc))]
        return tuple(self._largest_first(everyone))

    def _largest_first(self, firms: Sequence[str]) -> Sequence[str]:
        from commercebrain.engine.rules.facts import trade

        exports, places = trade.numbers("exports_last_12m", self.months), self.source.places
        if exports is None or not len(exports):
            return firms
        size = np.array([exports[places[uscc]] if uscc in places else 0.0 for uscc in firms])
        return [firms[row] for row in np.argsort(-size, kind="stable").tolist()]

    @cached_property
    def firm_counties(self) -> Coded:
        """The county of each of :attr:`firms`."""
        places: dict[str, int] = {}
        found = (self.county_of(uscc) for uscc in self.firms)
        codes = np.array([places.setdefault(one, len(places)) if one else -1 for one in found], np.int64)
        return Coded(codes, tuple(places))

    @cached_property
    def trade_rows(self) -> Ints:
        """The place of each of :attr:`firms` in the source; −1: not there."""
        places = self.source.places
        return np.array([places.get(uscc, -1) for uscc in self.firms], np.int64)

    @cached_property
    def order_rows(self) -> Ints:
        """The place of each of :attr:`firms` in the reports; −1: not there."""
        places = self.orders.places
        return np.array([places.get(uscc, -1) for uscc in self.firms], np.int64)

    def name_of(self, code: str) -> Words:
        """What a county, country or firm is called; its code where nobody has said."""
        return self.names.get(code) or Words(zh=code, en=code)


class _Frames(Mapping[str, Frame]):
    """Frames by subject, each made when it is asked for."""

    def __init__(self, facts: CityFacts) -> None:
        self.facts = facts

    def __getitem__(self, subject: str) -> Frame:
        if subject not in SUBJECTS:
            raise KeyError(subject)
        return self.facts.frame(subject)

    def __iter__(self) -> Any:
        return iter(SUBJECTS)

    def __len__(self) -> int:
        return len(SUBJECTS)


def within(county: str, region: str) -> bool:
    """Whether a county is, or lies in, a region; provinces and cities end in noughts (GB/T 2260)."""
    stem = region.removesuffix("00").removesuffix("00") if region != "100000" else ""
    return bool(county) and county.startswith(stem)

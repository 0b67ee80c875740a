"""What firms of the invented city report of their orders, week after week since 2023: orders lead exports.

What a firm has in hand on a day is what it will ship in the months that follow (its own lead, declared as 1 to 3), around
a level of its own and with noise that stays for weeks; so cover and orders fall before exports do. Everything depends on
the seed, the number of firms and the week alone: a longer history never changes a week that stood in a shorter one.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.simulate.city import Floats, Ints, generator
from commercebrain.engine.simulate.reporters import Reporters, recipe, reporters
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import world
from commercebrain.engine.workdays import is_workday

Bools = NDArray[np.bool_]
COVERS = ("under_1", "from_1_to_3", "from_3_to_6", "over_6")
TRENDS = ("more", "same", "less")
UNIT = 1_000  # firms report in ten thousand dollars, with one decimal
MOST_UNCHANGED = 3  # after that a form asks why
_TAG = 95
_LEAST_RATIO, _MOST_RATIO = 0.02, 5.0


@dataclass(frozen=True)
class OrderHistory:
    """Weekly reports of the firms that are asked: arrays are weeks × firms, unknown where nothing was filed.

    ``cover`` and ``trend`` are places in ``COVERS`` and ``TRENDS`` (−1 unknown), ``orders`` US dollars (−1 unknown),
    ``unchanged`` how many times in a row the same was sent, ``difficulties`` weeks × firms × names. Of key exporters' lines:
    ``new`` and ``cancelled`` as parts of the orders in hand, ``price_lower`` the part of their orders at lower prices (NaN
    unknown). ``months`` is what only the simulation knows: months of work in hand, filed or not. ``source`` is the week
    whose content a report repeats, its own where it was made anew.
    """

    firms: list[str]
    county: Ints
    weeks: list[date]  # Mondays
    months: Floats
    cover: Ints
    orders: Ints
    trend: Ints
    asked: Bools
    filed: Bools
    on_time: Bools
    sent: NDArray[np.datetime64]
    unchanged: Ints
    returned: Bools
    source: Ints
    first_market: list[str]
    difficulty_names: tuple[str, ...]
    difficulties: Bools
    new: Floats
    cancelled: Floats
    price_lower: Floats

    @property
    def periods(self) -> list[str]:
        """The weeks as ISO weeks: 2025-W29."""
        return [period_of(monday) for monday in self.weeks]


def period_of(monday: date) -> str:
    """A week as an ISO week."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def order_history(
    trade: Trade, last: date, first: date | None = None, *, leads: bool = True, who: Reporters | None = None
) -> OrderHistory:
    """The reports of the weeks from that of ``first`` (default: as far back as declared) to that of ``last``.

    ``leads`` False gives the placebo: the same firms, noise and habits, but orders that know nothing of coming exports.
    Who reports follows from the twelve months up to the city's newest month, also for the years before.
    """
    return OrderBook(trade, who, leads=leads).history(first, last)


class OrderBook:
    """Draws the weeks of one city."""

    def __init__(self, trade: Trade, who: Reporters | None = None, *, leads: bool = True) -> None:
        self.told: dict[str, Any] = recipe()
        self.trade, self.city, self.leads = trade, trade.city, leads
        if who is None:
            who = trade.kept.get("reporters") or reporters(trade, trade.newest)
            trade.kept["reporters"] = who
        self.who = who
        self.begin = monday_of(self.told["history"])
        self.count = len(self.who.asked)
        cover, chance = self.told["cover"], generator(self.city.seed, _TAG)
        self.level = np.log(cover["months"]) + cover["spread"] * chance.standard_normal(self.count)
        self.sloth = chance.gumbel(size=self.count)  # who tends to be late or silent
        leads_of = cover["lead"]
        self.lead: Ints = chance.choice(list(leads_of), self.count, p=list(leads_of.values()))

    def sold(self, month: int, known: date) -> Floats:
        """What each of the firms exports in a month (a running number), in US dollars, by the help given before a day."""
        return self.trade.exported(month, known)[self.who.asked] / world().usd_rate(month)

    def usual(self, month: int, known: date) -> Floats:
        """Monthly exports of the twelve months before ``month``; of a younger firm since it opened."""
        total = np.sum([self.sold(one, known) for one in range(month - 12, month)], axis=0)
        opens = self.city.firms.opens[self.who.asked]
        return np.asarray(total / np.clip(month - opens, 1, 12), dtype=np.float64)

    def coming(self, monday: date) -> Floats:
        """What each firm ships within its lead from a day, as a part of what is usual; 1 where nothing is usual."""
        month = monday.year * 12 + monday.month - 1
        gone = (monday.day - 1) / calendar.monthrange(monday.year, monday.month)[1]
        ships = (1 - gone) * self.sold(month, monday)
        for ahead in range(1, int(self.lead.max()) + 1):
            part = np.where(ahead < self.lead, 1.0, np.where(ahead == self.lead, gone, 0.0))
            ships = ships + part * self.sold(month + ahead, monday)
        usual = self.usual(month, monday)
        ratio = np.where(usual > 0, ships / np.maximum(1e-9, usual * self.lead), 1.0)
        return np.asarray(np.clip(ratio, _LEAST_RATIO, _MOST_RATIO), dtype=np.float64)

    def history(self, first: date | None, last: date) -> OrderHistory:
        """The weeks from that of ``first`` to that of ``last``; drawn from the declared beginning on."""
        weeks = [self.begin + timedelta(weeks=n) for n in range((monday_of(last) - self.begin).days // 7 + 1)]
        cover = self.told["cover"]
        names = tuple(self.told["difficulties"])
        shape = (len(weeks), self.count)
        months, ratio = np.zeros(shape), np.zeros(shape)
        orders, trend = np.zeros(shape, dtype=np.int64), np.ones(shape, dtype=np.int64)
        asked, filed, returned = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
        on_time, sent = np.zeros(shape, bool), np.full(shape, np.datetime64("NaT"), "datetime64[m]")
        unchanged, source = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        ticks = np.zeros((*shape, len(names)), bool)
        lines = np.full((3, *shape), np.nan)
        # A firm's state has been going on before the first week: it starts as spread as it stays.
        start = generator(self.city.seed, _TAG, 0).standard_normal(self.count)
        state = cover["noise"] / np.sqrt(1 - cover["stays"] ** 2) * start
        past_filed, past_source = np.zeros(self.count, bool), np.zeros(self.count, dtype=np.int64)
        places = np.arange(self.count)
        for number, monday in enumerate(weeks):
            chance = generator(self.city.seed, _TAG, monday.toordinal() // 7)
            state = cover["stays"] * state + cover["noise"] * chance.standard_normal(self.count)
            ratio[number] = self.coming(monday) if self.leads else 1.0
            month = monday.year * 12 + monday.month - 1
            months[number] = np.exp(self.level + state) * ratio[number] ** cover["strength"]
            orders[number] = np.rint(self.usual(month, monday) * months[number] / UNIT).astype(np.int64) * UNIT
            asked[number] = month >= self.city.firms.opens[self.who.asked]
            days = days_of(monday)
            asked[number] &= bool(days)
            early, filed[number] = self._files(chance, monday)
            filed[number] &= asked[number]
            draw = chance.random((4, self.count))
            on_time[number], sent[number] = self._moments(days or [monday], early, filed[number], draw)
            past = unchanged[number - 1] if number else np.zeros(self.count, dtype=np.int64)
            again = self.told["unchanged"] * (1 + 2 * (past > 0))
            same = filed[number] & past_filed & (past < MOST_UNCHANGED) & (draw[2] < again)
            unchanged[number] = np.where(same, past + 1, 0)
            source[number] = np.where(same, past_source, number)
            before = orders[past_source, places]
            change = np.where(past_filed, orders[number] / np.maximum(1, before) - 1, 0.0)
            band = self.told["band"]
            trend[number] = np.where(same | (np.abs(change) <= band), 1, np.where(change > 0, 0, 2))
            returned[number] = filed[number] & ~same & (draw[3] < self.told["returned"])
            ticks[number] = self._difficulties(chance, ratio[number])
            lines[:, number] = self._of_lines(monday, ratio[number])
            past_filed, past_source = filed[number], source[number]
        rows = source
        columns = np.broadcast_to(places, shape)
        kept = slice(0 if first is None else max(0, (monday_of(first) - self.begin).days // 7), None)
        told_orders = orders[rows, columns]
        told_cover = np.searchsorted(self.told["bounds"], months[rows, columns], side="left")
        told_cover = np.where(told_orders == 0, 0, told_cover)
        shown = np.where(filed, lines[:, rows, columns], np.nan)
        return OrderHistory(
            firms=[self.city.firms.uscc[one] for one in self.who.asked.tolist()],
            county=self.city.firms.county[self.who.asked], weeks=weeks[kept], months=months[kept],
            cover=np.where(filed, told_cover, -1)[kept], orders=np.where(filed, told_orders, -1)[kept],
            trend=np.where(filed, trend, -1)[kept], asked=asked[kept], filed=filed[kept], on_time=on_time[kept],
            sent=sent[kept], unchanged=unchanged[kept], returned=returned[kept], source=source[kept],
            first_market=self.markets, difficulty_names=names,
            difficulties=(ticks[rows, columns] & filed[:, :, None])[kept],
            new=shown[0][kept], cancelled=shown[1][kept], price_lower=shown[2][kept],
        )  # fmt: skip

    def _files(self, chance: np.random.Generator, monday: date) -> tuple[Bools, Bools]:
        """Who files in the first hours, and who files at all: in each county a part, the slothful least."""
        told = self.told
        county = self.city.firms.county[self.who.asked]
        wish = self.sloth + chance.gumbel(size=self.count)
        early, files = np.zeros(self.count, dtype=bool), np.zeros(self.count, dtype=bool)
        closed = monday == monday_of(world().city["day"]) - timedelta(weeks=1)
        for number, code in enumerate(self.city.counties):
            mine = np.flatnonzero(county == number)
            usual = np.clip(told["usual"]["mean"] + told["usual"]["spread"] * chance.standard_normal(), 0.9, 1)
            order = mine[np.argsort(wish[mine], kind="stable")]
            early[order[: round(len(mine) * told["open_week"])]] = True
            files[order[: round(len(mine) * (told["filed"][code] if closed else usual))]] = True
        return early, files

    def _moments(
        self, days: list[date], early: Bools, filed: Bools, draw: Floats
    ) -> tuple[Bools, NDArray[np.datetime64]]:
        """Whether in time, and when, Beijing time: on the first morning, in office hours of the week's working days, or
        within two days after the last of them, when the report is due."""
        late = ~early & (draw[0] < self.told["late"])
        starts = np.array([np.datetime64(day, "m") for day in days])
        place, clock = np.divmod(draw[1] * len(days), 1)
        office = starts[place.astype(np.int64)] + (8 * 60 + 30 + (clock * 500).astype(np.int64)).astype(
            "timedelta64[m]"
        )
        after = starts[-1] + (17 * 60 + 1 + (draw[1] * 2 * 24 * 60).astype(np.int64)).astype("timedelta64[m]")
        first = starts[0] + (8 * 60 + (draw[1] * 30).astype(np.int64)).astype("timedelta64[m]")
        moments = np.where(early, first, np.where(late, after, office))
        return filed & ~late, np.where(filed, moments, np.datetime64("NaT"))

    def _difficulties(self, chance: np.random.Generator, ratio: Floats) -> Bools:
        """What each firm ticks; those whose coming months are bad tick what goes with it more often."""
        told = self.told
        share = np.array(list(told["difficulties"].values()))
        worse = np.array([told["worse"].get(name, 0.0) for name in told["difficulties"]])
        fall = np.clip(1 - ratio, 0, 1)
        found = chance.random((self.count, len(share))) < np.clip(share * (1 + worse * fall[:, None]), 0, 0.95)
        return np.asarray(found)

    def lines_of(self, monday: date, ratio: Floats | None = None) -> tuple[Floats, Ints, Bools]:
        """Of each firm's largest goods and markets in a week: new orders as a part of those in hand, price, cancelled."""
        told = self.told
        most = told["lines"]["most"]
        fall = np.clip(1 - (self.coming(monday) if ratio is None else ratio), 0, 1)[:, None]
        chance = generator(self.city.seed, _TAG, monday.toordinal() // 7, 1)
        low, high = told["fresh"]
        draw = chance.random((3, self.count, most))
        ends = np.cumsum(list(told["price"].values()))
        price = np.minimum(np.searchsorted(ends, draw[1], side="right"), len(ends) - 1)
        cancelled = draw[2] < told["lines"]["cancelled"] * (1 + told["worse"]["cancellations"] * fall)
        return (low + (high - low) * draw[0]) * (1 - 0.5 * fall), price, cancelled

    def _of_lines(self, monday: date, ratio: Floats) -> Floats:
        """New, cancelled and cheaper parts of the orders told by lines, 3 × firms; NaN for firms that give no lines."""
        fresh, price, cancelled = self.lines_of(monday, ratio)
        weight = self.weights
        whole = weight.sum(axis=1)
        lower = list(self.told["price"]).index("lower")
        parts = [fresh * weight, self.told["lines"]["part"] * cancelled * weight, (price == lower) * weight]
        with np.errstate(invalid="ignore"):
            return np.stack([np.where(whole > 0, part.sum(axis=1) / whole, np.nan) for part in parts])

    @cached_property
    def streams(self) -> list[Ints]:
        """Of each firm its largest streams, one for each goods and market; none where it gives no lines."""
        c, values = self.city, self.who.exports.streams
        mine = np.flatnonzero((c.flow == 0) & np.isin(c.firm, self.who.lists["key_exporters"]) & (values > 0))
        mine = mine[np.lexsort((-values[mine], c.firm[mine]))]
        goods = np.stack([c.firm[mine], c.product[mine], c.country[mine]])
        mine = mine[np.sort(np.unique(goods, axis=1, return_index=True)[1])]
        firms, starts = np.unique(c.firm[mine], return_index=True)
        most = self.told["lines"]["most"]
        found = {int(f): part[:most] for f, part in zip(firms, np.split(mine, starts[1:]), strict=True)}
        return [found.get(int(firm), np.zeros(0, dtype=np.int64)) for firm in self.who.asked]

    @cached_property
    def weights(self) -> Floats:
        """What part of a firm's exports each of its largest streams is: firms × most lines."""
        found = np.zeros((self.count, self.told["lines"]["most"]))
        for place, streams in enumerate(self.streams):
            total = max(1, int(self.who.exports.total[self.who.asked[place]]))
            found[place, : len(streams)] = self.who.exports.streams[streams] / total
        return found

    @cached_property
    def markets(self) -> list[str]:
        """The market on which each firm sells most; empty for one that sells nothing."""
        c, wide = self.city, len(self.city.countries)
        mine = np.flatnonzero(np.isin(c.firm, self.who.asked) & (self.who.exports.streams > 0))
        place = np.searchsorted(self.who.asked, c.firm[mine])
        sums = np.bincount(place * wide + c.country[mine], self.who.exports.streams[mine], minlength=self.count * wide)
        table = sums.reshape(self.count, wide)
        return [c.countries[int(row.argmax())] if row.any() else "" for row in table]


def days_of(monday: date) -> list[date]:
    """The working days of a week up to the one on which its report is due; none where the week has none at all.

    Due is Friday, or the last working day before it; where there is none, the first day worked of the weekend.
    """
    whole = [day for day in (monday + timedelta(days=n) for n in range(7)) if is_workday(day)]
    return [day for day in whole if day.weekday() < 5] or whole[:1]


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())

"""What firms of the invented city report each week of their orders, when, and who does not: drawn from their own trade.

Everything depends on the seed, the number of firms and the day alone, and no form is known here: answers are given by
the names of the core six, money in US dollars.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.simulate.city import Floats, Ints, generator
from commercebrain.engine.simulate.reporters import Reporters, recipe, reporters
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number, world

COVERS = ("under_1", "from_1_to_3", "from_3_to_6", "over_6")
TRENDS = ("more", "same", "less")
UNIT = 10_000  # firms report in ten thousand dollars
MOST_UNCHANGED = 3  # after that a form asks why
_FIRST_LEVEL = 95


@dataclass(frozen=True, slots=True)
class Line:
    """Orders of one product on one market, in US dollars."""

    hs10: str
    country: str
    orders_in_hand: int
    new_orders: int
    price: str
    cancelled: int


@dataclass(frozen=True, slots=True)
class Reported:
    """One firm in one week. ``sent`` None: it has not filed. ``orders_in_hand`` in US dollars."""

    uscc: str
    sent: datetime | None
    on_time: bool = False
    unchanged: int = 0
    returned: bool = False
    orders_in_hand: int = 0
    trend: str = "same"
    cover: str = "from_1_to_3"
    first_market: str = ""
    difficulties: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Week:
    """All firms asked in one week. ``monday`` is its first day; it is due on its Friday at 17:00."""

    monday: date
    open: bool
    reports: tuple[Reported, ...] = field(repr=False)

    @property
    def period(self) -> str:
        """As an ISO week: 2025-W29."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"


def weeks(trade: Trade, day: date) -> tuple[Reporters, list[Week]]:
    """Who reports, and what was reported in the weeks up to that of ``day`` (which is still open), oldest first."""
    told = recipe()
    last = month_number(f"{day:%Y-%m}") - 1
    who = reporters(trade, last)
    monday = day - timedelta(days=day.weekday())
    first = monday - timedelta(weeks=told["weeks"] - 1)
    return who, list(_Weeks(trade, who, told, last).of(first, monday))


class _Weeks:
    """Draws week after week."""

    def __init__(self, trade: Trade, who: Reporters, told: dict[str, Any], last: int) -> None:
        self.told, self.who, self.city = told, who, trade.city
        self.rate = world().usd_rate(last)
        self.count = len(who.asked)
        chance = generator(self.city.seed, _FIRST_LEVEL)
        cover = told["cover"]
        fall = np.clip(1 - who.exports.change[who.asked], 0, 1)
        self.level = (
            np.log(cover["months"]) + cover["spread"] * chance.standard_normal(self.count) - cover["fall"] * fall
        )
        self.sloth = chance.gumbel(size=self.count)  # who tends to be late or silent
        self.monthly: Floats = who.exports.total[who.asked] / 12 / self.rate
        self.streams = self._largest(told["lines"]["most"])
        self.markets = self._markets()
        self.state = np.zeros(self.count)
        self.before: list[Reported] = []

    def of(self, first: date, last: date) -> Iterator[Week]:
        """The weeks between two Mondays; the last one is open."""
        for number in range((last - first).days // 7 + 1):
            monday = first + timedelta(weeks=number)
            week = self._week(monday, closing=monday + timedelta(weeks=1) == last, running=monday == last)
            self.before = list(week.reports)
            yield week

    def _week(self, monday: date, *, closing: bool, running: bool) -> Week:
        told, tag = self.told, monday.toordinal() // 7
        chance = generator(self.city.seed, _FIRST_LEVEL, tag)
        cover = told["cover"]
        self.state = cover["stays"] * self.state + cover["noise"] * chance.standard_normal(self.count)
        months = np.exp(self.level + self.state)
        orders = np.rint(self.monthly * months / (UNIT / 10)).astype(np.int64) * (UNIT // 10)
        files = self._files(chance, closing=closing, running=running)
        draw = chance.random((5, self.count))
        difficulties = list(told["difficulties"].items())
        ticks = chance.random((self.count, len(difficulties)))
        found: list[Reported] = []
        for place, firm in enumerate(self.who.asked.tolist()):
            uscc = self.city.firms.uscc[firm]
            past = self.before[place] if self.before else None
            if not files[place]:
                found.append(Reported(uscc, None))
                continue
            late = not running and draw[0, place] < told["late"]
            sent = _moment(monday, draw[1, place], late=late, today=running, days=2 if closing else 4)
            known = past is not None and past.sent is not None
            again = told["unchanged"] * (1 + 2 * (past is not None and past.unchanged > 0))
            if past is not None and known and past.unchanged < MOST_UNCHANGED and draw[2, place] < again:
                found.append(
                    Reported(
                        uscc, sent, not late, past.unchanged + 1, False, past.orders_in_hand, "same",
                        past.cover, past.first_market, past.difficulties, past.lines,
                    )
                )  # fmt: skip
                continue
            ratio = orders[place] / max(1, past.orders_in_hand) - 1 if past is not None and known else 0.0
            trend = TRENDS[0 if ratio > told["band"] else 2 if ratio < -told["band"] else 1]
            named = tuple(code for (code, share), one in zip(difficulties, ticks[place], strict=True) if one < share)
            found.append(
                Reported(
                    uscc, sent, not late, 0, bool(draw[3, place] < told["returned"]), int(orders[place]), trend,
                    COVERS[int(np.searchsorted(told["bounds"], months[place], side="left"))],
                    self.markets[place], named, self._lines(place, float(months[place]), chance),
                )
            )  # fmt: skip
        return Week(monday, running, tuple(found))

    def _files(self, chance: np.random.Generator, *, closing: bool, running: bool) -> NDArray[np.bool_]:
        """Who files: in each county a declared part, those that tend to be silent the least."""
        told = self.told
        county = self.city.firms.county[self.who.asked]
        wish = self.sloth + chance.gumbel(size=self.count)
        files = np.zeros(self.count, dtype=bool)
        for number, code in enumerate(self.city.counties):
            mine = np.flatnonzero(county == number)
            usual = np.clip(told["usual"]["mean"] + told["usual"]["spread"] * chance.standard_normal(), 0.9, 1)
            part = told["open_week"] if running else told["filed"][code] if closing else usual
            files[mine[np.argsort(wish[mine], kind="stable")][: round(len(mine) * part)]] = True
        return files

    def _lines(self, place: int, months: float, chance: np.random.Generator) -> tuple[Line, ...]:
        """Lines of a key exporter's largest goods and markets."""
        told, found = self.told, []
        for stream in self.streams.get(int(self.who.asked[place]), ()):
            value = self.who.exports.streams[stream] / 12 / self.rate
            fresh = chance.uniform(*told["fresh"])
            price = chance.choice(list(told["price"]), p=list(told["price"].values()))
            cancelled = chance.random() < told["lines"]["cancelled"]
            hand = round(value * months)
            found.append(
                Line(
                    self.city.hs10[self.city.product[stream]], self.city.countries[self.city.country[stream]], hand,
                    round(hand * fresh), str(price), round(hand * 0.1) if cancelled else 0,
                )
            )  # fmt: skip
        return tuple(found)

    def _largest(self, most: int) -> dict[int, Ints]:
        """Of each key exporter its largest streams, one for each goods and market."""
        c, values = self.city, self.who.exports.streams
        mine = np.flatnonzero((c.flow == 0) & np.isin(c.firm, self.who.lists["key_exporters"]) & (values > 0))
        mine = mine[np.lexsort((-values[mine], c.firm[mine]))]
        goods = np.stack([c.firm[mine], c.product[mine], c.country[mine]])
        mine = mine[np.sort(np.unique(goods, axis=1, return_index=True)[1])]
        firms, starts = np.unique(c.firm[mine], return_index=True)
        return {int(firm): part[:most] for firm, part in zip(firms, np.split(mine, starts[1:]), strict=True)}

    def _markets(self) -> list[str]:
        """The market on which each firm sells most; empty for one that sells nothing."""
        c, wide = self.city, len(self.city.countries)
        mine = np.flatnonzero(np.isin(c.firm, self.who.asked) & (self.who.exports.streams > 0))
        place = np.searchsorted(self.who.asked, c.firm[mine])
        sums = np.bincount(place * wide + c.country[mine], self.who.exports.streams[mine], minlength=self.count * wide)
        table = sums.reshape(self.count, wide)
        return [c.countries[int(row.argmax())] if row.any() else "" for row in table]


def _moment(monday: date, draw: float, *, late: bool, today: bool, days: int) -> datetime:
    """When it was sent, in Beijing time: in office hours of the week's days; within ``days`` of its Friday where late."""
    if today:
        return datetime.combine(monday, time(8, 0)) + timedelta(minutes=int(draw * 30))
    if late:
        return datetime.combine(monday + timedelta(days=4), time(17, 1)) + timedelta(minutes=int(draw * days * 24 * 60))
    day = monday + timedelta(days=int(draw * 5))
    return datetime.combine(day, time(8, 30)) + timedelta(minutes=int((draw * 5 % 1) * 500))

"""What firms of the invented city report each week of their orders, when, and who does not, one report after another.

Everything depends on the seed, the number of firms and the day alone (see ``order_history``), and no form is known here:
answers are given by the names of the core six, money in US dollars.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.simulate.city import Floats, Ints
from commercebrain.engine.simulate.order_history import COVERS, TRENDS, OrderBook, OrderHistory, monday_of, period_of
from commercebrain.engine.simulate.reporters import Reporters, recipe
from commercebrain.engine.simulate.trade import Trade

MORNING = time(8, 31)  # what was sent until then is known on a day


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
        return period_of(self.monday)


def weeks(trade: Trade, day: date) -> tuple[Reporters, list[Week]]:
    """Who reports, and what was in by the morning of ``day`` of the weeks up to that of ``day``, oldest first."""
    book = OrderBook(trade)
    monday = monday_of(day)
    first = monday - timedelta(weeks=recipe()["weeks"] - 1)
    return book.who, list(weeks_between(book, first, day))


def weeks_between(book: OrderBook, first: date, day: date) -> Iterator[Week]:
    """The weeks from that of ``first`` to that of ``day``, with what was sent by the morning of ``day``.

    The week of ``day`` is open; a week said again on a later day has the same reports and those that came since.
    """
    told = book.history(None, day)
    morning = np.datetime64(day, "m") + np.timedelta64(MORNING.hour * 60 + MORNING.minute, "m")
    lines = _Lines(book, told)
    for number, monday in enumerate(told.weeks):
        if monday < monday_of(first):
            continue
        known = told.filed[number] & (told.sent[number] <= morning)
        rows = tuple(_reported(told, lines, number, place, bool(known[place])) for place in range(len(told.firms)))
        yield Week(monday, monday == monday_of(day), tuple(row for row in rows if row is not None))


def _reported(told: OrderHistory, lines: _Lines, number: int, place: int, known: bool) -> Reported | None:
    uscc = told.firms[place]
    if not told.asked[number, place]:
        return None
    if not known:
        return Reported(uscc, None)
    ticked = told.difficulties[number, place]
    return Reported(
        uscc, told.sent[number, place].astype("datetime64[s]").item(), bool(told.on_time[number, place]),
        int(told.unchanged[number, place]), bool(told.returned[number, place]), int(told.orders[number, place]),
        TRENDS[told.trend[number, place]], COVERS[told.cover[number, place]], told.first_market[place],
        tuple(name for name, one in zip(told.difficulty_names, ticked, strict=True) if one),
        lines.of(int(told.source[number, place]), place, int(told.orders[number, place])),
    )  # fmt: skip


class _Lines:
    """The lines of key exporters' reports; those of a week are drawn once."""

    def __init__(self, book: OrderBook, told: OrderHistory) -> None:
        self.book, self.told = book, told
        self.prices = list(recipe()["price"])
        self.drawn: dict[int, tuple[Floats, Ints, NDArray[np.bool_]]] = {}

    def of(self, source: int, place: int, orders: int) -> tuple[Line, ...]:
        """The lines of a firm's report whose content is of week ``source``."""
        streams = self.book.streams[place].tolist()
        if not streams:
            return ()
        if source not in self.drawn:
            self.drawn[source] = self.book.lines_of(self.told.weeks[source])
        fresh, price, cancelled = self.drawn[source]
        c, found = self.book.city, []
        for number, stream in enumerate(streams):
            hand = round(orders * self.book.weights[place, number])
            dropped = round(hand * recipe()["lines"]["part"]) if cancelled[place, number] else 0
            found.append(
                Line(
                    c.hs10[c.product[stream]], c.countries[c.country[stream]], hand,
                    round(hand * fresh[place, number]), self.prices[price[place, number]], dropped,
                )
            )  # fmt: skip
        return tuple(found)

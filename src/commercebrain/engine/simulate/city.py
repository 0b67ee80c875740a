"""The firms of the invented city and what each of them trades: the streams that lines are later cut from.

A stream is one firm's trade of one tariff line with one partner under one supervision mode in one direction. Streams
are few (a quarter of a million for 20,000 firms) and do not depend on how many lines are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.enterprises.simulate import Firm
from commercebrain.engine.enterprises.simulate import firms as invented_firms
from commercebrain.engine.simulate.world import FLOWS, World, world

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
FIRM_SEEDS = 10  # the credit codes of invented firms know seeds 0 to 9
ALWAYS = 50  # firms of the first ranks always export, without breaks: the head of Zipf's law stays
SETTLING = 3  # months from a firm's founding to its first declaration
_NEVER = 10**6


def generator(seed: int, *tags: int) -> np.random.Generator:
    """Random numbers of one purpose: the same for a seed and tags, whatever else was drawn before."""
    return np.random.default_rng([seed, *tags])


@dataclass(frozen=True)
class Firms:
    """The firms that trade, in the order of their credit codes."""

    uscc: list[str]
    rank: Ints
    weight: Floats
    county: Ints  # index into World.counties
    trade: Ints  # index into City.trades
    opens: Ints  # running number of the first month it may trade in
    closes: Ints  # of the first month it may not


@dataclass(frozen=True)
class City:
    """Firms and streams. Streams stand in the order of (uscc, hs10, country, mode, flow)."""

    seed: int
    firms: Firms
    trades: list[str]
    hs10: list[str]
    countries: list[str]
    modes: list[str]
    counties: list[str]
    firm: Ints  # of each stream, like the five below
    product: Ints
    country: Ints
    mode: Ints
    flow: Ints
    base: Floats  # the stream's usual size: the firm's weight × its share there
    regular: Floats  # how often it trades at all, 0…1
    price: Floats  # US dollars for a unit
    whole: NDArray[np.bool_]  # whether units are pieces
    growth: Floats  # of each firm: monthly, logarithmic
    season: Floats  # firm × 12
    breaks: Ints  # running number of the month of a level break
    break_size: Floats

    def __len__(self) -> int:
        return len(self.firm)


@lru_cache(maxsize=4)
def city(seed: int, firms: int = 20_000) -> City:
    """The city of a seed: the same one whenever it is asked for.

    Its firms are those of ``engine.enterprises.simulate`` with the last digit of ``seed``.
    """
    told = world()
    day: date = told.city["day"]
    everyone = sorted(invented_firms(firms, seed % FIRM_SEEDS, told.registry, day), key=lambda firm: firm.uscc)
    return _Builder(told, seed, everyone).build()


class _Builder:
    """Draws the streams of all firms, array by array."""

    def __init__(self, told: World, seed: int, everyone: list[Firm]) -> None:
        self.told, self.seed = told, seed
        self.trades: list[str] = list(told.trades["trades"])
        place = {code: n for n, code in enumerate(self.trades)}
        counties = {code: n for n, code in enumerate(told.counties)}
        ranks = np.array([firm.rank for firm in everyone])
        self.firms = Firms(
            uscc=[firm.uscc for firm in everyone],
            rank=ranks,
            weight=(ranks + told.city["head"]) ** -float(told.registry["zipf"]),
            county=np.array([counties[firm.county] for firm in everyone]),
            trade=np.array([place[firm.industry] for firm in everyone]),
            opens=np.array([_number(firm.established_on) + SETTLING for firm in everyone]),
            closes=np.array([_number(firm.closed_on) if firm.closed_on else _NEVER for firm in everyone]),
        )
        self.hs10, self.line_weights = self._products()
        self.modes = sorted({mode for kind in told.city["modes"].values() for flow in kind.values() for mode in flow})
        never = set(told.partners["never"])
        self.countries = sorted(code for code in told.countries if code not in never)

    def _products(self) -> tuple[list[str], dict[tuple[str, str], Floats]]:
        """Tariff lines, and for each trade and flow their weights."""
        told, chance = self.told, generator(self.seed, 1)
        national = list(told.products["national"].items())
        ends = np.cumsum([share for _, share in national])
        by_heading: dict[str, list[str]] = {}
        for heading, tails in told.products["subheadings"].items():
            lines = by_heading.setdefault(heading, [])
            for tail in tails.split():
                split = national[min(int(np.searchsorted(ends, chance.random())), len(national) - 1)][0]
                lines += [heading + tail + more for more in split.split()]
        hs10 = sorted(line for lines in by_heading.values() for line in lines)
        place = {line: n for n, line in enumerate(hs10)}
        importance = {line: float(np.exp(1.1 * chance.standard_normal())) for line in hs10}
        weights: dict[tuple[str, str], Floats] = {}
        for trade, row in told.trades["trades"].items():
            for flow in FLOWS:
                line_weights = np.zeros(len(hs10))
                for number, heading in enumerate(row[flow], 1):
                    lines = by_heading[heading]
                    whole = sum(importance[line] for line in lines)
                    for line in lines:
                        line_weights[place[line]] += number ** -told.trades["exponent"] * importance[line] / whole
                weights[trade, flow] = line_weights
        return hs10, weights

    def _partners(self, flow: str) -> Floats:
        told = self.told.partners
        named: dict[str, float] = told[flow]
        rest = [code for code in self.told.countries if code in set(self.countries) and code not in named]
        tail = np.arange(1, len(rest) + 1) ** -float(told["exponent"])
        tail *= told["others"][flow] / tail.sum()
        weights = {**dict(zip(rest, tail, strict=True)), **named}
        return np.array([float(weights[code]) for code in self.countries])

    def _traders(self, flow: str, chance: np.random.Generator) -> Ints:
        """Which firms trade in this direction."""
        kinds = [self.told.trades["trades"][trade]["kind"] for trade in self.trades]
        if flow == "export":
            share = np.array([self.told.city["exporters"][kind] for kind in kinds])[self.firms.trade]
        else:
            share = np.full(len(self.firms.uscc), float(self.told.city["importers"]))
        does = chance.random(len(share)) < share
        if flow == "export":
            does |= self.firms.rank <= ALWAYS
        return np.flatnonzero(does)

    def _streams(self, flow: str) -> dict[str, NDArray[Any]]:
        """Streams of one direction, unsorted, some twice."""
        number = FLOWS.index(flow)
        chance = generator(self.seed, 2, number)
        told = self.told.city["streams"]
        who = self._traders(flow, chance)
        size = told["factor"] * self.firms.rank[who] ** -float(told["exponent"]) / (1 if flow == "export" else 2)
        streams = np.clip(np.rint(size), told["fewest"], told["most"]).astype(np.int64)
        kinds = np.maximum(2, streams // 3)
        markets = np.maximum(3, streams // 2)
        product = self._own(who, kinds, lambda trade: self.line_weights[trade, flow], chance)
        partner_weights = self._partners(flow)
        country = self._own(who, markets, lambda _trade: partner_weights, chance)
        mode = self._own(who, np.full(len(who), 2), lambda trade: self._mode_weights(trade, flow), chance)
        each = np.repeat(np.arange(len(who)), streams)
        draw = chance.random((3, len(each)))
        pick_product = _starts(kinds)[each] + (kinds[each] * draw[0] ** 1.5).astype(np.int64)
        pick_country = _starts(markets)[each] + (markets[each] * draw[1] ** 1.5).astype(np.int64)
        return {
            "firm": who[each],
            "product": product[pick_product],
            "country": country[pick_country],
            "mode": mode[2 * each + (draw[2] < 0.2)],
            "flow": np.full(len(each), number),
        }

    def _mode_weights(self, trade: str, flow: str) -> Floats:
        told: dict[str, float] = self.told.city["modes"][self.told.trades["trades"][trade]["kind"]][flow]
        return np.array([told.get(mode, 0.0) for mode in self.modes])

    def _own(self, who: Ints, how_many: Ints, weights: Any, chance: np.random.Generator) -> Ints:
        """For each firm a list of its own, drawn by the weights of its trade; one after another in one array."""
        owner = np.repeat(np.arange(len(who)), how_many)
        draw = chance.random(len(owner))
        found = np.zeros(len(owner), dtype=np.int64)
        trade_of = self.firms.trade[who][owner]
        for number, trade in enumerate(self.trades):
            chosen = trade_of == number
            ends = np.cumsum(weights(trade))
            found[chosen] = np.searchsorted(ends, draw[chosen] * ends[-1], side="right")
        return found

    def build(self) -> City:
        """Streams of both directions, each once, in order, with their sizes."""
        both = [self._streams(flow) for flow in FLOWS]
        columns = {name: np.concatenate([one[name] for one in both]) for name in both[0]}
        wide = {"product": len(self.hs10), "country": len(self.countries), "mode": len(self.modes), "flow": 2}
        key = columns["firm"]
        for name, width in wide.items():
            key = key * width + columns[name]
        key = np.unique(key)
        parts: dict[str, Ints] = {}
        for name, width in reversed(wide.items()):
            key, parts[name] = np.divmod(key, width)
        firm = key
        chance = generator(self.seed, 3)
        count, firms = len(firm), len(self.firms.uscc)
        share = np.exp(1.2 * chance.standard_normal(count))
        pair = firm * 2 + parts["flow"]
        share /= np.bincount(pair, share, minlength=2 * firms)[pair]
        lift = np.where(parts["flow"] == 1, np.exp(0.8 * chance.standard_normal(firms))[firm], 1.0)
        mild = np.exp(0.10 * chance.standard_normal(firms))[firm]
        price = np.exp(2 + 1.3 * chance.standard_normal(len(self.hs10)))
        head = self.firms.rank <= ALWAYS
        broken = (chance.random(firms) < 0.15) & ~head
        span = self.told.years
        return City(
            seed=self.seed, firms=self.firms, trades=self.trades, hs10=self.hs10, countries=self.countries,
            modes=self.modes, counties=self.told.counties, firm=firm, product=parts["product"],
            country=parts["country"], mode=parts["mode"], flow=parts["flow"],
            base=self.firms.weight[firm] * share * lift * mild,
            regular=0.62 + 0.38 * chance.random(count),
            price=price[parts["product"]] * np.exp(0.3 * chance.standard_normal(count)),
            whole=(chance.random(len(self.hs10)) < 0.7)[parts["product"]],
            growth=np.where(head, 0.002, 0.009) * chance.standard_normal(firms),
            season=np.exp(np.where(head, 0.05, 0.14)[:, None] * chance.standard_normal((firms, 12))),
            breaks=np.where(broken, chance.integers(span[0] * 12, span[1] * 12, firms), _NEVER),
            break_size=np.exp(np.array([-1.2, -0.7, 0.5])[chance.integers(0, 3, firms)]),
        )  # fmt: skip


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _starts(lengths: Ints) -> Ints:
    return np.cumsum(lengths) - lengths

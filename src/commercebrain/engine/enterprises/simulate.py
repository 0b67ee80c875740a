"""Invented firms for 示例市: the same seed gives the same firms, none of which can be taken for a real one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from commercebrain.engine.enterprises.uscc import synthetic


@dataclass(frozen=True)
class Firm:
    """One invented firm. ``rank`` is its place by size (1 the largest), ``weight`` its share by Zipf's law."""

    uscc: str
    name_zh: str
    name_en: str
    former: str
    former_until: date | None
    county: str
    township: str
    industry: str
    size: str
    established_on: date
    closed_on: date | None
    address: str
    contact: str
    post: str
    phone: str
    rank: int
    weight: float


def _ends(weights: list[float]) -> list[float]:
    total, ends = 0.0, []
    for weight in weights:
        total += weight
        ends.append(total)
    return ends


def firms(count: int, seed: int, words: dict[str, Any], day: date) -> Iterator[Firm]:
    """``count`` invented firms as they stand on ``day``, from the words of ``catalogue/registry/simulation.yaml``.

    Sizes follow Zipf's law with the exponent that ``words`` names; the first tenth of a percent is large, the next two
    percent medium, the next fifth small. About one firm in twelve has left again, one in nine had another name. The
    first N firms of a larger run differ in size class only. Seeds must lie between 0 and 9.
    """
    if not 0 <= seed <= 9:
        raise ValueError("seed must lie between 0 and 9: it is part of the credit codes")
    chance = random.Random(seed)  # noqa: S311 - nothing secret, the same for a seed
    counties = words["counties"]
    county_ends = _ends([c["share"] for c in counties])
    trades = words["trades"]
    trade_ends = _ends([t["share"] for t in trades])
    first, second = words["brand_first"], words["brand_second"]
    forms, surnames, posts = words["forms"], words["surnames"], words["posts"]
    form_ends = _ends([f["share"] for f in forms])
    city = words["city"]
    exponent = float(words["zipf"])
    used: dict[str, int] = {}
    ranks = list(range(1, count + 1))
    random.Random(seed + 1000).shuffle(ranks)  # noqa: S311
    for number in range(count):
        county = chance.choices(counties, cum_weights=county_ends)[0]
        trade = chance.choices(trades, cum_weights=trade_ends)[0]
        form = chance.choices(forms, cum_weights=form_ends)[0]
        one, two = chance.choice(first), chance.choice(second)
        brand_zh, brand_en = one["zh"] + two["zh"], (one["en"] + two["en"]).capitalize()
        plain = f"{brand_zh}{trade['zh']}"
        seen = used.get(plain, 0)
        used[plain] = seen + 1
        if seen:
            extra = first[(seen - 1) % len(first)]
            brand_zh += extra["zh"]
            brand_en += extra["en"]
            if seen > len(first):
                more = second[(seen - 1) // len(first) % len(second)]
                brand_zh += more["zh"]
                brand_en += more["en"]
        name_zh = f"{city['zh']}{brand_zh}{trade['zh']}{form['zh']}"
        name_en = f"{city['en']} {brand_en} {trade['en']} {form['en']}"
        rank = ranks[number]
        established = date(1995, 1, 1) + timedelta(days=int(chance.random() ** 0.6 * (day - date(1995, 1, 1)).days))
        closed = None
        if chance.random() < words["exit_share"]:
            closed = established + timedelta(days=int(chance.random() * (day - established).days))
        former, former_until = "", None
        if chance.random() < words["renamed_share"]:
            before = chance.choice(first)["zh"] + chance.choice(second)["zh"]
            former = f"{city['zh']}{before}{trade['zh']}{form['zh']}"
            former_until = established + timedelta(days=int(chance.random() * ((closed or day) - established).days))
        township = chance.choice(county["townships"])
        share = rank / count
        size = "large" if share <= 0.001 else "medium" if share <= 0.02 else "small" if share <= 0.22 else "micro"
        surname = chance.choice(surnames)
        yield Firm(
            uscc=synthetic(county["code"], seed * 1_000_000 + number),
            name_zh=name_zh,
            name_en=name_en,
            former=former if former != name_zh else "",
            former_until=former_until if former != name_zh else None,
            county=county["code"],
            township=township["code"],
            industry=trade["industry"],
            size=size,
            established_on=established,
            closed_on=closed,
            address=f"{city['zh']}{county['zh']}{township['zh']}{chance.choice(words['roads'])}{chance.randint(1, 999)}号",
            contact=surname + chance.choice(words["given"]),
            post=chance.choice(posts),
            phone=f"1000000{chance.randint(0, 9999):04d}",
            rank=rank,
            weight=rank**-exponent,
        )

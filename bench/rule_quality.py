"""How good the shipped rules are on invented cities: precision, recall, lead time, false alarms; beside plain rivals.

The rules of firms that warn of a fall are evaluated month by month, each month with what was known when its customs figures
came out (no later month, no later report), and held against two truths: exports of the next three months three tenths or
more below those of the same months a year before; and the answer key, what the simulation did on purpose. Rivals: 同比 of
the month, CUSUM of deseasonalised surprises, residuals of statsforecast's AutoETS (on a sample); each with its threshold
moved until it finds as many episodes as the rules do. Parameters were chosen on cities of odd seeds; the figures are of even
ones. A placebo takes the lead out of the orders.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench._rule_city import City, part
from bench.harness import Figure, log
from commercebrain.engine.catalogue.loader import load_catalogue
from commercebrain.engine.rules.facts.orders import FACTS as OF_ORDERS
from commercebrain.engine.rules.kinds import Rule
from commercebrain.engine.rules.thresholds import Bits, Counted, count
from commercebrain.engine.rules.truth import Truth

TITLE = "The shipped rules on invented cities, beside 同比, CUSUM and AutoETS residuals at equal recall."
QUICK = False
SEEDS = tuple(int(one) for one in os.environ.get("SEED", "0,2").split(","))
FIRMS = int(os.environ.get("FIRMS", "20000"))
SAMPLE = int(os.environ.get("SAMPLE", "150"))
COUNTIES = 6
#: Rules of customs figures that see a shock: held against the answer key among the firms that report, too.
SHOCK = ("R201", "R203", "R212")


def shipped() -> list[Rule]:
    """The shipped rules of firms that say what they are held against."""
    return [
        rule for _, rule in sorted(load_catalogue().rules.items())
        if rule.subject == "firm" and rule.backtest.truth != "none"
    ]  # fmt: skip


def asks_orders(rule: Rule) -> bool:
    """Whether a rule reads what firms report: it can speak of those only."""
    names = {str(getattr(arg, "name", "")) for term in rule.condition.terms for arg in (term, *(term.args or ()))}
    return bool(names & set(OF_ORDERS))


def told(counted: Counted, months: int) -> dict[str, Any]:
    """The figures of one counting."""
    return {
        "signals": counted.signals, "right": counted.right, "false": counted.false, "repeats": counted.repeats,
        "found": counted.found, "episodes": counted.episodes, "precision": _round(counted.precision),
        "recall": _round(counted.recall), "median_lead": _round(counted.median_lead),
        "leads": {str(k): int(v) for k, v in zip(*np.unique(counted.lead, return_counts=True), strict=True)},
        "false_a_month_per_county": _round(counted.false / months / COUNTIES),
        "signals_a_month_per_county": _round(counted.signals / months / COUNTIES),
    }  # fmt: skip


def _round(value: float) -> float | None:
    return None if value != value else round(float(value), 4)


def _ratio(one: float | None, other: float | None) -> float | None:
    return None if not one or not other else round(one / other, 3)


def beside(city: City, fires: Bits, truth: Truth, among: Bits, *, cusum: bool = True) -> dict[str, Any]:
    """One counting with 同比 and CUSUM at equal recall."""
    rows = np.flatnonzero(among.any(axis=1))
    some, inside = part(truth, rows), among[rows]
    counted = count(fires[rows], some, inside)
    months = len(city.months)
    out = told(counted, months)
    growth = City.moved(city.growth[rows], some, counted.found, inside)
    plain = count(city.growth[rows] < -0.3, some, inside)
    out["year_on_year"] = None if growth is None else told(growth.counted, months) | {"at": _round(growth.threshold)}
    out["year_on_year_30"] = told(plain, months)
    out["ratio"] = _ratio(out["precision"], (out["year_on_year"] or {}).get("precision"))
    if cusum:
        other = city.by_cusum(rows, some, counted.found, inside)
        out["cusum"] = None if other is None else told(other.counted, months)
        out["ratio_cusum"] = _ratio(out["precision"], (out["cusum"] or {}).get("precision"))
    return out


def residuals(city: City, fires: Bits) -> dict[str, Any]:
    """On a sample of firms: the rules, and AutoETS residuals at equal recall."""
    chance = np.random.default_rng(city.seed)
    rows = np.sort(chance.choice(np.flatnonzero(city.among.all(axis=1)), SAMPLE, replace=False))
    truth, among = part(city.falls, rows), city.among[rows]
    counted = count(fires[rows], truth, among)
    other = city.by_residual(rows, truth, counted.found, among)
    out = {"rules": told(counted, len(city.months)), "sample": SAMPLE}
    out["auto_ets"] = None if other is None else told(other.counted, len(city.months))
    out["ratio"] = _ratio(out["rules"]["precision"], (out["auto_ets"] or {}).get("precision"))
    return out


def run(seed: int, *, leads: bool = True, sample: bool = False) -> dict[str, Any]:
    """One city."""
    start = time.perf_counter()
    city, rules = City(seed, FIRMS, leads=leads), shipped()
    each, union = city.fires(rules)
    orders = np.any([each[rule.code] for rule in rules if asks_orders(rule)], axis=0)
    log(f"rule-quality: city {seed}{'' if leads else ' (placebo)'} evaluated, {time.perf_counter() - start:.0f} s")
    out: dict[str, Any] = {
        "seed": seed, "months": len(city.months),
        "reporting": {"falls": beside(city, union, city.falls, city.reporting)},
        "reporting_by_orders": beside(city, orders, city.falls, city.reporting, cusum=False),
    }  # fmt: skip
    if not leads:
        return out
    out["all"] = {name: beside(city, union, truth, city.among) for name, truth in _truths(city)}
    out["reporting"]["key"] = beside(city, union, city.key, city.reporting, cusum=False)
    out["rules"] = {}
    for rule in rules:
        among = city.reporting if asks_orders(rule) else city.among
        out["rules"][rule.code] = {
            name: beside(city, each[rule.code], truth, among, cusum=False) for name, truth in _truths(city)
        } | {"name": rule.name.en, "population": "reporting" if asks_orders(rule) else "all"}
    for rule in rules:
        if rule.code in SHOCK:  # by itself: beside rules of orders, which speak first, it is silent about their firms
            _, alone = city.fires([rule])
            told_alone = {"reporting": city.reporting, "all": city.among}
            out["rules"][rule.code]["alone"] = {
                name: beside(city, alone, city.key, among, cusum=False) for name, among in told_alone.items()
            }
    if sample and SAMPLE:
        out["residuals"] = residuals(city, union)
    log(f"rule-quality: city {seed} counted, {time.perf_counter() - start:.0f} s")
    return out


def _truths(city: City) -> tuple[tuple[str, Truth], ...]:
    return (("falls", city.falls), ("key", city.key))


def figures() -> Iterator[Figure]:
    """The ratio first, then what stands beside it."""
    runs = [run(seed, sample=n == 0) for n, seed in enumerate(SEEDS)]

    def middle(*path: str) -> float:
        found = []
        for one in runs:
            value: Any = one
            for name in path:
                value = None if value is None else value.get(name)
            if value is not None:
                found.append(value)
        return statistics.median(found) if found else float("nan")

    size = {"seeds": SEEDS, "firms": FIRMS, "months": runs[0]["months"]}
    both = (
        "all rules that warn of a fall together; a signal is right when what it warns of follows the month it opened in"
    )
    yield Figure(
        "rule_precision_ratio", middle("all", "falls", "ratio"), 1.25, 1.5, "higher",
        f"precision of the rules ÷ that of 同比 at equal recall, firms of 5 million yuan a year and more; truth: exports of "
        f"the next three months 30 % or more below a year before; {both}; median of the cities",
        {**size, "cities": [one["all"]["falls"] for one in runs]},
    )  # fmt: skip
    yield Figure(
        "rule_lead_months", middle("reporting", "falls", "median_lead"), 1.0, 1.0, "higher",
        "median months from the first signal month of an episode that was found to the month whose customs figures are the "
        "first to show the fall, at firms that report orders",
        {**size, "leads": [one["reporting"]["falls"]["leads"] for one in runs],
         "year_on_year": [(one["reporting"]["falls"]["year_on_year"] or {}).get("median_lead") for one in runs]},
    )  # fmt: skip
    yield Figure(
        "rule_lead_months_all", middle("all", "falls", "median_lead"), 1.0, 1.0, "higher",
        "the same among all firms, most of which report no orders: what their trade figures tell ahead is how high the "
        "quarter to come was a year before",
        {**size, "leads": [one["all"]["falls"]["leads"] for one in runs],
         "year_on_year": [(one["all"]["falls"]["year_on_year"] or {}).get("median_lead") for one in runs]},
    )  # fmt: skip
    yield Figure(
        "rule_precision_ratio_reporting", middle("reporting", "falls", "ratio"), 1.25, 1.5, "higher",
        "the first figure among firms that report their orders", {**size, "cities": [one["reporting"] for one in runs]},
    )  # fmt: skip
    yield Figure(
        "rule_precision_ratio_key", middle("all", "key", "ratio"), 1.25, 1.5, "higher",
        "the first figure against the answer key: a shock takes 30 % or more of the firm's exports in the month or one of the "
        "next three", {**size, "cities": [one["all"]["key"] for one in runs]},
    )  # fmt: skip
    yield Figure(
        "rule_shock_ratio", middle("rules", "R212", "alone", "reporting", "ratio"), 1.0, 2.0, "higher",
        "the plunge rule (R212) alone against the answer key, among firms that report, ÷ 同比 at equal recall",
        {**size, "cities": [{code: one["rules"][code]["alone"] for code in SHOCK} for one in runs],
         "all_rules": [one["reporting"]["key"]["ratio"] for one in runs]},
    )  # fmt: skip
    yield Figure(
        "rule_false_alarms", middle("all", "falls", "false_a_month_per_county"), 20.0, 10.0, "lower",
        "false signals a month and county, all rules together, all firms", size,
    )  # fmt: skip
    yield Figure(
        "rule_precision_ratio_cusum", middle("all", "falls", "ratio_cusum"), 1.0, 1.25, "higher",
        "the first figure against CUSUM of deseasonalised surprises", size,
    )  # fmt: skip
    if "residuals" in runs[0]:
        yield Figure(
            "rule_precision_ratio_residuals", runs[0]["residuals"]["ratio"], 1.0, 1.25, "higher",
            "the first figure against residuals of statsforecast's AutoETS, on a sample of the first city's firms",
            {**size, **runs[0]["residuals"]},
        )  # fmt: skip
    yield Figure(
        "rules_below_year_on_year", float(len(_below(runs))), 4.0, 0.0, "lower",
        "rules with 20 signals or more whose precision is below that of 同比 at equal recall in their population",
        {**size, "which": _below(runs), "rules": [one["rules"] for one in runs]},
    )  # fmt: skip
    blind = run(SEEDS[0], leads=False)
    true, none = runs[0]["reporting_by_orders"], blind["reporting_by_orders"]
    yield Figure(
        "rule_placebo_precision", _ratio(none["precision"], true["precision"]), 1.0, 0.6, "lower",
        "rules that read orders, firms that report: precision where orders know nothing of what comes ÷ precision where "
        "they lead",
        {**size, "orders_lead": true, "placebo": none},
    )  # fmt: skip


def _below(runs: list[dict[str, Any]]) -> list[str]:
    found = []
    for code in runs[0]["rules"]:
        told_of = [one["rules"][code]["falls"] for one in runs]
        ratios = [one["ratio"] for one in told_of if one["ratio"] is not None]
        if min(one["signals"] for one in told_of) >= 20 and ratios and statistics.median(ratios) < 1:
            found.append(code)
    return found

"""Shocks put into the last month of 示例市's series: who finds them among the first k, beside the year-on-year rule.

Panels of one city (exports and imports by firm, goods, county × partner, county × chapter), 84 months, without the
shocks that the simulation itself puts into the judged month; every series with trade in the judged month and in that a
year before; 15 % of them are multiplied by 0.35 or by 2.5. ``judge`` ranks all of them at once; precision@k, k the number
of shocks, is divided by that of the plain rule (largest absolute logarithm of the year-on-year ratio). Several cities
(SEED, SEED + 1 …) and several judged months, among them a January and a February; medians. A sample of the first city is
also judged by residuals of statsforecast's AutoETS.

The last figure takes the shocks of the simulation's own answer key, each on the series that it was done to, judged in its
first month and in the two after. A firm that stops exporting is told by the months without trade in a row: how likely a
run is, was chosen with the cities of seeds 1, 3 and 5 in view (recall 0.80, 0.83 and 0.82 before, 0.93, 0.96 and 0.96
after) and is told of seed 0. What it costs stands beside it: the share flagged of firms that nothing was done to and that go
on exporting, months without trade included, which the other figures leave out.
"""

from __future__ import annotations

import os
import statistics
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from bench._city_panels import City, injected, live
from bench.harness import Figure, log
from commercebrain.engine.foresight.judging import judge
from commercebrain.engine.foresight.result import Bits, Floats, Verdicts
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import month_number, yyyymm

TITLE = "Shocks of the last month in the invented city: the first k by `judge` beside the year-on-year rule."
QUICK = False
SEED = int(os.environ.get("SEED", "0"))
CITIES = int(os.environ.get("CITIES", "3"))
FIRMS = int(os.environ.get("FIRMS", "20000"))
SAMPLE = int(os.environ.get("SAMPLE", "600"))
MONTHS = (202406, 202411, 202501, 202502, 202506)
SHARE = 0.15


def precision(score: Floats, truth: Bits) -> float:
    """The share of shocks among the first k by score, k the number of shocks."""
    first = np.argsort(-score, kind="stable")[: int(truth.sum())]
    return float(truth[first].mean())


def auc(score: Floats, truth: Bits) -> float:
    """The chance that a shock scores higher than what is none."""
    from scipy.stats import rankdata

    ranks, hits = rankdata(score), int(truth.sum())
    return float((ranks[truth].sum() - hits * (hits + 1) / 2) / (hits * (len(truth) - hits)))


def false_alarms(score: Floats, truth: Bits, recall: float = 0.8) -> float:
    """False alarms for each shock when ``recall`` of the shocks are found."""
    order = np.argsort(-score, kind="stable")
    found = np.cumsum(truth[order])
    at = int(np.searchsorted(found, recall * truth.sum()))
    return float((at + 1 - found[at]) / truth.sum())


def year_on_year(values: Floats) -> Floats:
    """The plain rule: the absolute logarithm of the ratio to the month a year before."""
    return np.asarray(np.abs(np.log(values[:, -1] / values[:, -13])))


def year_on_year_z(values: Floats) -> Floats:
    """The same in robust deviations of the series' own earlier year-on-year ratios."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ratios = np.log(values[:, 12:] / values[:, :-12])
        ratios[~np.isfinite(ratios)] = np.nan
        middle = np.nanmedian(ratios[:, :-1], axis=1)
        spread = 1.4826 * np.nanmedian(np.abs(ratios[:, :-1] - middle[:, None]), axis=1)
    return np.asarray(np.abs(ratios[:, -1] - np.nan_to_num(middle)) / np.fmax(spread, 0.05))


def month_on_month(values: Floats) -> Floats:
    """The absolute logarithm of the ratio to the month before; where that had no trade, nothing."""
    with np.errstate(all="ignore"):
        ratio = np.abs(np.log(values[:, -1] / values[:, -2]))
    return np.where(np.isfinite(ratio), ratio, 0.0)


def auto_ets(values: Floats) -> tuple[Floats, Floats]:
    """One-step residuals of statsforecast's AutoETS: on logarithms, and in deviations of its own interval."""
    from statsforecast.models import AutoETS

    residual, score = np.zeros(len(values)), np.zeros(len(values))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n, row in enumerate(values):
            told = AutoETS(season_length=12).forecast(y=row[:-1], h=1, level=[80])
            mean, high = float(told["mean"][0]), float(told["hi-80"][0])
            least = 0.01 * max(float(row[:-1].mean()), 1e-9)
            residual[n] = abs(np.log(row[-1] / max(mean, least)))
            score[n] = abs(row[-1] - mean) / max((high - mean) / 1.2816, least)
    return residual, score


def look(verdicts: Verdicts) -> Floats:
    """The order of ``judge`` as a score."""
    return -verdicts.rank.astype(np.float64)


def figures() -> Iterator[Figure]:
    """The ratio first, then what stands beside it."""
    runs: list[dict[str, Any]] = []
    for seed in range(SEED, SEED + CITIES):
        city = City(seed, max(MONTHS), FIRMS)
        for month in MONTHS:
            runs.append(_run(city, seed, month, rivals=seed == SEED))
            log(f"anomaly: city {seed}, {month}: {runs[-1]}")

    def middle(name: str) -> float:
        return statistics.median(run[name] for run in runs)

    ratios = [run["judge"] / run["year_on_year"] for run in runs]
    sizes = {"series": runs[0]["series"], "shocks": runs[0]["shocks"], "seed": SEED, "cities": CITIES, "months": MONTHS}
    yield Figure(
        "anomaly_ratio", statistics.median(ratios), 1.25, 1.30, "higher",
        "precision@k of judge (peers: all series of one break-down of exports, or of imports) ÷ that of "
        "the largest absolute logarithmic year-on-year change, all panels in one ranking; median of cities × months",
        {
            **sizes, "ratios": [round(ratio, 3) for ratio in ratios],
            "judge": middle("judge"), "without_peers": middle("alone"), "by_score": middle("score"),
            "year_on_year": middle("year_on_year"), "year_on_year_z": middle("year_on_year_z"),
            "month_on_month": middle("month_on_month"),
            "ratios_by_month": {
                month: round(statistics.median(r["judge"] / r["year_on_year"] for r in runs if r["month"] == month), 3)
                for month in MONTHS
            },
            "ratios_by_panel": {
                name: round(statistics.median(run["panels"][name] for run in runs), 3) for name in runs[0]["panels"]
            },
            "seconds_to_judge": middle("seconds"),
        },
    )  # fmt: skip
    yield Figure(
        "anomaly_auc_gap", middle("auc") - middle("auc_year_on_year"), 0.02, 0.04, "higher",
        "area under the curve of judge less that of the year-on-year rule",
        {"judge": middle("auc"), "year_on_year": middle("auc_year_on_year"), "year_on_year_z": middle("auc_z")},
    )  # fmt: skip
    yield Figure(
        "anomaly_false_alarm_ratio", middle("false") / middle("false_year_on_year"), 0.6, 0.5, "lower",
        "false alarms when 80 % of the shocks are found ÷ those of the year-on-year rule",
        {"judge": middle("false"), "year_on_year": middle("false_year_on_year"), "unit": "false alarms for each shock"},
    )  # fmt: skip
    yield Figure(
        "anomaly_flagged_error", abs(100 * middle("flagged") - 5), 3, 1, "lower",
        "share of untouched series outside their 95 % interval, distance from 5 %, points",
        {"flagged_untouched": middle("flagged"), "flagged_shocks": middle("caught"),
         "by_month": {month: round(statistics.median(r["flagged"] for r in runs if r["month"] == month), 3)
                      for month in MONTHS}},
    )  # fmt: skip
    beside = [run["rivals"] for run in runs if "rivals" in run]
    if beside:
        yield Figure(
            "anomaly_over_auto_ets", statistics.median(one["judge"] / one["auto_ets"] for one in beside), 1.0, 1.02,
            "higher",
            "precision@k on a sample of the first city's panels: judge ÷ the better of two ranks by statsforecast's "
            "AutoETS (log residual; residual in deviations of its interval)",
            {"sample": SAMPLE, **{name: statistics.median(one[name] for one in beside) for name in beside[0]}},
        )  # fmt: skip
    yield _key()


def _run(city: City, seed: int, month: int, *, rivals: bool) -> dict[str, Any]:
    """One city and judged month."""
    chance = np.random.default_rng([seed, month])
    values, truth, peers, kinds, groups = [], [], [], [], 0
    for number, panel in enumerate(city.panels(month)):
        kept = live(panel.values)
        made, hit = injected(panel.values[kept], chance, SHARE)
        values.append(made)
        truth.append(hit)
        peers.append(panel.peers[kept] + groups)
        kinds.append(np.full(len(made), number))
        groups += int(panel.peers.max()) + 1
        first = panel.first
    table, hits, group, kind = (np.concatenate(one) for one in (values, truth, peers, kinds))
    start = time.perf_counter()
    verdicts = judge(table, first, peers=group)
    seconds = time.perf_counter() - start
    alone = judge(table, first)
    plain, ours = year_on_year(table), look(verdicts)
    out: dict[str, Any] = {
        "seed": seed, "month": month, "series": len(table), "shocks": int(hits.sum()), "seconds": round(seconds, 2),
        "judge": precision(ours, hits), "alone": precision(look(alone), hits),
        "score": precision(np.nan_to_num(np.abs(alone.score)), hits),
        "year_on_year": precision(plain, hits), "year_on_year_z": precision(year_on_year_z(table), hits),
        "month_on_month": precision(month_on_month(table), hits),
        "auc": auc(ours, hits), "auc_year_on_year": auc(plain, hits), "auc_z": auc(year_on_year_z(table), hits),
        "false": false_alarms(ours, hits), "false_year_on_year": false_alarms(plain, hits),
        "flagged": float((alone.kind[~hits] != "").mean()), "caught": float((alone.kind[hits] != "").mean()),
        "panels": {
            panel.name: precision(ours[kind == n], hits[kind == n]) / precision(plain[kind == n], hits[kind == n])
            for n, panel in enumerate(city.panels(month))
        },
    }  # fmt: skip
    if rivals and SAMPLE:
        some = np.sort(chance.choice(len(table), min(SAMPLE, len(table)), replace=False))
        residual, score = auto_ets(table[some])
        scores = {
            "judge": ours[some],
            "auto_ets_log_residual": residual,
            "auto_ets_z": score,
            "year_on_year": plain[some],
        }
        beside = {name: precision(one, hits[some]) for name, one in scores.items()}
        out["rivals"] = beside | {"auto_ets": max(beside["auto_ets_log_residual"], beside["auto_ets_z"])}
    return out


def _key() -> Figure:
    """Every shock of the answer key, judged on the series it was done to."""
    last = month_number(202506)
    trade = Trade(SEED, FIRMS, last)
    begin = month_number(201801)
    shocks = [shock for shock in trade.shocks if shock.first >= begin + 24]
    table = np.zeros((len(shocks), last - begin + 1))
    firms = np.zeros((len(trade.city.firms.uscc), last - begin + 1))
    for month in range(begin, last + 1):
        values = trade.values(month).astype(np.float64)
        exports = np.where(trade.city.flow == 0, values, 0.0)
        firms[:, month - begin] = np.bincount(trade.city.firm, exports, minlength=len(firms))
        for n, shock in enumerate(shocks):
            table[n, month - begin] = values[trade.hit(shock)].sum()
    right, late, early, judged = [], [], [], 0
    by_year: dict[int, list[int]] = {}
    for n, shock in enumerate(shocks):
        down = shock.factors[0] < 1
        at = shock.first - begin
        found = []
        for month in range(at, min(at + 3, table.shape[1])):
            verdict = judge(table[n : n + 1, : month + 1], yyyymm(begin))
            found.append(str(verdict.kind[0]) == ("drop" if down else "rise"))
        before = judge(table[n : n + 1, :at], yyyymm(begin))
        early.append(str(before.kind[0]) != "")
        judged += int(before.reason[0] == 0)
        right.append(found[0])
        late.append(any(found))
        by_year.setdefault(shock.first // 12, []).append(int(found[0]))
    months = {f"{year}": f"{sum(found)}/{len(found)}" for year, found in sorted(by_year.items())}
    newest = [found for shock, found in zip(shocks, right, strict=True) if shock.first == last]
    return Figure(
        "anomaly_key_recall", sum(late) / len(late), 0.85, 0.92, "higher",
        "shocks of the answer key flagged on the right side (outside the 95 % interval) in their first month or one of "
        "the two after, each on the series it was done to",
        {
            "shocks": len(shocks), "first_month": sum(right) / len(right), "within_three_months": sum(late) / len(late),
            "flagged_a_month_before": sum(early) / len(early), "flagged_untouched": _untouched(trade, firms, begin),
            "judged": judged, "first_month_by_year": months,
            "newest_month": f"{sum(newest)}/{len(newest)}", "seed": SEED,
        },
    )  # fmt: skip


def _untouched(trade: Trade, firms: Floats, begin: int) -> dict[int, float]:
    """Of firms without a shock of their own that export again later, the share outside their 95 % interval, by month."""
    mine = {shock.subject["uscc"] for shock in trade.shocks if "uscc" in shock.subject}
    free = np.array([uscc not in mine for uscc in trade.city.firms.uscc])
    found = {}
    for month in MONTHS[:-1]:
        at = month_number(month) - begin
        rows = free & (firms[:, at - 12 : at].sum(axis=1) > 0) & (firms[:, at + 1 :].sum(axis=1) > 0)
        told = judge(firms[rows, : at + 1], yyyymm(begin))
        found[month] = round(float((told.kind[told.reason == 0] != "").mean()), 4)
    return found

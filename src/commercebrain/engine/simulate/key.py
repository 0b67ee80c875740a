"""The answer key: what was asked for, what was done to the trade on purpose, and how much that changed, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from commercebrain.engine.errors import UserError
from commercebrain.engine.simulate.responses import works_from
from commercebrain.engine.simulate.shocks import Shock
from commercebrain.engine.simulate.trade import Trade
from commercebrain.engine.simulate.world import FLOWS, month_number, world, yyyymm

NAME = "answer_key.json"


@dataclass(frozen=True)
class Asked:
    """What a simulation was asked for; months as yyyymm."""

    lines: int
    seed: int
    firms: int
    first: int
    last: int


def key_path(folder: Path) -> Path:
    """Where the key of the data in a folder (a lake's root, or where files were written) lies."""
    return Path(folder) / NAME


def read_key(folder: Path) -> dict[str, Any]:
    """The key of the data in a folder; raises :class:`UserError` (``simulate.no_key``) where there is none."""
    path = key_path(folder)
    if not path.exists():
        raise UserError(
            "simulate.no_key",
            f"“{folder}”里没有 {NAME}：这里没有生成过示例市的明细。先运行 cbrain simulate --lines 2000000。",
            f"There is no {NAME} in “{folder}”: no lines of the invented city were made here. "
            "Run cbrain simulate --lines 2000000 first.",
        )
    key: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return key


def write_key(folder: Path, key: dict[str, Any]) -> Path:
    """Write the key, whole or not at all."""
    path = key_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(key, ensure_ascii=False, indent=1), encoding="utf-8")
    beside.replace(path)
    return path


def answer_key(trade: Trade, asked: Asked) -> dict[str, Any]:
    """The key of a simulation: totals by year, shocks within the span with what they changed, faults of delivery.

    ``effect`` tells of each month of a shock what its subject traded, and what it would have traded had there been no
    shocks at all (other shocks may have hit the same streams).
    """
    begin, end = month_number(asked.first), month_number(asked.last)
    years: dict[int, dict[str, int]] = {}
    effects: dict[str, dict[int, dict[str, int]]] = {}
    for month in range(begin, end + 1):
        totals = trade.scale(month)[1]
        year = years.setdefault(month // 12, dict.fromkeys(FLOWS, 0))
        for flow, name in enumerate(FLOWS):
            year[name] += int(totals[flow])
        for code, effect in _effects(trade, month).items():
            effects.setdefault(code, {})[yyyymm(month)] = effect
    return {
        "synthetic": True,
        "city": world().city["city"],
        "words": {
            "zh": "虚构的示例市：以下冲击是生成数据时有意加入的，不是任何真实地区的情况",
            "en": "The invented city: these shocks were put in on purpose and tell nothing of any real place",
        },
        "asked": asdict(asked),
        "totals": {str(year): totals for year, totals in years.items()},
        "shocks": [_row(shock, effects[shock.code]) for shock in (*trade.shocks, *trade.later) if shock.code in effects],
        "faults": [
            {**row, "mended": row["mended"].isoformat(), "month": yyyymm(month_number(row["month"]))}
            for row in world().shocks["faults"]
            if begin <= month_number(row["month"]) <= end
        ],
    }  # fmt: skip


def extended(key: dict[str, Any], trade: Trade, month: int) -> dict[str, Any]:
    """The key with one month more (a running number): what was traded, what shocks did, what help there was before it.

    Months after those asked for hold later shocks as well; ``until`` says how far it goes.
    """
    values, effects = trade.values(month), _effects(trade, month)
    year, name = str(month // 12), yyyymm(month)
    before = key["totals"].get(year, dict.fromkeys(FLOWS, 0))
    totals = {flow: before[flow] + int(values[trade.city.flow == number].sum()) for number, flow in enumerate(FLOWS)}
    shocks = [
        {**row, "effect": {**row["effect"], str(name): effects.pop(row["code"])}} if row["code"] in effects else row
        for row in key["shocks"]
    ]
    shocks += [
        _row(shock, {name: effects[shock.code]}) for shock in (*trade.shocks, *trade.later) if shock.code in effects
    ]
    helps = [
        {"uscc": one.uscc, "on": one.on.isoformat(), "measure": one.measure, "works": works_from(trade.city, one) is not None}
        for one in trade.helps
        if one.on.year * 12 + one.on.month <= month
    ]  # fmt: skip
    return {**key, "until": name, "totals": {**key["totals"], year: totals}, "shocks": shocks, "helps": helps}


def _effects(trade: Trade, month: int) -> dict[str, dict[str, int]]:
    """What the shocks that act in a month changed, by code: yuan traded by those they hit, and what it would have been."""
    acting = [shock for shock in (*trade.shocks, *trade.later) if shock.factor(month) != 1]
    if not acting:
        return {}
    plain = trade.usual(month) * trade.scale(month)[0][trade.city.flow]
    shaken = plain * trade.shaken_since(month)
    return {
        shock.code: {
            "value_cny": round(float(shaken[hit].sum())), "without": round(float(plain[hit].sum())),
        }
        for shock in acting
        for hit in (trade.hit(shock),)
    }  # fmt: skip


def _row(shock: Shock, effect: dict[int, dict[str, int]]) -> dict[str, Any]:
    return {
        "code": shock.code, "kind": shock.kind, "subject": shock.subject, "flow": shock.flow or "both",
        "first": yyyymm(shock.first), "months": None if shock.kind == "stop" else len(shock.factors),
        "factors": list(shock.factors), "name": shock.name, "effect": effect,
    }  # fmt: skip

"""An exposure in a terminal: the first line in words, counties, goods and firms, and what must be known beside it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.exposure.base import TIER_NAMES
from commercebrain.engine.indicators.places import names_of_places

if TYPE_CHECKING:
    from commercebrain.engine.exposure.difference import NewlyHit
    from commercebrain.engine.exposure.reading import ReadList
    from commercebrain.engine.exposure.result import Breakdown, Exposure

#: Rows of each table on the screen; csv and json hold all.
SHOWN = 12
_CURRENCY = {"元": "yuan", "美元": "US dollars"}


def print_exposure(found: Exposure, given: ReadList, change: NewlyHit | None, language: str) -> None:
    """All of it, the largest first."""
    chinese = language.startswith("zh")
    console = Console(highlight=False, markup=False)
    console.print(first_line(found, language), style="bold")
    unit = f"万{found.base.unit}" if chinese else f"million {_CURRENCY[found.base.unit]}"
    if len(found.firm):
        places = {code: names.split("|")[0 if chinese else -1] for code, names in names_of_places().items()}
        goods = {code: words.say(language) for code, words in load_catalogue().codes("products").items()}
        console.print(_table(found.by("county"), ("县市区", "county"), unit, chinese, places))
        console.print(_table(found.by("hs2"), ("商品章", "chapter"), unit, chinese, goods))
        console.print(_firms(found, unit, chinese, places))
        if (many := len(found.firm)) > SHOWN:
            console.print(
                f"只列出前 {SHOWN} 家，共 {many:,} 家；全部企业用 --format csv 取。"
                if chinese
                else f"The first {SHOWN} of {many:,} firms; --format csv holds all."
            )
    if change is not None:
        console.print(_compared(change, chinese))
    for note in (*given.notes, *found.notes):
        console.print(note.say(language))
    for fault in given.faults[:SHOWN]:
        console.print(fault.say(language), style="red")
    if len(given.faults) > SHOWN:
        left = len(given.faults) - SHOWN
        console.print(
            f"另有 {left} 处读不懂，用 --format json 取全部。" if chinese else f"{left} more faults; see json."
        )
    tier, (first, last) = TIER_NAMES[found.tier], found.span
    months = f"{first // 100}-{first % 100:02d} – {last // 100}-{last % 100:02d}"
    parts = [
        f"{found.tier.value}档：{tier.zh}" if chinese else f"tier {found.tier.value}: {tier.en}",
        months,
        ("合成数据" if chinese else "synthetic data") if found.base.synthetic else "",
    ]
    console.print(" · ".join(filter(None, parts)), style="dim")


def first_line(found: Exposure, language: str = "zh") -> str:
    """The answer in one sentence."""
    totals, unit = found.totals, found.base.unit
    share = "" if totals.share is None else _percent(totals.share)
    if language.startswith("zh"):
        jobs = "" if totals.jobs is None else f"，{totals.jobs:,}个岗位"
        return (
            f"清单{len(found.rows):,}行涉及{totals.counties}个县{totals.firms:,}家企业："
            f"{totals.value / 1e8:,.2f}亿{unit}，占出口{share or '—'}{jobs}"
        )
    jobs = "" if totals.jobs is None else f", {totals.jobs:,} jobs"
    return (
        f"The list's {len(found.rows):,} rows hit {totals.firms:,} firms in {totals.counties} counties: "
        f"{totals.value / 1e6:,.1f} million {_CURRENCY[unit]}, {share or '—'} of exports{jobs}"
    )


def _percent(part: float) -> str:
    """A part of one in per cent; what is there but tiny is not nothing."""
    if isnan(part):
        return "—"
    return "<0.1 %" if 0 < part < 0.0005 else f"{100 * part:.1f} %"


def _table(held: Breakdown, head: tuple[str, str], unit: str, chinese: bool, names: Mapping[str, str]) -> Table:
    said, scale = Table(title_justify="left"), 1e4 if chinese else 1e6
    said.add_column(head[0 if chinese else 1])
    for title in (unit, "企业" if chinese else "firms", "占比" if chinese else "share", "税额" if chinese else "duty"):
        said.add_column(title, justify="right")
    for place, code in enumerate(held.codes[:SHOWN]):
        whole = 0 if held.all_trade is None else int(held.all_trade[place])
        share = _percent(int(held.value[place]) / whole) if whole else "—"
        said.add_row(
            f"{code} {names.get(code, '')[:24]}".strip() or "—", f"{int(held.value[place]) / scale:,.{0 if chinese else 1}f}",
            f"{int(held.firms[place]):,}", share, f"{(0.0 if held.duty is None else float(held.duty[place])) / scale:,.{0 if chinese else 1}f}",
        )  # fmt: skip
    return said


def _firms(found: Exposure, unit: str, chinese: bool, places: Mapping[str, str]) -> Table:
    said, scale = Table(title_justify="left"), 1e4 if chinese else 1e6
    said.add_column("企业" if chinese else "firm", no_wrap=True)
    said.add_column("县市区" if chinese else "county")
    for title in (unit, "占比" if chinese else "share", "税额" if chinese else "duty"):
        said.add_column(title, justify="right")
    for place, uscc in enumerate(found.firms[:SHOWN]):
        said.add_row(
            uscc, places.get(found.county[place], "—"), f"{int(found.upper[place]) / scale:,.1f}",
            _percent(float(found.share[place])), f"{float(found.duty[place]) / scale:,.1f}",
        )  # fmt: skip
    return said


def _compared(change: NewlyHit, chinese: bool) -> str:
    new, gone, harder, softer = (len(one) for one in (change.new, change.gone, change.harder, change.softer))
    if chinese:
        return f"与旧版相比：新受影响 {new} 家（{change.value / 1e4:,.0f} 万），不再受影响 {gone} 家，加重 {harder} 家，减轻 {softer} 家"
    return (
        f"Against the older list: {new} firms newly hit ({change.value / 1e6:,.1f} million), {gone} no longer, {harder} harder, "
        f"{softer} softer"
    )

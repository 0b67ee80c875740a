"""The sentence of an anomaly, in both languages: 下降5.2%, never 增长-5.2%."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Final

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.outlook.anomalies.terms import BreakdownOfGap, PeerGroup

#: An effect of the base or of the calendar below this fraction is not worth words.
WORTH: Final = 0.01
#: Named parts below this share of the gap do not explain it.
EXPLAINS: Final = 0.1


def amount(value: float, decimals: int) -> str:
    """A number with thousands separated; one below 1 has three digits that count."""
    if value and abs(value) < 1:
        decimals = max(decimals, min(2 - math.floor(math.log10(abs(value))), 8))
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def short(words: Words) -> Words:
    """A long name (a chapter of goods) up to its first semicolon."""
    return Words(zh=re.split("[；;]", words.zh)[0] or words.zh, en=words.en.split(";")[0] or words.en)


def listed(names: Iterable[Words]) -> tuple[str, str]:
    """Names one after another: A、B; a name with a mark inside in quotes."""
    told = [short(name) for name in names]

    def quoted(text: str, marks: str) -> str:
        return f"“{text}”" if any(mark in text for mark in marks) else text

    return "、".join(quoted(one.zh, "、，") for one in told), ", ".join(quoted(one.en, ",") for one in told)


def percent(fraction: float) -> str:
    """The size of a fraction in per cent, without its sign."""
    return f"{abs(fraction) * 100:,.1f}%"


def changed(fraction: float) -> tuple[str, str]:
    """下降5.2% and “down 5.2%”; 持平 where it rounds to nothing."""
    if round(abs(fraction), 3) == 0:
        return "持平", "unchanged"
    return (f"下降{percent(fraction)}", f"down {percent(fraction)}") if fraction < 0 else (
        f"增长{percent(fraction)}", f"up {percent(fraction)}"
    )  # fmt: skip


def sentence(
    *, subject: Words, month: int, unit: str, decimals: int, value: float, expected: float, low80: float,
    high80: float, year_on_year: float | None, base_effect: float | None, year_on_year_less_base: float | None,
    joint: float | None, calendar: float, calendar_year_before: float, peers: PeerGroup | None,
    breakdowns: tuple[BreakdownOfGap, ...],
) -> Words:  # fmt: skip
    """All of it in one sentence for each language."""
    year, number = divmod(month, 100)
    span = f"{amount(low80, decimals)}—{amount(high80, decimals)}"
    zh = [f"{year}年{number}月，{subject.zh}{amount(value, decimals)}{unit}，"]
    en = [f"{year}-{number:02d}: {subject.en} {amount(value, decimals)} {unit}, "]
    if expected > 0:
        away = value / expected - 1
        side = ("低", "below") if away < 0 else ("高", "above")
        zh.append(f"较预期{side[0]}{percent(away)}")
        en.append(f"{percent(away)} {side[1]} what was expected ")
    else:
        side = ("低", "below") if value < expected else ("高", "above")
        zh.append(f"{side[0]}于预期")
        en.append(f"{side[1]} what was expected ")
    zh.append(f"（预期{amount(expected, decimals)}{unit}，80%区间{span}）")
    en.append(f"({amount(expected, decimals)} {unit}, 80% interval {span})")
    _base(zh, en, year_on_year, base_effect if value else None, year_on_year_less_base, joint)
    _calendar(zh, en, calendar, calendar_year_before)
    _peers(zh, en, peers, value - expected)
    for breakdown in breakdowns:
        _made_by(zh, en, breakdown)
    return Words(zh="".join(zh) + "。", en="".join(en) + ".")


def _base(
    zh: list[str], en: list[str], change: float | None, base: float | None, less: float | None, joint: float | None
) -> None:
    if change is not None:
        said = changed(change)
        zh.append(f"，同比{said[0]}")
        en.append(f", {said[1]} year on year" if said[1] != "unchanged" else ", unchanged on the year before")
        if base is not None and less is not None and abs(base) >= WORTH:
            rest = changed(less)
            high = base > 0
            zh.append(f"，其中上年同月基数偏{'高' if high else '低'}{percent(base)}，按正常基数{rest[0]}")
            en.append(
                f" on a base that was {percent(base)} too {'high' if high else 'low'} ({rest[1]} on a usual base)"
            )
    if joint is not None:
        said = changed(joint)
        zh.append(f"，1—2月合计同比{said[0]}")
        en.append(f", January and February together {said[1]}")


def _calendar(zh: list[str], en: list[str], now: float, before: float) -> None:
    if abs(now - 1) >= WORTH:
        more = now > 1
        zh.append(f"；春节因素使本月预期{'增加' if more else '减少'}{percent(now - 1)}")
        en.append(
            f"; Spring Festival {'adds' if more else 'takes'} {percent(now - 1)} {'to' if more else 'from'} the month"
        )
        if abs(before - 1) >= WORTH:
            zh.append(f"（上年同月{'增加' if before > 1 else '减少'}{percent(before - 1)}，已计入预期）")
            en.append(f" ({'+' if before > 1 else '−'}{percent(before - 1)} a year before; the expectation knows)")


def _peers(zh: list[str], en: list[str], peers: PeerGroup | None, gap: float) -> None:
    if peers is None:
        return
    moved = f"{peers.moved}/{peers.count}"
    if peers.wide and peers.score * gap > 0:
        zh.append(
            f"；{peers.words.zh}普遍{'偏低' if peers.score < 0 else '偏高'}（{moved}超出80%区间，中位数{_off(peers.change)[0]}），原因可能是共同的"
        )
        en.append(
            f"; {peers.words.en} are {'low' if peers.score < 0 else 'high'} as well ({moved} outside their 80% interval, "
            f"median {_off(peers.change)[1]}): the cause may be shared"
        )
    else:
        zh.append(f"；{peers.words.zh}大体正常（中位数{_off(peers.change)[0]}），为其自身情况")
        en.append(f"; {peers.words.en} are as usual (median {_off(peers.change)[1]}): it is its own")


def _off(fraction: float) -> tuple[str, str]:
    if round(abs(fraction), 3) == 0:
        return "与预期持平", "as expected"
    side = ("低", "below") if fraction < 0 else ("高", "above")
    return f"较预期{side[0]}{percent(fraction)}", f"{percent(fraction)} {side[1]} expectation"


def _made_by(zh: list[str], en: list[str], breakdown: BreakdownOfGap) -> None:
    named = [part for part in breakdown.parts if part.kind == "member" and part.share > 0][:3]
    share = sum(part.share for part in named)
    if share >= EXPLAINS:
        names = listed(part.words for part in named)
        of = f"{share * 100:.0f}%"
        less = ("，其他部分有所抵消", "; others made up for some") if share > 1.005 else ("", "")
        zh.append(f"；按{breakdown.words.zh}看，主要由{names[0]}造成（占缺口{of}{less[0]}）")
        en.append(f"; by {breakdown.words.en}, mostly {names[1]} ({of} of the gap{less[1]})")
    else:
        zh.append(f"；按{breakdown.words.zh}看较为分散，没有哪几个能说明缺口")
        en.append(f"; by {breakdown.words.en} it is spread wide, no few explain the gap")
    hidden = next((part for part in breakdown.parts if part.kind == "withheld"), None)
    if hidden is not None and abs(hidden.share) >= EXPLAINS:
        zh.append(f"（未公布或不予显示的其余部分占{hidden.share * 100:.0f}%）")
        en.append(f" (the rest, not published or withheld: {hidden.share * 100:.0f}%)")

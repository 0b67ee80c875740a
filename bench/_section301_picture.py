"""The picture of the Section 301 check as svg text: what each list covers, and what listed and other chapters did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench._pictures import DATES, STYLE
from bench._section301 import Answer, Chapters, Covered, groups, index

WIDTH, LEFT, RIGHT = 860, 190, 14
BAR, BARS_TOP, LINES_TOP, TALL = 16, 70, 372, 240
MORE: Final = """
.exact{fill:#0b5cad}.upper{fill:#0b5cad;opacity:.28}.none{stroke:#3d7a3d;stroke-width:2;fill:none}
.four{stroke:#8a5a00;stroke-width:2;fill:none}.others{stroke:#5b6170;stroke-width:1.6;fill:none;stroke-dasharray:2 3}
@media(prefers-color-scheme:dark){.exact{fill:#6db3ff}.upper{fill:#6db3ff;opacity:.3}.none{stroke:#8fd18f}.four{stroke:#e0b050}
.others{stroke:#a5abb8}}
"""
LINES: Final = (
    ("house", "3", True, "清单3为主的章，自中国 chapters mostly on list 3, from China"),
    ("four", "4A", True, "清单4A为主的章，自中国 mostly on list 4A, from China"),
    ("none", "none", True, "基本不在清单上的章，自中国 hardly on any list, from China"),
    ("others", "3", False, "清单3为主的章，自其他九国 list 3, from the nine others"),
)


def picture(lists: Sequence[Covered], data: Chapters, told: Sequence[Answer]) -> str:
    """Above: dollars of 2024 under each list, exactly and at six digits. Below: twelve-month sums, 2017-07…2018-06 = 100."""
    height = LINES_TOP + TALL + 190
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t">',
        '<title id="t">美国301清单：覆盖的进口与此后的变化 · Section 301: what the lists cover and what came after</title>',
        f"<style>{STYLE}{MORE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        '<text class="ink title" x="12" y="22">各清单覆盖的美国自华进口（2024年，亿美元） · '
        "US imports from China by list (2024, USD 100 m)</text>",
        '<rect class="exact" x="12" y="34" width="14" height="12"/><text class="ink" x="32" y="45">按八位税号 by eight digits</text>',
        '<rect class="upper" x="240" y="34" width="14" height="12"/><text class="ink" x="260" y="45">'
        "只按前六位（上限口径） by six digits only (upper bound)</text>",
        *_bars(lists),
        *_lines(data),
        *_said(told),
        "</svg>",
        "",
    ]
    return "\n".join(out)


def _bars(lists: Sequence[Covered]) -> list[str]:
    scale = (WIDTH - LEFT - 130) / max(one.upper for one in lists)
    out = []
    for n, one in enumerate(lists):
        y = BARS_TOP + n * 3 * BAR
        out += [
            f'<text class="ink" x="{LEFT - 12}" y="{y + BAR + 2}" text-anchor="end">清单{one.list} List {one.list}</text>',
            f'<rect class="exact" x="{LEFT}" y="{y}" width="{one.exact * scale:.1f}" height="{BAR}"/>',
            f'<rect class="upper" x="{LEFT}" y="{y + BAR + 2}" width="{one.upper * scale:.1f}" height="{BAR}"/>',
            f'<text class="ink" x="{LEFT + one.exact * scale + 6:.1f}" y="{y + 13}">{one.exact / 1e8:,.0f}</text>',
            f'<text class="soft" x="{LEFT + one.upper * scale + 6:.1f}" y="{y + BAR + 15}">'
            f"{one.upper / 1e8:,.0f}（×{one.overstated:.2f}）</text>",
        ]
    return out


def _lines(data: Chapters) -> list[str]:
    left, base = 46, LINES_TOP + TALL
    shown = [n for n, month in enumerate(data.months) if month >= 201612]
    step = (WIDTH - left - RIGHT) / (len(shown) - 1)
    x = {data.months[n]: left + place * step for place, n in enumerate(shown)}
    which = groups(data)
    series = {
        (style, words): index(data, data.china if china else data.others, which[name])
        for style, name, china, words in LINES
    }
    low, high = 60.0, 156.0

    def y(value: float) -> float:
        return base - (value - low) / (high - low) * TALL

    out = [
        f'<text class="ink title" x="12" y="{LINES_TOP - 34}">滚动十二个月进口（2017.7—2018.6为100） · '
        "Imports, twelve-month sums (2017-07…2018-06 = 100)</text>",
    ]
    for value in range(60, 151, 15):
        out.append(f'<path class="axis" d="M{left} {y(value):.1f}H{WIDTH - RIGHT}"/>')
        out.append(f'<text class="soft" x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value}</text>')
    for month, place in x.items():
        if month % 100 == 1:
            out.append(f'<text class="soft" x="{place:.1f}" y="{base + 18}">{month // 100}</text>')
            out.append(f'<path class="axis" d="M{place:.1f} {base}v5"/>')
    for month, words, up in DATES:
        if month in x:
            out.append(f'<path class="mark" d="M{x[month]:.1f} {base}V{LINES_TOP}"/>')
            out.append(f'<text class="when" x="{x[month] + 3:.1f}" y="{LINES_TOP - 4 - 13 * up:.1f}">{words}</text>')
    for (style, _words), line in series.items():
        points = [f"{x[data.months[n]]:.1f} {y(float(line[n])):.1f}" for n in shown]
        out.append(f'<path class="{style}" d="M{" L".join(points)}"/>')
    for n, (style, words) in enumerate(series):
        at, down = left, base + 44 + n * 20
        out.append(
            f'<path class="{style}" d="M{at} {down - 4}h28"/><text class="ink" x="{at + 34}" y="{down}">{words}</text>'
        )
    return out


def _said(told: Sequence[Answer]) -> list[str]:
    base = LINES_TOP + TALL + 140
    out = []
    for n, (name, dose, zh) in enumerate(
        (("lists 1–3, first year", "3", "清单3头一年"), ("placebo for lists 1–3", "3", "此前两年同法（安慰剂）"))
    ):
        effect = next(one for one in told if one.name == name).against_others[dose]
        mid, low, high = effect.percent
        out.append(
            f'<text class="ink" x="12" y="{base + 20 * n}">双重差分，{zh}：{_signed(mid)}%（95%区间 {_signed(low)}…{_signed(high)}） · '
            f"difference in differences, {name}</text>"
        )
    return out


def _signed(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−")

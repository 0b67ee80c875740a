"""Small pictures of the documentation as svg text: legible on light and on dark, words in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

STYLE: Final = """
.paper{fill:#fff}.ink{fill:#1f2430}.soft{fill:#5b6170}.axis{stroke:#c9cdd6;stroke-width:1}.mark{stroke:#8a5a00;stroke-width:1;
stroke-dasharray:3 3}.when{fill:#8a5a00}.shade{fill:#8a5a00;opacity:.12}.house{stroke:#0b5cad;stroke-width:2.2;fill:none}
.rule{stroke:#b3261e;stroke-width:1.6;fill:none;stroke-dasharray:6 3}
text{font:13.5px system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif}.title{font-size:14.5px;font-weight:600}
@media(prefers-color-scheme:dark){.paper{fill:#14171d}.ink{fill:#e6e8ee}.soft{fill:#a5abb8}.axis{stroke:#3a404c}
.mark{stroke:#e0b050}.when{fill:#e0b050}.shade{fill:#e0b050;opacity:.16}.house{stroke:#6db3ff}.rule{stroke:#ff8a80}}
"""

#: Month, words, how many lines of text up it stands.
DATES: Final = (
    (201807, "清单1 List 1", 1),
    (201809, "清单3 List 3", 0),
    (201905, "25%", 1),
    (201909, "清单4A List 4A", 0),
    (202002, "2020-02…04", 1),
)
WIDTH, LEFT, RIGHT, HEIGHT, GAP, TOP = 860, 46, 14, 150, 66, 56


def alarms_picture(
    months: Sequence[int],
    lines: dict[str, Sequence[float]],
    *,
    hit: str = "被加征关税的中国商品章 · China's chapters hit by the duties",
    other: str = "其余各伙伴、各章 · all other partners and chapters",
) -> str:
    """Series flagged as fallen, of 100 judged, month by month: two panels, the house beside the 同比 rule.

    ``lines`` has the four keys "house, hit", "同比, hit", "house, other", "同比, other", each as long as ``months``.
    """
    panels = (("hit", hit), ("other", other))
    total = TOP + len(panels) * (HEIGHT + GAP) - 20
    step = (WIDTH - LEFT - RIGHT) / max(len(months) - 1, 1)
    x = {month: LEFT + n * step for n, month in enumerate(months)}
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" role="img" aria-labelledby="t">',
        '<title id="t">每100个序列中被判为“异常下降”的个数 · Series flagged as fallen, of 100 judged, each month</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{total}"/>',
        '<text class="ink title" x="12" y="20">每100个序列中被判为异常下降的个数（逐月，只用当月及以前的数据） · '
        "Series flagged as fallen, of 100 judged</text>",
        f'<path class="house" d="M{LEFT} 36h28"/><text class="ink" x="{LEFT + 34}" y="40">本系统：持续偏离 the house, what lasts</text>',
        f'<path class="rule" d="M{LEFT + 350} 36h28"/><text class="ink" x="{LEFT + 384}" y="40">'
        "同比规则 year-on-year rule（误报相同 equal false alarms）</text>",
    ]
    for number, (who, title) in enumerate(panels):
        base = TOP + 20 + number * (HEIGHT + GAP) + HEIGHT
        out.append(_panel(months, x, base, title, {way: lines[f"{way}, {who}"] for way in ("house", "同比")}))
    return "\n".join([*out, "</svg>", ""])


def _panel(
    months: Sequence[int], x: dict[int, float], base: float, title: str, lines: dict[str, Sequence[float]]
) -> str:
    most = max(10.0, *(v for line in lines.values() for v in line if v == v))
    tick = next(t for t in (5, 10, 20, 50, 100) if most / t <= 5)
    tall = HEIGHT - 40

    def y(value: float) -> float:
        return base - value / most * tall

    out = [f'<text class="ink title" x="{LEFT}" y="{base - HEIGHT + 6:.0f}">{escape(title)}</text>']
    if 202002 in x and 202004 in x:
        out.append(
            f'<rect class="shade" x="{x[202002]:.1f}" y="{base - tall:.1f}" width="{x[202004] - x[202002]:.1f}" '
            f'height="{tall}"/>'
        )
    for value in range(0, int(most) + 1, tick):
        out.append(f'<path class="axis" d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}"/>')
        out.append(f'<text class="soft" x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value}</text>')
    for month in months:
        if month % 100 == 1:
            out.append(f'<text class="soft" x="{x[month]:.1f}" y="{base + 16:.1f}">{month // 100}</text>')
            out.append(f'<path class="axis" d="M{x[month]:.1f} {base}v5"/>')
    for month, words, up in DATES:
        if month in x:
            out.append(f'<path class="mark" d="M{x[month]:.1f} {base}V{base - tall - 2:.1f}"/>')
            out.append(f'<text class="when" x="{x[month] + 3:.1f}" y="{base - tall - 2 - 13 * up:.1f}">{words}</text>')
    for way, style in (("同比", "rule"), ("house", "house")):
        points = [f"{x[m]:.1f} {y(v):.1f}" for m, v in zip(months, lines[way], strict=True) if v == v]
        out.append(f'<path class="{style}" d="M{" L".join(points)}"/>')
    return "\n".join(out)

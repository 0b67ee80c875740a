"""Writes ``docs/reference/transforms.md``: ``python -m commercebrain.engine.indicators.transforms.reference``.

A test compares the file with what this module would write, so the page cannot fall behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.indicators.request import OPTIONS
from commercebrain.engine.indicators.table import FLAGS, REASONS
from commercebrain.engine.indicators.transforms.registry import TRANSFORMS, UNITS, Transform

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "transforms.md"

#: What each option means.
OPTION_WORDS: Final = MappingProxyType(
    {
        "n": Words(zh="CRn 的 n，默认 5", en="the n of CRn, 5 where not given"),
        "window": Words(zh="移动平均的月数，默认 12", en="months of the moving average, 12 where not given"),
        "base": Words(zh="指数的基期，例如 2020 或 2020-01", en="base period of the index, such as 2020 or 2020-01"),
        "of": Words(
            zh="在哪个维度上算占比、集中度（几个维度用 + 连接）；集中度默认为企业",
            en="the dimension of shares or of concentration (several joined by +); firms where not given",
        ),
        "prices": Words(zh="价格指标的编码（统计指标）", en="code of the price indicator (one of published figures)"),
        "rates": Words(zh="汇率指标的编码（统计指标）", en="code of the indicator of rates (one of published figures)"),
        "currency": Words(zh="折算为哪种货币：CNY、USD、EUR、JPY、HKD", en="currency to convert to"),
        "unit": Words(zh="以什么单位给出，例如 亿元", en="unit to tell levels in, such as 亿元"),
        "frequency": Words(
            zh="一行是多长时间：month、quarter、half、year、point、span；默认看时期怎么写",
            en="what a row covers; where not given, told by how the periods are written",
        ),
        "single_months": Words(zh="1：1月、2月分开", en="1: January and February singly"),
        "adjusted": Words(zh="1：先季节调整再算环比", en="1: on seasonally adjusted figures"),
        "method": Words(
            zh="季节调整的方法：own（默认）或 x13（用户自备的 X-13ARIMA-SEATS，见设置 CBRAIN_X13）",
            en="how figures are adjusted: own, or x13 (the user's X-13ARIMA-SEATS, see the setting CBRAIN_X13)",
        ),
        "small_base": Words(
            zh="基数低于多少（元、家）标为“基数很小”", en="below which base (in 元, 家) a growth is flagged"
        ),
    }
)

_HEAD = """# 变换 · Transforms

Written from the registry (`python -m commercebrain.engine.indicators.transforms.reference`).

A transform 变换 works on every indicator that it makes sense for, from records and from published figures alike:
`cbrain figure CODE --transform NAME`, the explorer, the API. x is the figure of a period, x₋ that of the same stretch a
year before, c the running total from January, X the whole that x is part of.

- A member that does not occur in a month that has been taken in is a true 0; a month that has not been taken in is
  missing, never 0. Windows are counted in months of the calendar, so a gap shifts nothing.
- A missing, zero or negative base gives no number and says why. A small base is flagged.
- January and February are one row for growth, as Chinese statistics do; single months only with `single_months=1`. A
  January without its February gets no growth, nor does a March against a single February.
- A sum over months of which some are missing is given and flagged; a growth rate of it is not.
- Of published figures the published growth and the published running total win; the difference is said in a note.
- Shares of all parts add up to 100 %; where places have no figure the open part is named. Pulls add up to the whole's
  growth exactly. A filter on the parts of a share chooses rows; the whole stays whole.
- Growth of an indicator that is itself a ratio is a difference: percentage points for per cent.
- Seasonal adjustment is a robust decomposition with terms for Spring Festival (windows before, in and after the holiday)
  and for working days from up to ten years before; level shifts do not bend it; it needs 36 known months. With
  `method=x13` the user's own X-13ARIMA-SEATS does it, with the same calendar as regressors.
"""


def _row(one: Transform) -> str:
    needs = {"none": "—", "part": "`by`", "fold": "`of`"}[one.dimension]
    unit = UNITS.get(one.output, "同指标 own") or "0–1"
    options = ", ".join(f"`{name}`" + ("*" if name in one.required else "") for name in one.options) or "—"
    cells = (
        f"`{one.code}`",
        f"{one.name.zh} {one.name.en}",
        f"{one.formula.zh}<br>{one.formula.en}" if one.formula.zh != one.formula.en else one.formula.zh,
        unit,
        str(one.months_before or "—"),
        "合并 joint" if one.joint else "—",
        needs,
        options,
    )
    return f"| {' | '.join(cells)} |"


def _parts() -> Iterator[str]:
    yield _HEAD
    yield "| code | name | formula | unit | months before | Jan–Feb | needs | options (* required) |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    yield from map(_row, TRANSFORMS.values())
    for heading, words in (
        ("选项 · Options", {name: OPTION_WORDS[name] for name in OPTIONS}),
        ("没有数值的原因 · Why there is no value", REASONS),
        ("标记 · Flags", FLAGS),
    ):
        yield f"\n## {heading}\n\n| code | 中文 | English |\n| --- | --- | --- |"
        yield from (f"| `{code}` | {told.zh} | {told.en} |" for code, told in words.items())


def page() -> str:
    """The whole page."""
    return "\n".join(_parts()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

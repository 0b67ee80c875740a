"""Ningbo's three promises with monthly figures, month by month: the table and the picture of the docs.

``python -m tests.engine.outlook.ningbo_promises`` writes ``docs/images/ningbo-promises.svg`` and prints the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import commercebrain
from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.indicators import ALL, Reach, Snapshot, history
from commercebrain.engine.lake import Lake
from commercebrain.engine.outlook import TargetTerms
from commercebrain.engine.outlook.history import Answer, Known, answers_over_time, by_month, release_days
from commercebrain.engine.outlook.parts_and_peers import beside

CATALOGUE = Path(commercebrain.__file__).parent / "catalogue"
PICTURE = Path(__file__).parents[3] / "docs" / "images" / "ningbo-promises.svg"
NINGBO = "330200"
FIRST, LAST = date(2024, 1, 1), date(2025, 7, 21)
PUBLIC = Reach(ALL, "public")
D = Decimal


@dataclass(frozen=True)
class Promise:
    """A promise of the plan and how it is written."""

    code: str
    title: str
    unit: str
    places: int
    terms: TargetTerms


PROMISES = (
    Promise(
        "trade_value",
        "进出口总额 total trade: 2 万亿元 by 2025",
        "亿元",
        0,
        TargetTerms(
            kind="level", direction="up", value=D(20000), unit="亿元", target_year=2025, base_value=D("9786.9"), base_year=2020
        ),
    ),
    Promise(
        "trade_share_of_nation",
        "占全国比重 share of the nation: held at 3.04 %",
        "%",
        2,
        TargetTerms(
            kind="share", direction="hold", value=None, comparator="~", unit="%", target_year=2025, base_value=D("3.04"),
            base_year=2020, better="higher",
        ),
    ),
    Promise(
        "export_import_ratio",
        "出口与进口之比 exports to imports: down to 1.5 : 1",
        ":1",
        2,
        TargetTerms(
            kind="ratio", direction="down", value=D("1.5"), comparator="=", unit=":1", target_year=2025, base_value=D("1.9"),
            base_year=2020, better="lower",
        ),
    ),
)  # fmt: skip


@cache
def catalogue() -> Catalogue:
    return load_catalogue(CATALOGUE)


def known(snapshot: Snapshot, code: str) -> Known:
    """What is known of an indicator of Ningbo on a day."""

    def ask(day: date):  # type: ignore[no-untyped-def]
        def one(name: str, place: str):  # type: ignore[no-untyped-def]
            return history(snapshot, catalogue(), name, place, reach=PUBLIC, as_of=day)

        return one(code, NINGBO), beside(snapshot, catalogue(), code, NINGBO, day, one)

    return ask


def moved(lake: Path, promise: Promise, last: date = LAST) -> list[Answer]:
    """The answers of 2024-01 … 2025-06, each as known on the day on which its month came out."""
    snapshot = Snapshot(Lake(lake), last)
    asked = known(snapshot, promise.code)
    days = release_days(*asked(last), FIRST, last)
    return by_month(answers_over_time(promise.terms, asked, days))


def official(root: Path) -> Path:
    """A lake with the catalogue's official figures."""
    lake = Lake.create(root)
    for path in sorted((CATALOGUE / "observations").glob("*.csv")):
        lake.intake(path, taken_in=date(2026, 6, 1))
    return root


def table(rows: dict[str, list[Answer]]) -> str:
    """The docs' table: landing with its 80 % band, chance and state for each promise, by month known."""
    lines = [
        "| known up to | published | total trade, 亿元 | chance | share of nation, % | chance | exports : imports | chance |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for n, first in enumerate(rows[PROMISES[0].code]):
        assert first.through is not None
        cells = [f"{first.through.last[0]}-{first.through.last[1]:02d}", first.day.isoformat()]
        for promise in PROMISES:
            one = rows[promise.code][n]
            landing, chance = one.assessment.landing, one.assessment.chance
            if landing is None or chance is None:
                cells += ["—", one.assessment.state]
                continue
            point, low, high = (f"{x:,.{promise.places}f}" for x in (landing.point, landing.low80, landing.high80))
            cells += [f"{point} ({low}–{high})", _chance(chance)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _chance(chance: Decimal) -> str:
    return "< 1 %" if chance < D("0.01") else "> 99 %" if chance > D("0.99") else f"{chance * 100:.0f} %"


WIDE, HIGH, LEFT, RIGHT, TOP = 860, 230, 64, 20, 34


def picture(rows: dict[str, list[Answer]]) -> str:
    """One panel a promise: the landing and its 80 % band as the months came in, and the promise as a line."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH * 3 + 12}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDE}" height="{HIGH * 3 + 12}" fill="#fff"/>',
    ]
    for n, promise in enumerate(PROMISES):
        parts += _panel(promise, rows[promise.code], n * HIGH)
    return "\n".join([*parts, "</svg>", ""])


def _panel(promise: Promise, answers: list[Answer], top: int) -> list[str]:
    drawn = [a for a in answers if a.assessment.landing is not None]
    aim = float(promise.terms.value if promise.terms.value is not None else promise.terms.base_value or 0)
    lands = [a.assessment.landing for a in drawn if a.assessment.landing is not None]
    values = [aim, *(float(x) for one in lands for x in (one.low80, one.high80))]
    low, high = min(values), max(values)
    low, high = low - (high - low) * 0.06, high + (high - low) * 0.06
    floor = top + HIGH - 40

    def x(n: int) -> float:
        return LEFT + 14 + n * (WIDE - LEFT - RIGHT - 28) / max(len(drawn) - 1, 1)

    def y(value: float) -> float:
        return floor - (value - low) / (high - low) * (floor - top - TOP)

    upper = [f"{x(n):.1f},{y(float(one.high80)):.1f}" for n, one in enumerate(lands)]
    lower = [f"{x(n):.1f},{y(float(one.low80)):.1f}" for n, one in enumerate(lands)]
    points = [f"{x(n):.1f},{y(float(one.point)):.1f}" for n, one in enumerate(lands)]
    found = [f'<text x="{LEFT}" y="{top + 20}" font-size="14" font-weight="bold" fill="#223">{promise.title}</text>']
    for tick in _ticks(low, high):
        at = y(tick)
        found.append(f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#dde3ea"/>')
        found.append(
            f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end" fill="#556">{tick:,.{promise.places}f}</text>'
        )
    found.append(f'<polygon points="{" ".join([*upper, *reversed(lower)])}" fill="#1b5e8c" fill-opacity="0.18"/>')
    found.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="#1b5e8c" stroke-width="2.5"/>')
    found += [f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="3.2" fill="#1b5e8c"/>' for p in points]
    found.append(
        f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{y(aim):.1f}" y2="{y(aim):.1f}" stroke="#b98a1d" stroke-width="2" '
        'stroke-dasharray="7 4"/>'
    )
    for n, one in enumerate(drawn):
        assert one.through is not None
        year, month = one.through.last
        label = f"{year}-{month:02d}" if n in (0, len(drawn) - 1) or month in (1, 4, 7, 10) else ""
        if label:
            found.append(f'<text x="{x(n):.1f}" y="{floor + 18}" text-anchor="middle" fill="#556">{label}</text>')
    return found


def _ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 4
    power = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else 0.01
    while power * 10 <= rough:
        power *= 10
    step = next(power * times for times in (1, 2, 5, 10, 20) if power * times >= rough)
    first = int(low / step) + 1
    return [round(k * step, 6) for k in range(first, int(high / step) + 1)]


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        lake = official(Path(folder) / "lake")
        rows = {promise.code: moved(lake, promise) for promise in PROMISES}
    PICTURE.write_text(picture(rows), encoding="utf-8")
    print(table(rows))

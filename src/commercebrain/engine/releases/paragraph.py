"""The three sentences of a monthly bulletin. Every number in them is a cell of the table, named with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from commercebrain.engine.releases.monthly import Cell, Line, MonthlyTable

What = Literal["month", "month_growth", "ytd", "ytd_growth", "pull", "share"]
DASH = "—"
PLACES = {"month": 2, "ytd": 2, "month_growth": 1, "ytd_growth": 1, "pull": 2, "share": 1}


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is printed, and the cell that it is."""

    text: str
    region: str
    what: What


Piece = str | Number
Sentence = tuple[Piece, ...]


def printed(cell: Cell, what: str) -> str:
    """A cell as the table prints it: a level with two decimals, growth and share in per cent with one, a pull with two;
    a dash where there is no number."""
    if cell.value is None:
        return DASH
    value = cell.value * 100 if what in ("month_growth", "ytd_growth", "share") else cell.value
    rounded = value.quantize(Decimal(1).scaleb(-PLACES[what]), ROUND_HALF_UP)
    if rounded.is_zero():
        rounded = abs(rounded)
    return f"{rounded:,f}".replace("-", "−")


def sentences(table: MonthlyTable, name: str) -> tuple[Sentence, ...]:
    """Level and growth; who pulled up and who down; the largest share and the weakest county.

    ``name`` is the indicator's Chinese name. What is missing is said, never passed over.
    """
    return (_levels(table, name), _pulls(table), _shares(table))


def plain(sentence: Sentence) -> str:
    """The sentence as text."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in sentence)


def _levels(table: MonthlyTable, name: str) -> Sentence:
    total = table.total
    said: list[Piece] = []
    if table.single:
        said += [f"{table.month.last[1]}月，{total.name}{name}"]
        said += _level(total, "month", table.unit)
        said += ["；", f"1—{table.month.last[1]}月累计"]
    else:
        said += [f"1—2月，{total.name}{name}"]
    said += _level(total, "ytd", table.unit)
    return (*said, "。")


def _level(line: Line, what: Literal["month", "ytd"], unit: str) -> list[Piece]:
    cell: Cell = getattr(line, what)
    growth: What = "month_growth" if what == "month" else "ytd_growth"
    rate: Cell = getattr(line, growth)
    if cell.value is None:
        said: list[Piece] = [f"合计暂缺（{cell.reason.zh}）" if cell.reason else "合计暂缺"]
        return [*said, "，同比", *_direction(line, growth)] if rate.value is not None else said
    said = [Number(printed(cell, what), line.region, what), unit]
    if rate.value is None:
        return [*said, f"（{rate.reason.zh if rate.reason else '无同比'}，无同比）"]
    return [*said, "，同比", *_direction(line, growth)]


def _direction(line: Line, what: What) -> list[Piece]:
    """增长5.2%, 下降5.2%, 持平; never 增长-5.2%."""
    cell: Cell = getattr(line, what)
    text = printed(cell, what)
    if text.strip("0.") == "":
        return ["持平"]
    word = "下降" if text.startswith("−") else "增长"
    return [word, Number(text.lstrip("−"), line.region, what), "%"]


def _pulls(table: MonthlyTable) -> Sentence:
    known = [line for line in table.lines if line.pull.value is not None]
    up = sorted((x for x in known if _points(x) > 0), key=lambda x: -_points(x))[:2]
    down = sorted((x for x in known if _points(x) < 0), key=_points)[:2]
    grown = [line for line in table.lines if line.ytd_growth.value is not None]
    rising = sum((line.ytd_growth.value or 0) > 0 for line in grown)
    said: list[Piece] = [f"分区县看，已有同比的{len(grown)}个区县中累计增长的有{rising}个"]
    if not known:
        return (*said, "；上年同期数未入库，各区县的拉动无法计算。")
    if up:
        said += ["；", *_named(up), "分别拉动" if len(up) > 1 else "拉动", "累计增速", *_points_of(up), "个百分点"]
    if down:
        said += [
            "；", *_named(down), "分别下拉" if len(down) > 1 else "下拉", *_points_of(down), "个百分点"
        ]  # fmt: skip
    return (*said, "。")


def _points(line: Line) -> Decimal:
    """The pull as it is printed, so that the words fit the digits."""
    return (line.pull.value or Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _named(lines: Sequence[Line]) -> list[Piece]:
    return ["、".join(line.name for line in lines)]


def _points_of(lines: Sequence[Line]) -> list[Piece]:
    said: list[Piece] = []
    for number, line in enumerate(lines):
        said += ["、"] if number else []
        said.append(Number(printed(line.pull, "pull").lstrip("−"), line.region, "pull"))
    return said


def _shares(table: MonthlyTable) -> Sentence:
    said: list[Piece] = []
    shared = [line for line in table.lines if line.share.value is not None]
    if shared:
        largest = max(shared, key=lambda line: line.share.value or Decimal(0))
        said += [
            f"{largest.name}占全市",
            Number(printed(largest.share, "share"), largest.region, "share"),
            "%，占比最高",
        ]
    grown = [line for line in table.lines if line.ytd_growth.value is not None]
    if grown:
        weakest = min(grown, key=lambda line: line.ytd_growth.value or Decimal(0))
        said += ["；" if said else "", f"{weakest.name}累计"]
        said += _direction(weakest, "ytd_growth")
        said += ["，增速最低，需重点关注"]
    if table.late:
        said += ["；" if said else "", "、".join(line.name for line in table.late), "尚未报送"]
    return (*(piece for piece in said if piece), "。") if said else ("各区县均未报送。",)

"""Tables of codes, as rows of cells from a csv or a spreadsheet: which column holds the codes, the rate, the days."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.columns_of_text import CODE_HEAD
from commercebrain.engine.lists.finding import FoundCode, find_codes
from commercebrain.engine.lists.nomenclature import plain_digits, plausible, read_code
from commercebrain.engine.lists.rows import ProductRow
from commercebrain.engine.registers.values import DAY

#: What a header calls each column; the first that fits takes it, longer words first.
HEADS: dict[str, str] = {
    "excludes": r"排除|除外|exclu|except",
    "from": r"生效|实施|起始|开始|自何时|effective|valid.?from|^from|^start|date.?from",
    "to": r"终止|截止|失效|结束|valid.?to|effective.?to|^to$|^end|until|expir",
    "code": CODE_HEAD,
    "rate": r"加征|税率|关税|rate|duty|pct|percent|%",
    "partner": r"国家|国别|贸易伙伴|原产|country|partner|origin|affected",
    "name": r"商品名|产品名|货品|名称|品名|name|product|desc|goods|article",
}
ORDER = ("excludes", "to", "from", "rate", "code", "partner", "name")
SINGLE = re.compile(r"[0-9]{4}(?:\.?[0-9]{2}){0,3}")
HEAD_ROWS = 10  # a header stands within so many rows
HIGHEST_RATE = 1000  # per cent; as the field of a tariff list


@dataclass(frozen=True, slots=True)
class TableFault:
    """What is wrong in a cell: the row's number (from 1, as a spreadsheet counts), the column's, the value, and why."""

    row: int
    column: int
    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row with its codes; ``number`` is its place in the table, from 1."""

    number: int
    codes: tuple[FoundCode, ...]
    name: str = ""
    partner: str = ""
    rate: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadTable:
    """A table as read: its rows, which column (from 0) was taken for what, faults by cell, and what was mended."""

    rows: tuple[TableRow, ...]
    columns: Mapping[str, int]
    faults: tuple[TableFault, ...] = ()
    notes: tuple[Words, ...] = field(default=())

    def product_rows(
        self, nomenclature: str, edition: str, partner: str = "", rate: float | None = None,
        table: Container[str] | None = None,
    ) -> tuple[list[ProductRow], list[TableFault]]:  # fmt: skip
        """The rows for matching, and the cells whose codes the nomenclature does not know.

        ``partner`` and ``rate`` hold where a row says none; a row's own partner is taken as it is written.
        """
        rows: list[ProductRow] = []
        faults: list[TableFault] = []
        for one in self.rows:
            made, wrong = product_rows(
                one.codes, nomenclature, edition, one.partner or partner, rate if one.rate is None else one.rate,
                valid_from=one.valid_from, valid_to=one.valid_to, excludes=one.excludes, number=one.number, table=table,
            )  # fmt: skip
            rows += made
            faults += [
                TableFault(one.number, self.columns["code"] + 1, code.text, code.fault.zh, code.fault.en)
                for code in wrong
                if code.fault
            ]
        return rows, faults


def product_rows(
    found: Iterable[FoundCode],
    nomenclature: str,
    edition: str,
    partner: str = "",
    rate: float | None = None,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    excludes: tuple[str, ...] = (),
    number: int | None = None,
    table: Container[str] | None = None,
) -> tuple[list[ProductRow], list[FoundCode]]:
    """Rows for matching from codes that were found, each once, and those that the nomenclature does not know.

    Rows are numbered as they come, or all get ``number``. A range stands as the fewest codes that hold all of it. What
    the text excepts is excepted by every row that would hold it.
    """
    found = list(found)
    excludes = tuple(dict.fromkeys((*excludes, *(code for one in found for code in one.excepts))))
    rows: dict[str, ProductRow] = {}
    wrong: list[FoundCode] = []
    for place, one in enumerate(found, 1):
        if one.fault is not None:
            wrong.append(one)
            continue
        for digits in one.codes:
            if digits in rows:
                continue
            try:
                read_code(digits, nomenclature, edition, table=None if one.through else table)
            except UserError as fault:
                wrong.append(replace(one, digits=digits, fault=Words(zh=fault.zh, en=fault.en)))
                break
            rows[digits] = ProductRow(
                digits, nomenclature, edition, partner, rate, valid_from, valid_to,
                tuple(x for x in excludes if x.startswith(digits)), place if number is None else number, one.ex,
            )  # fmt: skip
    return list(rows.values()), wrong


def read_table(cells: Sequence[Sequence[object]]) -> ReadTable:
    """Reads rows of cells (text, numbers, days). Raises :class:`UserError` (``code.no_column``) where no column holds
    product codes."""
    head = _header(cells)
    columns = _columns(cells, head)
    rows: list[TableRow] = []
    faults: list[TableFault] = []
    mended = 0
    rates = [row[columns["rate"]] for row in cells[head:] if "rate" in columns and len(row) > columns["rate"]]
    parts = _are_fractions(rates)
    for number, row in enumerate(cells[head:], head + 1):
        at = {what: row[place] for what, place in columns.items() if place < len(row) and _said(row[place])}
        if not at:
            continue
        if "code" not in at:
            faults.append(
                TableFault(number, columns["code"] + 1, "", "这一行没有商品编码。", "The row has no product code.")
            )
            continue
        codes = _codes(at["code"])
        mended += sum(code.note is not None for code in codes)
        for code in codes:
            if code.fault:
                faults.append(TableFault(number, columns["code"] + 1, code.text, code.fault.zh, code.fault.en))
        values: dict[str, object] = {}
        for what, read in (("rate", _rate), ("from", _day), ("to", _day)):
            try:
                values[what] = read(at[what]) if what in at else None
            except UserError as fault:
                faults.append(TableFault(number, columns[what] + 1, str(at[what])[:60], fault.zh, fault.en))
        rate = values.get("rate")
        begins, ends = _as_day(values.get("from")), _as_day(values.get("to"))
        if begins and ends and ends < begins:
            faults.append(
                TableFault(
                    number, columns["to"] + 1, str(at["to"])[:60],
                    f"终止日期早于生效日期（{begins.isoformat()}），这一行任何一天都不生效；请核对。",
                    f"It ends before it begins ({begins.isoformat()}), so the row is in effect on no day; check the days.",
                )
            )  # fmt: skip
        good = tuple(code for code in codes if code.fault is None)
        if good:
            rows.append(
                TableRow(
                    number=number,
                    codes=good,
                    name=str(at.get("name", "")).strip(),
                    partner=str(at.get("partner", "")).strip(),
                    rate=rate * 100 if parts and isinstance(rate, float) else rate if isinstance(rate, float) else None,
                    valid_from=begins,
                    valid_to=ends,
                    excludes=tuple(c for x in _codes(at.get("excludes", "")) for c in x.codes),
                )
            )
    notes = []
    if mended:
        notes.append(
            Words(
                zh=f"有{mended:,}个编码的开头0被表格丢掉，已补回。",
                en=f"{mended:,} codes had lost their leading zero in the spreadsheet; it was put back.",
            )
        )
    if parts:
        notes.append(
            Words(
                zh="税率列的值都在0与1之间，按小数读取（0.25即25%）。",
                en="All rates lie between 0 and 1 and are read as fractions (0.25 is 25 per cent).",
            )
        )
    return ReadTable(tuple(rows), columns, tuple(faults), tuple(notes))


def _said(cell: object) -> bool:
    return cell is not None and bool(str(cell).strip())


def _codes(cell: object) -> list[FoundCode]:
    """The codes of a cell; a number that lost its leading zero is mended, a fraction that lost one at its end is not."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    if not text:
        return []
    if SINGLE.fullmatch(text) and plausible(text):  # what nearly every cell is, without looking for codes in it
        return [FoundCode(text.replace(".", ""), text, 0, len(text))]
    digits = plain_digits(text)
    if digits.isdigit() and len(digits) % 2 and len(digits) <= 9:
        try:
            code = read_code(cell, number=isinstance(cell, int) or len(digits) >= 7)
        except UserError as fault:
            return [FoundCode(digits, text, 0, len(text), fault=Words(zh=fault.zh, en=fault.en))]
        return [FoundCode(code.digits, text, 0, len(text), note=code.note)]
    found = find_codes(text, only_codes=True)
    if found:
        return found
    try:
        read_code(text)
    except UserError as fault:
        return [FoundCode("", text[:60], 0, len(text), fault=Words(zh=fault.zh, en=fault.en))]
    return [FoundCode(digits, text, 0, len(text))]


def _rate(cell: object) -> float:
    text = (
        unicodedata.normalize("NFKC", str(cell)).strip().removesuffix("%").removesuffix("个百分点").lstrip("+").strip()
    )
    try:
        value = Decimal(text)
        if not value.is_finite() or not 0 <= value <= HIGHEST_RATE:
            raise InvalidOperation
    except InvalidOperation:
        raise UserError(
            "code.bad_rate",
            f"税率“{str(cell)[:40]}”不是0至{HIGHEST_RATE}的百分数，请写成 25 或 7.5。",
            f"The rate “{str(cell)[:40]}” is no percentage from 0 to {HIGHEST_RATE}; write it like 25 or 7.5.",
        ) from None
    return float(value)


def _are_fractions(cells: Iterable[object]) -> bool:
    """Whether a column of rates holds fractions: plain numbers none of which is above 1, and some between 0 and 1."""
    try:
        numbers = [float(str(cell)) for cell in cells if _said(cell)]
    except ValueError:  # a sign of per cent, or no number
        return False
    return all(0 <= n <= 1 for n in numbers) and any(0 < n < 1 for n in numbers)


def _day(cell: object) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = unicodedata.normalize("NFKC", str(cell)).strip().split("T")[0].split(" ")[0]
    found = DAY.match(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        if found is None:
            raise ValueError
        return date(*map(int, found.groups()))
    except ValueError:
        raise UserError(
            "code.bad_day",
            f"“{str(cell)[:40]}”不是日期，请写成 2025-07-21。",
            f"“{str(cell)[:40]}” is no date; write it like 2025-07-21.",
        ) from None


def _as_day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _heads(row: Sequence[object]) -> dict[str, int]:
    """What the cells of a row name, as headers."""
    named: dict[str, int] = {}
    taken: set[int] = set()
    for what in ORDER:
        for place, cell in enumerate(row):
            text = unicodedata.normalize("NFKC", str(cell or "")).strip().lower()
            if place not in taken and text and len(text) <= 40 and not plausible(text) and re.search(HEADS[what], text):
                named[what] = place
                taken.add(place)
                break
    return named


def _header(cells: Sequence[Sequence[object]]) -> int:
    """How many rows stand above the first row of data. Of several that name a column of codes (the title of an annex does
    too) the one that names most columns is the header, then the one with most cells."""
    best: tuple[int, int] = 0, 0
    header = 0
    for number, row in enumerate(cells[:HEAD_ROWS], 1):
        if any(_looks_like_code(cell) for cell in row):
            break
        named = _heads(row)
        size = len(named), sum(map(_said, row))
        if "code" in named and size > best:
            best, header = size, number
    return header


def _looks_like_code(cell: object) -> bool:
    if isinstance(cell, bool) or cell is None:
        return False
    digits = plain_digits(str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell))
    if not digits.isdigit() or len(digits) < 4:
        return False
    return plausible(digits if len(digits) % 2 == 0 else f"0{digits}")


def _columns(cells: Sequence[Sequence[object]], head: int) -> dict[str, int]:
    """Which column is what: by the header, and where that does not name the codes by what stands in it."""
    named = _heads(cells[head - 1]) if head else {}
    if "code" in named:
        return named
    found: Counter[int] = Counter()
    body = cells[head : head + 500]
    for row in body:
        for place, cell in enumerate(row):
            texts = re.split(r"\s*[,;、，；]\s*", str(cell)) if isinstance(cell, str) else [cell]
            found[place] += all(map(_looks_like_code, texts))
    place, good = found.most_common(1)[0] if found else (0, 0)
    if not good or good < 0.5 * len(body):
        raise UserError(
            "code.no_column",
            "表里找不到商品编码列：请在表头写明“商品编码”或“税则号列”，或只保留编码一列。",
            "No column holds product codes: name it “HS code” or “tariff line” in the header, or keep that column alone.",
        )
    return {"code": place}

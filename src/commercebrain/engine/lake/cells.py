"""What one cell of a sheet says: a number, a date, a mark of absence, or a fault told in a sentence.

Nothing is guessed here. Missing is never zero; what could be read in two ways is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

#: What a sheet reader may hand over for one cell.
Raw = str | int | float | bool | date | datetime | time | timedelta | Decimal | None

#: The widest number that the lake keeps: 38 digits, 18 of them after the point.
WHOLE_DIGITS, DECIMAL_PLACES = 20, 18

# Only the full-width forms of ASCII. NFKC would also turn a footnote mark ① into the digit 1.
_HALF_WIDTH: dict[int, int | None] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_HALF_WIDTH |= {0x3000: 0x20, 0xA0: 0x20, 0x2009: 0x20, 0x202F: 0x20}  # blanks that look alike
_HALF_WIDTH |= {0x2212: 0x2D, 0x200B: None, 0xFEFF: None}  # the minus sign; marks without width
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_GROUPED_BY_BLANKS = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:\.\d+)?")
_ERROR = re.compile(
    r"#(?:REF!|DIV/0!|VALUE!|NAME\?|NUM!|N/A|NULL!|SPILL!|CALC!|GETTING_DATA|FIELD!|BLOCKED!|UNKNOWN!)", re.I
)
_DATE = re.compile(
    r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?:[T ]\d{1,2}:\d{2}.*)?|(\d{4})(\d{2})(\d{2})"
)


@dataclass(frozen=True, slots=True)
class Say:
    """A reason in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Number:
    """What a value cell says: ``value`` None is a printed mark of absence; ``unit`` and ``bound`` where
    printed."""

    value: Decimal | None
    unit: str = ""
    bound: str = ""


def plain(text: str) -> str:
    """``text`` with full-width letters, digits and signs made half-width and odd blanks made plain,
    stripped."""
    return text.translate(_HALF_WIDTH).strip()


def shown(raw: Raw) -> str:
    """The cell as a person sees it: whole floats without a point, dates as ISO, nothing as the empty text."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float):
        return format(exact(raw), "f")
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time(0) else raw.isoformat(sep=" ")
    if isinstance(raw, date):
        return raw.isoformat()
    return str(raw).strip()


def exact(number: float) -> Decimal:
    """The decimal number that Excel shows for a stored float: 15 significant digits, no exponent."""
    value = Decimal(format(number, ".15g"))
    return Decimal(format(value, "f"))


def is_blank(raw: Raw) -> bool:
    """Whether there is nothing in the cell but blanks."""
    return raw is None or (isinstance(raw, str) and not plain(raw))


def formula_error(raw: Raw) -> str:
    """The spreadsheet error that the cell shows (``#REF!`` …), or the empty text. ``#N/A`` is one: a failed
    look-up."""
    return plain(raw) if isinstance(raw, str) and _ERROR.fullmatch(plain(raw)) else ""


def read_number(
    raw: Raw,
    *,
    missing_marks: frozenset[str],
    bounds_before: Mapping[str, str],
    bounds_after: Mapping[str, str],
) -> Number | Say:
    """The number in a value cell, with the unit and bound printed beside it, or why it is none."""
    if isinstance(raw, bool):
        return Say("是逻辑值，不是数", "is TRUE or FALSE, not a number")
    if isinstance(raw, date | datetime | time | timedelta):
        return Say(
            f"被表格软件当成了日期（{shown(raw)}），不是数；请把单元格改为数值格式后重填",
            f"was turned into a date ({shown(raw)}) by the spreadsheet; format the cell as a number and type it again",
        )
    if isinstance(raw, int | float | Decimal):
        return _sized(exact(raw) if isinstance(raw, float) else Decimal(raw))
    text = plain(raw or "")
    if not text or text in missing_marks:
        return Number(None)
    if found := formula_error(text):
        return Say(f"公式出错（{found}），没有结果", f"is a formula error ({found}) without a result")
    bound = ""
    for word, sign in sorted(bounds_before.items(), key=lambda pair: -len(pair[0])):
        if text.startswith(word) and len(text) > len(word):
            text, bound = text.removeprefix(word).strip(), sign
            break
    for word, sign in bounds_after.items():
        if text.endswith(word) and not bound:
            text, bound = text.removesuffix(word).strip(), sign
    head = re.match(r"[+-]?[\d,. ]*\d", text)
    digits, unit = (head[0], text[head.end() :].strip()) if head else (text, "")
    if re.match(r"[eE][+-]?\d", unit):
        return Say(
            "写成了科学计数法，可能已丢失位数；请把单元格改为数值格式后重新保存",
            "is in scientific notation and may have lost digits; format the cell as a number and save again",
        )
    if _GROUPED.fullmatch(digits) or _GROUPED_BY_BLANKS.fullmatch(digits):
        digits = digits.replace(",", "").replace(" ", "")
    if not _NUMBER.fullmatch(digits):
        if "," in digits and head:
            return Say(
                "逗号不在千分位上，分不清是千分位还是小数点",
                "has a comma that does not separate thousands, so it could be a decimal comma",
            )
        return Say("不是数", "is not a number")
    if re.match(r"[①-⑳*†‡\[(注a-z]", unit):
        return Say("数字后带有脚注标记，请去掉标记", "carries a footnote mark after the number; remove the mark")
    sized = _sized(Decimal(digits))
    return sized if isinstance(sized, Say) else Number(sized.value, unit, bound)


def _sized(value: Decimal) -> Number | Say:
    if not value.is_finite():
        return Say("不是有限的数", "is not a finite number")
    _, digits, exponent = value.as_tuple()
    places = max(0, -int(exponent))
    if len(digits) + int(exponent) > WHOLE_DIGITS or places > DECIMAL_PLACES:
        return Say(
            f"位数过多（整数最多{WHOLE_DIGITS}位，小数最多{DECIMAL_PLACES}位）",
            f"has too many digits (at most {WHOLE_DIGITS} before and {DECIMAL_PLACES} after the point)",
        )
    return Number(value)


def read_date(raw: Raw) -> date | Say:
    """The day in a date cell: a date cell, 2024-05-20, 2024/5/20, 2024.5.20, 2024年5月20日 or 20240520."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    found = _DATE.fullmatch(re.sub(r"(?<=\D) +| +(?=\D)", "", plain(shown(raw))))
    if found is not None:
        year, month, day = (int(part) for part in (found.groups()[:3] if found[1] else found.groups()[3:]))
        try:
            if 1900 <= year <= 2199:
                return date(year, month, day)
        except ValueError:
            pass
    return Say("不是日期，请写成 2025-07-20 这样的形式", "is not a date; write it like 2025-07-20")


def read_text(raw: Raw) -> str | Say:
    """The text of a code or text cell; a number too long for Excel's 15 digits has lost its tail and is a
    fault."""
    if isinstance(raw, float | int) and not isinstance(raw, bool) and abs(raw) >= 1e15:
        return Say(
            "是以数值存放的长代码（如18位统一社会信用代码），超过15位的数字已经丢失；请把该列设为文本格式后重新填写",
            "is a long code (such as an 18-digit credit code) kept as a number: digits after the 15th are "
            "lost; format "
            "the column as text and type it again",
        )
    if found := formula_error(raw):
        return Say(f"公式出错（{found}），没有结果", f"is a formula error ({found}) without a result")
    return shown(raw)


def read_period_text(raw: Raw) -> str | Say:
    """The period's text for :meth:`Period.parse`; cells that the spreadsheet has turned into numbers or
    dates told apart."""
    if isinstance(raw, datetime | date):
        if raw.day == 1:
            return f"{raw.year}-{raw.month:02d}"
        return Say(
            f"是某一天（{shown(raw)}），不是时期；月份请写成 2024-05，月末时点请写成 @2024-05",
            f"is a day ({shown(raw)}), not a period; write a month as 2024-05, the state at its end as @2024-05",
        )
    if re.fullmatch(r"\d{4}\.1", plain(shown(raw))):  # a spreadsheet makes 2024.1 of 2024.10
        return Say(
            f"{shown(raw)} 分不清是1月还是10月（表格软件会把 2024.10 存成 2024.1）；请写成 2024-01 或 2024-10",
            f"is {shown(raw)}, which may be January or October (spreadsheets store 2024.10 as 2024.1); "
            f"write it "
            "like 2024-01 or 2024-10",
        )
    return read_text(raw)

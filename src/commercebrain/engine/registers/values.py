"""One value of a register: from what somebody typed to what is kept, and back to words.

Kept values are what JSON keeps without loss: text, whole numbers, booleans; decimals and days as text ("12.50",
"2025-07-21"), so that nothing passes through a float.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.catalogue.registers import RegisterField
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError
from commercebrain.engine.units import convert

Value = str | int | bool | None
Read = TypeVar("Read")
YES = frozenset({"是", "有", "yes", "y", "true", "1", "√", "对", "on"})
NO = frozenset({"否", "无", "no", "n", "false", "0", "×", "off"})
LENGTHS = {"text": 200, "longtext": 5_000, "url": 500, "phone": 40}
DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
WEB = frozenset({"http", "https"})
APART = re.compile(r"[\s,;，；、/|]+")  # between several codes in one cell


class Lookups(Protocol):
    """What is known of things outside the register. Each gives the code for a code or a name, or None for neither."""

    def code(self, kind: str, text: str) -> str | None:
        """The code of a ``kind`` (region, unit, country, industry) that ``text`` means, by code or by exact name."""

    def name(self, kind: str, code: str) -> str:
        """How a code is called in the reader's language; the code itself where it is unknown."""


class Syntax:
    """Knows nothing: accepts any reference that has the form of one. For examples and checks without a database."""

    def code(self, kind: str, text: str) -> str | None:
        """The text itself."""
        return text

    def name(self, kind: str, code: str) -> str:
        """The code itself."""
        return code


def _wrong(one: RegisterField, code: str, text: object, zh: str, en: str) -> UserError:
    shown = str(text)[:60]
    return UserError(f"register.{code}", f"“{one.name.zh}”的值“{shown}”{zh}", f"{one.name.en}: “{shown}” {en}")


def read_value(one: RegisterField, raw: object, known: Lookups) -> Value:
    """The value to keep for what was typed; None for nothing.

    Raises :class:`UserError` (``register.…``) with the field's name, the value and what to write instead.
    """
    if raw is None:
        return None
    text = unicodedata.normalize("NFC", str(raw)).strip() if not isinstance(raw, bool) else ("1" if raw else "0")
    if isinstance(raw, datetime):
        text = raw.date().isoformat()
    if "\x00" in text:
        raise _wrong(
            one,
            "bad_text",
            text.replace("\x00", "␀"),
            "含有不可用的字符，请删去。",
            "holds a character that cannot be kept; remove it.",
        )
    if not text:
        return None
    reader = _READERS.get(one.type, _text)
    return reader(one, text, known)


def _text(one: RegisterField, text: str, known: Lookups) -> str:
    most = one.max_length or LENGTHS.get(one.type, 200)
    if len(text) > most:
        raise _wrong(
            one, "too_long", text, f"有{len(text)}个字，最多{most}个。", f"has {len(text)} characters; at most {most}."
        )
    if one.type != "longtext":
        text = " ".join(text.split())
    return text


def _number(one: RegisterField, text: str, known: Lookups) -> Decimal:
    plain_ = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    try:
        value = Decimal(plain_)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value.adjusted() > 15:
        raise _wrong(one, "bad_number", text, "不是数值，请写成 1234.5。", "is no number; write it like 1234.5.")
    if one.min is not None and value < one.min:
        raise _wrong(
            one,
            "too_small",
            text,
            f"太小，最小{one.min}{one.unit or ''}。",
            f"is too small; at least {one.min} {one.unit or ''}.".replace(" .", "."),
        )
    if one.max is not None and value > one.max:
        raise _wrong(
            one,
            "too_large",
            text,
            f"太大，最大{one.max}{one.unit or ''}。",
            f"is too large; at most {one.max} {one.unit or ''}.".replace(" .", "."),
        )
    return value


def _integer(one: RegisterField, text: str, known: Lookups) -> int:
    value = _number(one, text, known)
    if value != value.to_integral_value():
        raise _wrong(one, "not_whole", text, "应为整数。", "must be a whole number.")
    return int(value)


def _decimal(one: RegisterField, text: str, known: Lookups) -> str:
    value = _number(one, text, known)
    rounded = round(value, one.decimals)
    if rounded != value:
        raise _wrong(
            one, "too_precise", text, f"最多{one.decimals}位小数。", f"has more than {one.decimals} decimal places."
        )
    return format(rounded, "f")


def _date(one: RegisterField, text: str, known: Lookups) -> str:
    found = DAY.match(unicodedata.normalize("NFKC", text).split("T")[0].split(" ")[0])
    try:
        if found is None:
            raise ValueError
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        raise _wrong(
            one, "bad_date", text, "不是日期，请写成 2025-07-21。", "is no date; write it like 2025-07-21."
        ) from None


def _boolean(one: RegisterField, text: str, known: Lookups) -> bool:
    word = unicodedata.normalize("NFKC", text).lower()
    if word in YES or word in NO:
        return word in YES
    raise _wrong(one, "bad_boolean", text, "请写“是”或“否”。", "must be yes or no.")


def _choice(one: RegisterField, text: str, known: Lookups) -> str:
    from commercebrain.engine.catalogue.source import nearest

    for code, words in one.choices.items():
        if text in (code, words.zh) or text.lower() == words.en.lower():
            return code
    zh, en = nearest(text, [words.zh for words in one.choices.values()])
    raise _wrong(
        one,
        "bad_choice",
        text,
        f"不在可选范围（{'、'.join(words.zh for words in one.choices.values())}）内{zh}",
        f"is not one of {', '.join(words.en for words in one.choices.values())}{en}",
    )


def _reference(one: RegisterField, text: str, known: Lookups) -> str:
    code = known.code(one.type, text)
    if code is None:
        kinds = {
            "region": ("地区", "region"), "unit": ("单位", "unit"),
            "country": ("国家（地区）", "country"), "industry": ("行业", "industry"),
        }  # fmt: skip
        zh, en = kinds[one.type]
        raise _wrong(
            one,
            f"no_{one.type}",
            text,
            f"不是登记册里的{zh}，请写代码或全称。",
            f"is no {en} of the register; write its code or full name.",
        )
    return code


def _enterprise(one: RegisterField, text: str, known: Lookups) -> str:
    return _of_code(one, lambda: uscc.check(text))


def _url(one: RegisterField, text: str, known: Lookups) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in WEB and bool(parts.hostname) and not any(c.isspace() or c in "<>\"'`" for c in text)
    except ValueError:
        good = False
    if not good:
        raise _wrong(
            one,
            "bad_url",
            text,
            "不是网址，请写成 https://example.org/。",
            "is no web address; write it like https://example.org/.",
        )
    return _text(one, text, known)


def _phone(one: RegisterField, text: str, known: Lookups) -> str:
    plain_ = unicodedata.normalize("NFKC", text)
    if not re.fullmatch(r"[+0-9()\- 转]{5,40}", plain_):
        raise _wrong(
            one,
            "bad_phone",
            text,
            "不是电话号码，只能用数字、空格和 + - ( )。",
            "is no telephone number; use digits, spaces and + - ( ).",
        )
    return plain_


def _product(one: RegisterField, text: str, known: Lookups) -> str:
    """A product code by its digits; what its nomenclature asks for is checked where the nomenclature is known."""
    from commercebrain.engine.lists.nomenclature import read_code

    return _of_code(one, lambda: read_code(text).digits)


def _products(one: RegisterField, text: str, known: Lookups) -> str:
    from commercebrain.engine.lists.nomenclature import read_code

    return " ".join(
        _of_code(one, lambda: list(dict.fromkeys(read_code(part).digits for part in APART.split(text) if part)))
    )


def _nomenclature(one: RegisterField, text: str, known: Lookups) -> str:
    from commercebrain.engine.lists.nomenclature import nomenclature

    return _of_code(one, lambda: nomenclature(text).code)


def _partner(one: RegisterField, text: str, known: Lookups) -> str:
    """A country, or a declared group of countries by its code or name."""
    from commercebrain.engine.catalogue.loader import load_catalogue

    for code, group in load_catalogue().groups.items():
        if group.column == "country" and text.lower() in (code, group.name.zh, group.name.en.lower()):
            return code
    found = known.code("country", text)
    if found is None:
        raise _wrong(
            one,
            "no_partner",
            text,
            "不是国家（地区），也不是国别分组，请写代码或全称。",
            "is neither a country nor a group of countries; write its code or full name.",
        )
    return found


def _of_code(one: RegisterField, read: Callable[[], Read]) -> Read:
    """What ``read`` gives; a fault of its own is told of the field."""
    try:
        return read()
    except UserError as fault:
        raise UserError(
            f"register.{fault.code.replace('.', '_')}", f"“{one.name.zh}”：{fault.zh}", f"{one.name.en}: {fault.en}"
        ) from None


_READERS: dict[str, Callable[[RegisterField, str, Lookups], Value]] = {
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "url": _url,
    "phone": _phone,
    "enterprise": _enterprise,
    "product": _product,
    "products": _products,
    "nomenclature": _nomenclature,
    "partner": _partner,
    **dict.fromkeys(("region", "unit", "country", "industry"), _reference),
}


def said(one: RegisterField, value: Value, known: Lookups, language: str = "zh") -> str:
    """The value in the reader's words, with its unit where it has one; empty for none."""
    if value is None or value == "":
        return ""
    if one.type == "choice":
        words: Words | None = one.choices.get(str(value))
        return words.say(language) if words else str(value)
    if one.type == "boolean":
        return {True: ("是", "yes"), False: ("否", "no")}[bool(value)][0 if language.startswith("zh") else 1]
    if one.type in ("region", "unit", "country", "industry", "enterprise"):
        return known.name(one.type, str(value))
    if one.type in ("nomenclature", "partner"):
        return _called(one.type, str(value), known, language)
    number = plain(one, value)
    return f"{number:,} {one.display_unit}".strip() if isinstance(number, (int, Decimal)) else str(value)


def _called(kind: str, code: str, known: Lookups, language: str) -> str:
    """How a nomenclature, a country or a group of countries is called."""
    if kind == "nomenclature":
        from commercebrain.engine.lists.nomenclature import nomenclatures

        called = nomenclatures().get(code)
        return called.name.say(language) if called else code
    from commercebrain.engine.catalogue.loader import load_catalogue

    group = load_catalogue().groups.get(code)
    return group.name.say(language) if group else known.name("country", code)


def plain(one: RegisterField, value: Value) -> Any:
    """The value as a column or a spreadsheet takes it: a Decimal in ``show_in``, a date, an int, a bool, else text."""
    if value is None:
        return None
    if one.type == "decimal":
        number = Decimal(str(value))
        return convert(number, one.unit, one.show_in) if one.unit and one.show_in else number
    if one.type == "date":
        return date.fromisoformat(str(value))
    return value


def masked(one: RegisterField, value: Value) -> str:
    """What may be shown of a personal value to anybody who sees the entry: enough to recognise, too little to use."""
    text = str(value or "")
    if not text:
        return ""
    return f"{text[:3]}****" if one.type == "phone" and len(text) >= 7 else f"{text[:1]}**"

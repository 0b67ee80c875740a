"""One answer: from what somebody typed to what is kept, and back to words. Values are read as those of registers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import Question
from commercebrain.engine.registers import Lookups, read_value
from commercebrain.engine.registers import said as said_field
from commercebrain.engine.units import convert

#: What is kept of an answer: JSON without loss; ticks are a list of codes.
Answer = str | int | bool | list[str] | None
NOMENCLATURE = "CN"  # the tariff in which firms of this country name their goods
_WITH_UNIT = re.compile(r"([-+]?[\d,.\s]*\d)\s*([^\d\s,.+-].*)")
_BETWEEN = re.compile(r"[,，、;；|｜\n]+")


def read_answer(one: Question, raw: object, known: Lookups, *, unit: str = "") -> Answer:
    """The value to keep for what was typed; None for nothing.

    ``unit`` is that in which a number was written where it is not the question's own (a column headed 美元); a number may
    name its unit itself (“350000美元”). Raises :class:`UserError` with the question's name, the value and what to write.
    """
    if one.type == "ticks":
        return read_ticks(one, raw)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if one.type == "product":
        return read_product(raw)
    if one.type in ("integer", "decimal"):
        return _number(one, raw, known, unit)
    if one.type == "choice" and isinstance(raw, str):
        raw = _choice(one, raw)
    return read_value(one.as_field, raw, known)


def read_ticks(one: Question, raw: object) -> list[str] | None:
    """The codes that are ticked, in the order of the declaration, each once; None for none."""
    if raw is None:
        return None
    given = _BETWEEN.split(raw) if isinstance(raw, str) else list(raw) if isinstance(raw, Iterable) else [raw]
    found: set[str] = set()
    for word in given:
        text = " ".join(unicodedata.normalize("NFKC", str(word)).split())
        if not text:
            continue
        code = one.as_type.code(text)
        if code is None or code not in one.choices:
            zh, en = nearest(text, [*one.choices, *(words.zh for words in one.choices.values())])
            words = "、".join(words.zh for words in one.choices.values())
            raise UserError(
                "form.bad_tick",
                f"“{one.short.zh}”没有选项“{text[:40]}”（可选：{words}）{zh}",
                f"{one.short.en}: there is no option “{text[:40]}” (of {', '.join(w.en for w in one.choices.values())}){en}",
            )
        found.add(code)
    return [code for code in one.choices if code in found] or None


def read_product(raw: object) -> str:
    """The digits of a product code of the Chinese tariff, six at least.

    Raises :class:`UserError` (``code.…``): no digits, a wrong length, a chapter without goods, a lost zero.
    """
    from commercebrain.engine.lists.nomenclature import read_code

    number = isinstance(raw, int | float | Decimal) and not isinstance(raw, bool)
    code = read_code(raw, NOMENCLATURE, number=number).digits
    if len(code) < 6:
        raise UserError(
            "form.short_product",
            f"商品编码“{raw}”只有{len(code)}位，请填至少6位。",
            f"The product code “{raw}” has only {len(code)} digits; give at least six.",
        )
    return code


def _number(one: Question, raw: object, known: Lookups, unit: str) -> Answer:
    # Sums in a spreadsheet carry the noise of binary fractions behind their fifteenth digit (0.1 + 0.2).
    text = format(Decimal(f"{raw:.15g}"), "f") if isinstance(raw, float) else str(raw)
    text = unicodedata.normalize("NFKC", text).strip()
    found = _WITH_UNIT.fullmatch(text)
    if found is not None:
        text, unit = found[1], found[2].strip()
    if unit and one.unit and unit != one.unit:
        text = _converted(one, text, unit)
    value = read_value(one.as_field, text, known)
    return format(Decimal(value).normalize(), "f") if isinstance(value, str) else value


def _converted(one: Question, text: str, unit: str) -> str:
    """A number of another unit in the question's own, to its decimals."""
    try:
        number = Decimal(text.replace(",", "").replace(" ", ""))
        told = convert(number, unit, one.unit or "")
    except (UserError, ArithmeticError):
        raise UserError(
            "form.bad_unit",
            f"“{one.short.zh}”的单位是{one.unit}，“{text}{unit}”不能换算；请按{one.unit}填写。",
            f"{one.short.en} is given in {one.unit}; “{text} {unit}” cannot be converted. Write it in {one.unit}.",
        ) from None
    return format(round(told, one.decimals), "f")


def _choice(one: Question, text: str) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    for candidate in (text.strip(), plain):
        code = one.as_type.code(candidate)
        if code in one.choices:
            return code
    folded = {_folded(word): code for code, words in one.choices.items() for word in (code, words.zh, words.en)}
    return folded.get(_folded(plain), text)


def _folded(text: str) -> str:
    """A choice as people type it: 1-3, 1—3 and 1～3 are 1–3; <=1 is ≤1."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace(" ", "").replace("<=", "≤").replace(">=", "≥")
    return re.sub(r"[-‐‑‒–—―~～至]", "–", plain).removesuffix("个月")


def said(one: Question, value: Answer, known: Lookups, language: str = "zh") -> str:
    """The answer in the reader's words; empty for none."""
    if isinstance(value, list):
        words = [one.choices[code].say(language) if code in one.choices else code for code in value]
        return ("、" if language.startswith("zh") else ", ").join(words)
    return said_field(one.as_field, value, known, language)

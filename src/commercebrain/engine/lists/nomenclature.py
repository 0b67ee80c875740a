"""Nomenclatures of goods, and reading one product code of them.

A code means something only with its nomenclature (China's tariff, the HTS of the United States, the Union's CN, the HS
itself) and edition: below six digits each divides by itself. Every code that the product keeps is read here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import isfinite
from typing import Any, Literal

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.yaml_text import read_yaml

CHAPTERS = frozenset(f"{n:02d}" for n in range(1, 98)) - {"77"}
#: What stands between the digits of a written code.
BETWEEN = re.compile(r"(?<=\d)[\s.·•・．\-‐–_]+(?=\d)")
MOST_DIGITS = 10
How = Literal["prefix", "hs6", "none"]


@dataclass(frozen=True, slots=True)
class Nomenclature:
    """One nomenclature: the lengths its codes have, the chapters beside 01–97, those whose numbers are no goods."""

    code: str
    name: Words
    digits: tuple[int, ...]
    also: tuple[str, ...]
    chapters: Mapping[str, Words]
    not_goods: Mapping[str, Words]
    editions: tuple[int, ...]
    source: str

    def has_chapter(self, chapter: str) -> bool:
        """Whether goods stand in a chapter (two digits)."""
        return chapter in CHAPTERS or chapter in self.chapters


@dataclass(frozen=True, slots=True)
class ProductCode:
    """A product code: its ``digits``, the ``nomenclature`` that they are of and its ``edition`` (a year; "" unsaid).

    ``note`` says what was mended on reading (a zero that a spreadsheet had dropped).
    """

    digits: str
    nomenclature: str = ""
    edition: str = ""
    note: Words | None = None

    @property
    def hs6(self) -> str:
        """The part that is common to all nomenclatures (shorter where the code is)."""
        return self.digits[:6]


@lru_cache(maxsize=1)
def last_headings() -> Mapping[str, int]:
    """Chapter → the number of its last heading, the same in every nomenclature and edition."""
    found: Mapping[str, int] = _declared()["HS"]["last_heading"]
    return found


def has_heading(digits: str) -> bool:
    """Whether the heading of a code of four digits or more can be there: not 00, not above its chapter's last."""
    return digits[2:4] != "00" and int(digits[2:4]) <= last_headings().get(digits[:2], 99)


def plausible(written: str) -> bool:
    """Whether written digits can be a code of four digits or more, of whatever nomenclature."""
    digits = BETWEEN.sub("", written)
    good = len(digits) in (4, 6, 8, 10) and digits.isascii() and digits.isdigit()
    return good and (digits[:2] in CHAPTERS or digits[:2] == "98") and has_heading(digits)


@lru_cache(maxsize=1)
def _declared() -> dict[str, Any]:
    text = (files("commercebrain.catalogue") / "codes" / "nomenclatures.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = read_yaml(text)
    return found


@lru_cache(maxsize=1)
def nomenclatures() -> Mapping[str, Nomenclature]:
    """Every nomenclature by its code, from ``catalogue/codes/nomenclatures.yaml``."""
    return {
        code: Nomenclature(
            code=code,
            name=Words.model_validate(one["name"]),
            digits=tuple(one["digits"]),
            also=tuple(one.get("also", ())),
            chapters={k: Words.model_validate(v) for k, v in one.get("chapters", {}).items()},
            not_goods={k: Words.model_validate(v) for k, v in one.get("not_goods", {}).items()},
            editions=tuple(one.get("editions", ())),
            source=one["source"]["doc"],
        )
        for code, one in _declared().items()
    }


def nomenclature(text: str) -> Nomenclature:
    """The nomenclature of a code or a name; :class:`UserError` (``code.no_nomenclature``) with those there are."""
    wanted = " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
    for one in nomenclatures().values():
        if wanted in {w.casefold() for w in (one.code, one.name.zh, one.name.en, *one.also)}:
            return one
    known = nomenclatures().values()
    raise UserError(
        "code.no_nomenclature",
        f"没有商品目录“{text[:40]}”，请写{'、'.join(f'{n.code}（{n.name.zh}）' for n in known)}之一。",
        f"There is no nomenclature “{text[:40]}”; write one of {', '.join(f'{n.code} ({n.name.en})' for n in known)}.",
    )


@lru_cache(maxsize=256)
def hs_edition(edition: str) -> str:
    """The edition of the Harmonized System that an edition of any nomenclature is built on ("2023" → "2022"); "" unsaid.

    By the year: an edition that changed over in the middle of a year (the HTS of 2017) counts with the newer one.
    """
    found = re.match(r"\d{4}", edition)
    if found is None:
        return ""
    year = int(found[0])
    built = [one for one in nomenclatures()["HS"].editions if one <= year]
    return str(built[-1]) if built else ""


def common(a: ProductCode, b: ProductCode) -> How:
    """How two codes can be compared: by ``prefix`` at any depth (one nomenclature, editions of one HS edition), at
    ``hs6`` (across nomenclatures or HS editions), or not at all (they share no heading)."""
    if alike(a.nomenclature, a.edition, b.nomenclature, b.edition):
        return "prefix" if a.digits.startswith(b.digits) or b.digits.startswith(a.digits) else "none"
    return "hs6" if a.hs6.startswith(b.hs6) or b.hs6.startswith(a.hs6) else "none"


def alike(nomenclature_a: str, edition_a: str, nomenclature_b: str, edition_b: str) -> bool:
    """Whether codes of both mean the same below six digits: one nomenclature, editions built on one HS edition.

    An edition that is not said is taken to be the other's.
    """
    same = not edition_a or not edition_b or hs_edition(edition_a) == hs_edition(edition_b)
    return same and nomenclature_a == nomenclature_b


def plain_digits(text: str) -> str:
    """The digits of a written code: full-width ones made plain, dots, spaces and hyphens between them left out.

    What is no digit stays, so that the caller can name it.
    """
    return BETWEEN.sub("", unicodedata.normalize("NFKC", text).strip(" '’`\t\u3000."))


def read_code(
    text: object,
    nomenclature_: str = "",
    edition: str = "",
    *,
    number: bool = False,
    table: Container[str] | None = None,
) -> ProductCode:
    """The code that ``text`` writes ("8471.30.0100", "８４７１３００１００", "8471 30 01").

    ``number``: it was a number in a spreadsheet, which drops a leading zero; an odd count of digits then is mended and
    noted. ``table`` holds the codes that exist, where such a table is loaded (a code of fewer digits passes if the
    caller put it in). Raises :class:`UserError`: ``code.not_digits``, ``code.lost_zero``, ``code.length``,
    ``code.no_chapter``, ``code.no_heading``, ``code.not_goods``, ``code.unknown``.
    """
    kind = nomenclature(nomenclature_) if nomenclature_ else None
    if isinstance(text, float) and isfinite(text) and not text.is_integer():
        raise _lost_zero(str(text))
    written = str(int(text)) if isinstance(text, float) and isfinite(text) else str(text)
    if re.fullmatch(r"\s*\d{6,10}\.0\s*", written):  # a number that was written out as text
        written, number = written.strip()[:-2], True
    shown, digits = written.strip()[:40], plain_digits(written)
    if not digits.isascii() or not digits.isdigit():
        raise UserError(
            "code.not_digits",
            f"商品编码“{shown}”里有不是数字的字符，请只写数字，如 84713000。",
            f"The product code “{shown}” holds more than digits; write digits only, like 84713000.",
        )
    note: Words | None = None
    if len(digits) % 2 and len(digits) < MOST_DIGITS:
        if not (number or isinstance(text, (int, float))):
            raise _lost_zero(shown)
        digits = f"0{digits}"
        note = Words(
            zh=f"“{shown}”按“{digits}”读取：表格把开头的0去掉了。",
            en=f"“{shown}” is read as “{digits}”: the spreadsheet dropped the leading zero.",
        )
    lengths = kind.digits if kind else (2, 4, 6, 8, 10)
    if len(digits) not in lengths:
        told = "、".join(map(str, lengths))
        raise UserError(
            "code.length",
            f"商品编码“{shown}”有{len(digits)}位，{kind.name.zh if kind else '商品目录'}的编码是{told}位。",
            f"The product code “{shown}” has {len(digits)} digits; codes of {kind.name.en if kind else 'nomenclatures'} "
            f"have {told.replace('、', ', ')}.",
        )
    _check_chapter(shown, digits[:2], kind)
    if len(digits) >= 4 and not has_heading(digits):
        raise UserError(
            "code.no_heading",
            f"商品编码“{shown}”的品目“{digits[:4]}”不存在，请核对。",
            f"There is no heading {digits[:4]}, which “{shown}” begins with; check it.",
        )
    if table is not None and digits not in table:
        raise UserError(
            "code.unknown",
            f"商品编码“{shown}”不在{edition}版{kind.name.zh if kind else '编码表'}里，请核对。",
            f"The product code “{shown}” is not in {kind.name.en if kind else 'the code table'} {edition}; check it.",
        )
    return ProductCode(digits, kind.code if kind else "", edition, note)


def _lost_zero(shown: str) -> UserError:
    digits = plain_digits(shown)
    return UserError(
        "code.lost_zero",
        f"商品编码“{shown}”有{len(digits)}位，编码的位数是双数：可能是开头或末尾的0丢了"
        f"（0{digits} 还是 {digits}0？），请把该列设为文本后补全。",
        f"The product code “{shown}” has {len(digits)} digits, and codes have an even number of them: a zero at its "
        f"beginning or end may be lost (0{digits} or {digits}0?); make the column text and complete it.",
    )


def _check_chapter(shown: str, chapter: str, kind: Nomenclature | None) -> None:
    if kind is None:  # any nomenclature: a chapter that one of them has
        kinds = nomenclatures().values()
        if any(one.has_chapter(chapter) for one in kinds) and chapter != "99":
            return
        words = nomenclatures()["USHTS"].not_goods.get(chapter)
    else:
        if kind.has_chapter(chapter):
            return
        words = kind.not_goods.get(chapter)
    if words is not None:
        raise UserError(
            "code.not_goods",
            f"编码“{shown}”属于第{chapter}章：{words.zh}。",
            f"The code “{shown}” is of chapter {chapter}: {words.en}.",
        )
    raise UserError(
        "code.no_chapter",
        f"商品编码“{shown}”的前两位“{chapter}”不是{kind.name.zh if kind else '商品目录'}的章。",
        f"The first two digits of “{shown}”, {chapter}, are no chapter of {kind.name.en if kind else 'a nomenclature'}.",
    )

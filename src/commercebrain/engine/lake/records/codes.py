"""What one text in a coded column says: its canonical value, nothing, or a fault told in a sentence.

Every distinct text of a file is read once, however many lines carry it.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Number, Say, exact, formula_error, plain, read_date, read_number, read_text
from commercebrain.engine.lake.dataset import fold
from commercebrain.engine.lake.names import Names
from commercebrain.engine.lake.records.schema import RecordColumn, RecordDataset
from commercebrain.engine.yaml_text import read_yaml

_FLOAT = re.compile(r"-?\d+\.0+")
_NUMERIC = re.compile(r"-?\d(?:\.\d+)?[eE]\+\d+|\d{16,}\.0+")
_LONG_FLOAT = re.compile(r"-?\d+\.\d{9,}(?:[eE]-?\d+)?|-?\d+(?:\.\d+)?e-\d+")
_MONTH = re.compile(
    r"(?P<y>\d{4})(?:[-/.年]\s*(?P<m>\d{1,2})月?(?:份)?|(?P<n>\d{2}))(?:[-/.]?(?P<d>\d{1,2})(?:日|[T ]00:00.*)?)?"
)
#: A spreadsheet shows 123456789012 as 1.23457E+11: so many digits after the point mean that more were lost.
_SHOWN_DIGITS = 5
#: Columns of a code list that name its code.
_NAMED_BY = ("code", "iso2", "iso_num", "name_zh", "name_en")


class Codebook:
    """Reads the texts of one dataset's columns. ``overrides``: column → word in the file → value, for this file."""

    def __init__(self, dataset: RecordDataset, overrides: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.dataset = dataset
        self._overrides = {
            name: {fold(word): value for word, value in words.items()} for name, words in (overrides or {}).items()
        }

    def read(self, name: str, raw: str | None) -> str | int | Say | None:
        """The canonical value (texts; a month as int yyyymm, a date as ISO text), None for nothing, or what is wrong."""
        column = self.dataset.columns[name]
        text = plain(raw or "")
        if not text:
            return None
        if found := formula_error(text):
            return Say(f"公式出错（{found}），没有结果", f"is a formula error ({found}) without a result")
        kind = "region" if column.type == "region" else name
        if (told := self._overrides.get(kind, {}).get(fold(text))) is not None:
            text = told
        if column.type == "date":
            day = read_date(text)
            return day if isinstance(day, Say) else day.isoformat()
        if column.type == "month":
            return read_month(text)
        if _NUMERIC.fullmatch(text):
            said = read_text(float(text))
            if isinstance(said, Say):
                return said
        if _FLOAT.fullmatch(text):  # a code that the spreadsheet keeps as a number
            text = text.partition(".")[0]
        if column.type == "uscc":
            return _uscc(text)
        if column.type == "region":
            return _regions().read("region", text)
        if column.type == "choice":
            return _choice(column, text)
        return _code(column, text)

    def number(self, name: str, raw: str) -> int | Say | None:
        """A number that SQL could not read for sure, as a whole count of the column's last digit."""
        column = self.dataset.columns[name]
        text = plain(raw)
        if _LONG_FLOAT.fullmatch(text):  # what a spreadsheet keeps for 0.3 is 0.30000000000000004
            text = format(exact(float(text)), "f")
        elif found := re.fullmatch(r"[+-]?\d+(?:\.(\d+))?[eE]\+?\d{1,2}", text):
            if len(found[1] or "") < _SHOWN_DIGITS:
                return _counted(column, Decimal(text))
            return Say(
                "写成了科学计数法，可能已丢失位数；请把单元格改为数值格式后重新保存",
                "is in scientific notation and may have lost digits; format the cell as a number and save again",
            )
        read = read_number(text, missing_marks=frozenset(), bounds_before={}, bounds_after={})
        if isinstance(read, Say):
            return read
        assert isinstance(read, Number)  # noqa: S101 - narrows the type
        if read.unit and read.unit != (column.unit or ""):
            return Say(
                f"数字后面有“{read.unit}”，这里只填数", f"has “{read.unit}” after the number; write the number alone"
            )
        return None if read.value is None else _counted(column, read.value)


def _counted(column: RecordColumn, value: Decimal) -> int | Say:
    scaled = value.scaleb(column.scale)
    if scaled != scaled.to_integral_value():
        if column.type == "integer":
            return Say(
                f"不是整数{column.unit}；请填到{column.unit}", f"is no whole number of {column.unit}; write whole units"
            )
        return Say(
            f"小数超过 {column.scale} 位；请四舍五入后填写",
            f"has more than {column.scale} digits after the point; round it",
        )
    if abs(scaled) >= 10**18:
        return Say("位数过多（最多18位）", "has too many digits (at most 18)")
    return int(scaled)


def read_month(text: str) -> int | Say:
    """The month yyyymm in 202407, 2024-07, 2024/7, 2024.07, 2024年7月, or a day of it."""
    if re.fullmatch(r"\d{6}\.0+", text):
        text = text[:6]
    if re.fullmatch(r"\d{4}\.1", text):  # a spreadsheet makes 2024.1 of 2024.10
        return Say(
            f"{text} 分不清是1月还是10月（表格软件会把 2024.10 存成 2024.1）；请写成 2024-01 或 2024-10",
            f"is {text}, which may be January or October (spreadsheets store 2024.10 as 2024.1); "
            "write it like 2024-01 or 2024-10",
        )
    found = _MONTH.fullmatch(text)
    if found is not None:
        year, month = int(found["y"]), int(found["m"] or found["n"])
        if 1900 <= year <= 2199 and 1 <= month <= 12 and 1 <= int(found["d"] or 1) <= 31:
            return year * 100 + month
    return Say("不是月份，请写成 2025-07 这样的形式", "is not a month; write it like 2025-07")


_USCC = re.compile(r"[0-9]{8}[0-9ABCDEFGHJKLMNPQRTUWXY]{9}[0-9ABCDEFGHJKLMNPQRTUWXY]")
_VALUE = {letter: number for number, letter in enumerate(uscc.ALPHABET)}
_POWERS = tuple(3**place % 31 for place in range(17))


def _canonical_uscc(text: str) -> bool:
    """Whether a text is a credit code as the standard writes it, check digit included (GB 32100)."""
    if not _USCC.fullmatch(text):
        return False
    total = sum([_VALUE[letter] * power for letter, power in zip(text, _POWERS, strict=False)])
    return bool((31 - total % 31) % 31 == _VALUE[text[17]])


def _uscc(text: str) -> str | Say:
    if _canonical_uscc(text):
        return text
    try:
        return uscc.check(text)
    except UserError as fault:
        return Say(fault.zh.rstrip("。"), fault.en.rstrip("."))


def _choice(column: RecordColumn, text: str) -> str | Say:
    wanted = fold(text)
    for code, words in column.of.items():
        if wanted == fold(code) or wanted in {fold(word) for word in words}:
            return code
    there = "、".join(f"{code}（{words[0]}）" if words else code for code, words in column.of.items())
    return Say(f"不在可选的值里：{there}", f"is none of {', '.join(column.of)}")


def _code(column: RecordColumn, text: str) -> str | Say:
    digits = column.digits
    if digits:
        bare = re.sub(r"[.\s]", "", text)
        if bare.isdigit() and bare.isascii():
            if len(bare) + 1 in digits and len(bare) not in digits:
                bare = "0" + bare  # a spreadsheet drops the first 0 of chapters 01 to 09
            if len(bare) in digits and (not column.known or bare in code_list(str(column.list)).values()):
                return bare
        if not column.known or bare.isdigit():
            many = "或".join(str(n) for n in digits)
            return Say(
                f"不是{many}位数字的{column.label.zh}",
                f"is no {column.label.en.lower()} of {many.replace('或', ' or ')} digits",
            )
    words = code_list(str(column.list))
    if (code := words.get(fold(text))) is not None:
        return code
    widths = {len(code) for code in set(words.values()) if code.isdigit()}
    if text.isdigit() and len(widths) == 1 and (code := words.get(text.zfill(next(iter(widths))))) is not None:
        return code
    if not column.known:
        return text
    near = difflib.get_close_matches(fold(text), words, n=1, cutoff=0.75)
    hint_zh = f"，最接近的是“{near[0]}”" if near else ""
    hint_en = f"; the nearest is “{near[0]}”" if near else ""
    return Say(
        f"不在{column.label.zh}的代码表里{hint_zh}；请改成代码表里的代码或名称",
        f"is not in the code list of {column.label.en.lower()}{hint_en}; write a code or name from it",
    )


@lru_cache(maxsize=16)
def code_list(name: str) -> dict[str, str]:
    """Folded word → code of ``catalogue/codes/<name>``; a name that two codes share names neither."""
    folder = files("commercebrain.catalogue") / "codes"
    found: dict[str, set[str]] = {}
    sheet, declared = folder / f"{name}.csv", folder / f"{name}.yaml"
    if sheet.is_file():
        for row in csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8"))):
            words = [row.get(column) for column in _NAMED_BY] + (row.get("synonyms") or "").split("|")
            for word in filter(None, words):
                found.setdefault(fold(word), set()).add(row["code"])
    elif declared.is_file():
        for code, names in read_yaml(declared.read_text(encoding="utf-8")).items():
            for word in (code, *(names.values() if isinstance(names, dict) else ())):
                if isinstance(word, str):
                    found.setdefault(fold(word), set()).add(str(code))
    else:
        raise UserError(
            "catalogue.no_codes", f"目录里没有代码表“{name}”。", f"The catalogue has no code list “{name}”."
        )
    own = {fold(code): code for codes in found.values() for code in codes}
    return {word: next(iter(codes)) for word, codes in found.items() if len(codes) == 1} | own


@lru_cache(maxsize=1)
def _regions() -> Names:
    """Regions alone, as intake of observations matches them."""
    text = (files("commercebrain.catalogue") / "codes" / "regions.csv").read_text(encoding="utf-8")
    regions: dict[str, list[str]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        regions.setdefault(row["code"], []).extend(name for name in (row["name_zh"], row["name_en"]) if name)
    return Names(regions=regions)

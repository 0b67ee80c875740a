"""Numbers of official documents 发文字号, such as 绍政发〔2023〕5号 (GB/T 9704—2012, 7.2.5)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from commercebrain.engine.errors import UserError

_NUMBER = re.compile(r"([一-鿿]{1,16})[〔\[(【]((?:19|20)\d\d)[〕\])】]第?0*([1-9]\d{0,4})号")


def document_number(text: str, on: date | None = None) -> str:
    """``text`` as a document number in its proper form: 绍政发[2023]05号 → 绍政发〔2023〕5号.

    Raises :class:`UserError` (``documents.number``) when it is none: organ's mark, year in 〔〕, number, 号; and
    (``documents.number_year``) when its year lies after ``on``, the day of the document.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).replace("〔", "(").replace("〕", ")").split())
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise UserError(
            "documents.number",
            f"“{text.strip()[:40]}”不像发文字号；应为机关代字、年份、序号，例如：绍政发〔2023〕5号。",
            f"“{text.strip()[:40]}” is no document number; it has the organ's mark, a year and a number, "
            "such as 绍政发〔2023〕5号.",
        )
    mark, year, number = found.groups()
    if on is not None and int(year) > on.year:
        raise UserError(
            "documents.number_year",
            f"文号的年份 {year} 晚于文件日期 {on}，请核对。",
            f"The number is of {year}, which is later than the document's day {on}; check both.",
        )
    return f"{mark}〔{year}〕{number}号"

"""Finding product codes in text: a pasted column, a csv, a notice in Chinese or English.

What has the shape of a code is no code yet: dates, amounts, telephone numbers and the numbers of documents have it too. A
shape that only codes have (``8471.30.01``, eight digits) is taken anywhere; a weaker one (``8501.10``, ``8708``) after a
word such as 税则号列 or *subheading*, in a list that such a word opened, in a column of codes, or in a paste of codes.
What stands among codes and is none is kept and says why: nothing is dropped without a word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.columns_of_text import BULLET, code_spans, opens_lines
from commercebrain.engine.lists.nomenclature import CHAPTERS, plausible, read_code
from commercebrain.engine.lists.ranges import between

PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x00A0: 0x20, 0x00B7: 0x2E}
TOKEN = re.compile(
    r"(?:(?<![0-9A-Za-z_.])|(?<=[Ee][Xx])|(?<=[Hh][Ss])|(?<=[Tt][Ss]))"
    r"(?:\d{4} \d{2} \d{2}(?: \d{2})?(?![\d.])|\d+(?:\.\d+)*(?:(?<=\.\d\d) \d{2}(?![\d.]))?)(?![0-9A-Za-z_])"
)
CONTEXT = re.compile(
    r"税则号列|税则号|税则编号|税则税目|税号|税目|品目|子目|商品编[码号]|海关编[码号]|产品编[码号]|税则|编码"
    r"|\bHS(?:[ -]?codes?)?(?![A-Za-z])|\bHTS(?:US)?(?![A-Za-z])|\b(?:sub)?headings?\b|\bTARIC\b|\bCN codes?\b"
    r"|\b(?:tariff|commodity|product|customs) (?:codes?|lines?|items?|numbers?)\b",
    re.IGNORECASE,
)
GLUE = re.compile(
    r"(?:[\s、,;:/*·~“”\"'\[\]–—-]|\([^()\n]{0,60}\)|[(]|and|or|to|through|ex\.?|nos?\.?|numbers?|codes?|of|the|under|in"
    r"|[-–~至]\s?\d{2}(?![\d.])|第\s*\d{1,2}\s*章|chapters?\s+\d{1,2}|和|及|与|或|至|到|项下|的|为|是|包括|下列|以下|如下|部分|等|第|[nN]os?\.?"
    r"|(?:sub)?headings?|HTS(?:US)?|HS|税则号列|税号|税目|品目|子目|编码)*",
    re.IGNORECASE,
)
#: What makes a number an amount, a count or a date when it stands right behind it, and when right before.
AFTER = re.compile(
    r"\s?(?:%|‰|个百分点|亿|美元|美金|欧元|日元|公斤|千克|平方|公里|号令|号(?!列)|吨|户|岁|届"
    r"|万(?![用向能])|千(?!斤顶)|百(?![货叶])|元(?![素件明])|克(?!拉)|升(?!降)|个(?!人)|件|台(?![式灯秤球布钟虎])|套(?![装筒管])"
    r"|家(?![具用电禽畜纺居])|人(?![造发用工])|次(?![氯磷级硫])|倍|立方(?!体)|米(?![粉面线糠])|年(?!糕)|月(?!饼)|日(?![用光本])"
    r"|时(?!钟)|分(?![析离配立])|秒(?!表)|天(?![然平线窗])|周(?!转)|版(?![画纸])|页(?!岩)"
    r"|(?:USD|EUR|RMB|CNY|dollars?|yuan|million|billion|per ?cent|percent|tons?|tonnes|units?|days?|months?|years?|kg|km"
    r"|pages?)\b)",
    re.IGNORECASE,
)
BEFORE = re.compile(
    r"(?:[$¥€£￥]|USD|RMB|CNY|EUR|电话|传真|热线|手机|邮编|邮政编码|账号|帐号|信用代码|机构代码|\btel\.?|\bfax|\bphone|\+\d{1,3}"
    r"|(?<!\d)0\d{2,3}-|\bFR|\bOJ)[\s:()-]*$",
    re.IGNORECASE,
)
RANGE = re.compile(
    r"\s*(?:项下)?\s*(?:至|到|~|-|–|—|\bto\b|\bthrough\b|\bthru\b)\s*(?:第|税号|税目|品目|(?:sub)?headings?)?\s*", re.I
)
EX = re.compile(r"(?:(?<![A-Za-z])ex\.?|部分)\s*$", re.IGNORECASE)
CHAPTER = re.compile(
    r"第\s*\d{1,2}\s*章?(?:\s*(?:[、,和及与至到~–—-]|以及)\s*第?\s*\d{1,2}\s*章?)*(?<=章)"
    r"|\bchapters?\s+\d{1,2}(?:\s*(?:,|and|&|to|through|–|—|-)\s*(?:and\s+|chapters?\s+)?\d{1,2}(?!\d))*",
    re.IGNORECASE,
)
STRONG = frozenset({(4, 2, 2), (4, 2, 4), (4, 2, 2, 2), (4, 4), (4, 4, 2), (8,), (10,)})
WEAK = frozenset({(4, 2), (2, 2), (2, 2, 2), (2, 2, 2, 2), (2, 2, 2, 2, 2), (4,), (6,)})


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code in a text, from ``start`` to ``end``: its ``digits``, or ``through`` which digits a range goes.

    ``ex``: a part of the code's goods only. ``note`` says what was mended; ``fault`` why it is no code (then it stands
    for nothing).
    """

    digits: str
    text: str
    start: int
    end: int
    ex: bool = False
    through: str = ""
    note: Words | None = None
    fault: Words | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that it stands for: of a range the fewest that hold all of it; none of what is faulty."""
        if self.fault is not None:
            return ()
        return between(self.digits, self.through) if self.through else (self.digits,)


def find_codes(text: str, *, only_codes: bool = False) -> list[FoundCode]:
    """The product codes in ``text`` in order, with what looked like one and is none.

    ``only_codes``: the text is a cell or a field for codes, so that every number in it is meant as one.
    """
    plain = text.translate(PLAIN)
    only_codes = only_codes or bool(re.fullmatch(r"(?:\s*\d{2}\s*[\n,;、])*\s*\d{2}\s*", plain))
    found = [*_chapters(plain), *_ranged(list(_tokens(plain, only_codes)), plain)]
    return sorted((replace(one, text=text[one.start : one.end]) for one in found), key=lambda one: one.start)


def _tokens(text: str, only_codes: bool) -> Iterator[FoundCode]:
    words = [(match.start(), match.end()) for match in CONTEXT.finditer(text)]
    ends = [end for _, end in words]
    columns = code_spans(text)
    lined = opens_lines(text, TOKEN)
    breaks = [match.start() for match in re.finditer("\n", text)]
    last = -1
    for match in TOKEN.finditer(text):
        start, end = match.span()
        line = bisect_right(breaks, start)
        line_start = breaks[line - 1] + 1 if line else 0
        if columns is not None and columns.of_line(line_start):
            meant = columns.holds(start, end)
            if not meant and "." not in match[0]:
                continue
        else:
            before = bisect_right(ends, start)
            near = max(last, ends[before - 1] if before else -1)
            meant = only_codes or (
                0 <= near <= start and start - near <= 120 and bool(GLUE.fullmatch(text, near, start))
            )
            meant = meant or ((lined or before > 0) and _first_of_line(text, line_start, start))
        one = _read(text, start, end, meant)
        if one is None and only_codes and match[0] in CHAPTERS:
            one = FoundCode(match[0], match[0], start, end)
        if one is None:
            continue
        if one.fault is None or meant:
            last = end
        yield one


def _first_of_line(text: str, line_start: int, start: int) -> bool:
    """Whether nothing but a bullet or a number of the row stands before it on its line."""
    return bool(BULLET.fullmatch(text, line_start, start))


def _read(text: str, start: int, end: int, meant: bool) -> FoundCode | None:
    """The code from ``start`` to ``end``; None for a number of another kind. ``meant``: a code is expected there."""
    written = text[start:end]
    shape = tuple(len(part) for part in re.split(r"[. ]", written))
    if AFTER.match(text, end) or BEFORE.search(text[max(0, start - 24) : start]):
        return None
    if not meant and (shape not in STRONG or _a_date(written)):
        return None
    digits = written.replace(".", "").replace(" ", "")
    ex = bool(EX.search(text[max(0, start - 6) : start]))
    one = FoundCode(digits, written, start, end, ex)
    if shape in STRONG | WEAK and plausible(written):
        return one
    if not meant:
        not_goods = digits[:2] == "99" and "." in written
        return replace(one, fault=_why(written)) if not_goods else None
    if len(digits) < 4 or _a_date(written):
        return None
    if len(digits) % 2 and "." not in written and len(digits) < 10 and plausible(f"0{digits}") and len(digits) >= 7:
        note = Words(
            zh=f"“{written}”按“0{digits}”读取：开头的0丢了。",
            en=f"“{written}” is read as “0{digits}”: its leading zero was lost.",
        )
        return replace(one, digits=f"0{digits}", note=note)
    return replace(one, fault=_why(written))


def _why(written: str) -> Words:
    """Why it is no code, as reading it alone says."""
    try:
        read_code(written)
    except UserError as fault:
        return Words(zh=fault.zh, en=fault.en)
    return Words(
        zh=f"“{written}”不像商品编码，请核对。", en=f"“{written}” does not look like a product code; check it."
    )


def _a_date(written: str) -> bool:
    """Whether it can be read as a day of these times (20180615, 2018.06.15)."""
    found = re.fullmatch(r"((?:19|20)\d{2})\.?(\d{2})\.?(\d{2})", written)
    if found is None:
        return False
    try:
        return date(*map(int, found.groups())).year >= 1949
    except ValueError:
        return False


def _ranged(found: Sequence[FoundCode], text: str) -> Iterator[FoundCode]:
    """Codes with “to” between them become one range."""
    place = 0
    while place < len(found):
        one = found[place]
        after = found[place + 1] if place + 1 < len(found) else None
        if one.fault is None and one.digits and (short := _short_end(one, text)) is not None:
            end, through = short
            place += 1
            yield replace(one, end=end, through=through)
            continue
        if after is None or one.fault or after.fault or not RANGE.fullmatch(text, one.end, after.start):
            yield one
            place += 1
            continue
        place += 2
        both = replace(one, end=after.end, through=after.digits)
        if len(one.digits) != len(after.digits) or after.digits < one.digits:
            span = text[one.start : after.end]
            why = Words(
                zh=f"“{span}”的起止位数不同或顺序相反，不能确定范围；请分别写出各编码。",
                en=f"The ends of “{span}” differ in length or stand the wrong way round; write the codes one by one.",
            )
            yield replace(both, fault=why)
        elif not between(one.digits, after.digits):
            span = text[one.start : after.end]
            why = Words(
                zh=f"“{span}”的范围太大，不像一段编码；请核对。",
                en=f"“{span}” is too wide for a range of codes; check it.",
            )
            yield replace(both, fault=why)
        else:
            yield both


def _short_end(one: FoundCode, text: str) -> tuple[int, str] | None:
    """The end of a range that names its last two digits only: 8418.10-69."""
    found = re.compile(r"\s?[-–~至]\s?(\d{2})(?![\d.])").match(text, one.end)
    if found is None or "." not in text[one.start : one.end] or AFTER.match(text, found.end()):
        return None
    through = one.digits[:-2] + found[1]
    return (found.end(), through) if through > one.digits else None


def _chapters(text: str) -> Iterator[FoundCode]:
    """Whole chapters: 第84章, 第84章至第85章, chapters 84 and 85. A heading of the document itself is none."""
    for match in CHAPTER.finditer(text):
        chinese = match[0].startswith("第")
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        titled = chinese and not line.strip() and re.match(r"\s+[\u4e00-\u9fff]", text[match.end() : match.end() + 9])
        if titled and not CONTEXT.search(text, 0, match.start()):
            continue
        numbers = list(re.finditer(r"\d{1,2}", match[0]))
        read = [
            FoundCode(f"{int(n[0]):02d}", n[0], match.start() + n.start(), match.start() + n.end())
            for n in numbers
        ]  # fmt: skip
        checked = [
            one if one.digits in CHAPTERS or one.digits == "98" else replace(one, fault=_why(one.digits))
            for one in read
        ]
        if checked:
            checked[0] = replace(checked[0], start=match.start())
            checked[-1] = replace(checked[-1], end=match.end())
        place = 0
        while place < len(checked):
            gap = match[0][numbers[place].end() : numbers[place + 1].start()] if place + 1 < len(checked) else ""
            ranged = re.search(r"至|到|~|-|–|—|\bto\b|through", gap)
            after = checked[place + 1] if ranged else None
            if (
                after is not None
                and not checked[place].fault
                and not after.fault
                and after.digits > checked[place].digits
            ):
                yield replace(checked[place], end=after.end, through=after.digits)
                place += 2
            else:
                yield checked[place]
                place += 1

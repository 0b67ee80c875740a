"""A code in a text, and what the text makes of it: ranges, whole chapters, exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.nomenclature import CHAPTERS, read_code
from commercebrain.engine.lists.notation import AFTER, ALSO, CHAPTER, CONTEXT, EXCEPT_AFTER, EXCEPT_BEFORE, RANGE
from commercebrain.engine.lists.ranges import between


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code in a text, from ``start`` to ``end``: its ``digits``, or ``through`` which digits a range goes.

    ``ex``: a part of the code's goods only. ``excepted``: the text takes it out (“第84章，8471除外”). ``note`` says what was mended; ``fault`` why it is no code (then it stands
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
    excepted: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that it puts on a list: of a range the fewest that hold all of it; none of what is faulty or excepted."""
        return () if self.excepted else self._held()

    @property
    def excepts(self) -> tuple[str, ...]:
        """The codes that it takes out of a list."""
        return self._held() if self.excepted else ()

    def _held(self) -> tuple[str, ...]:
        if self.fault is not None:
            return ()
        return between(self.digits, self.through) if self.through else (self.digits,)


def why(written: str) -> Words:
    """Why it is no code, as reading it alone says."""
    try:
        read_code(written)
    except UserError as fault:
        return Words(zh=fault.zh, en=fault.en)
    return Words(
        zh=f"“{written}”不像商品编码，请核对。", en=f"“{written}” does not look like a product code; check it."
    )


def ranged(found: Sequence[FoundCode], text: str) -> Iterator[FoundCode]:
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


def chapters(text: str) -> Iterator[FoundCode]:
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
            one if one.digits in CHAPTERS or one.digits == "98" else replace(one, fault=why(one.digits)) for one in read
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


def excepted(found: Sequence[FoundCode], text: str) -> list[FoundCode]:
    """The codes with those marked that the text takes out; each says so."""
    out = [False] * len(found)
    for place, one in enumerate(found):
        linked = place > 0 and bool(ALSO.fullmatch(text, found[place - 1].end, one.start))
        if EXCEPT_BEFORE.search(text[max(0, one.start - 40) : one.start]) or (linked and out[place - 1]):
            out[place] = True
        if EXCEPT_AFTER.match(text, one.end) and not out[place]:
            back = place
            out[back] = True
            while back and ALSO.fullmatch(text, found[back - 1].end, found[back].start):
                back -= 1
                out[back] = True
    return [_taken_out(one) if gone and not one.fault else one for one, gone in zip(found, out, strict=True)]


def _taken_out(one: FoundCode) -> FoundCode:
    note = Words(zh=f"“{one.text}”在文中写作除外，不列入。", en=f"The text excepts “{one.text}”; it is left out.")
    return replace(one, excepted=True, note=note)

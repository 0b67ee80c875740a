"""What the text says in words beside its amounts: lists with their count, directions, definitions by example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from commercebrain.engine.planaudit.findings import Quote
from commercebrain.engine.planaudit.ledger import Document, Figure
from commercebrain.engine.planaudit.names import stem
from commercebrain.engine.plantext.numbers import chinese

_NUM = r"(?:\d{1,4}|[一二两三四五六七八九十]{1,3})"
_COUNTED = re.compile(
    rf"(?<![\d.第+\-“,，年])(?P<n>{_NUM})\s*(?P<u>大|条|个|项|类|家)\s*(?P<noun>[\u4e00-\u9fff]{{2,14}})"
)
_CLOSE = re.compile(
    r"(?P<more>等)?(?<![\d第一二三四五六七八九十百])(?P<n>[二两三四五六七八九十]{1,2}|[2-9]|1\d)\s*(?P<u>大|个|类)(?P<noun>[\u4e00-\u9fff]{1,12})"
)
_PIECE = re.compile(r"(?:[^，。；;：:（）()\t\n]|（[^（）]{0,20}）|\([^()]{0,20}\))+")
_LEAD_VERB = re.compile(
    r"^.*?(?:构建|建立|做强|做大|做优|打造|聚焦|围绕|推进|发展|建设|强化|实施|包括|形成|完善|突出|培育|抢抓|通过|加快|依托|深化|开展|即|为|以|对|在|把|将)"
)
_ENDED = re.compile(r"[。；;！？：:]$")
_SHORT = 24
_OWN_COUNT = re.compile(r"\d\s*[个家条项类]")
_TAIL = re.compile(r"(?:建设|培育|发展|工作|创建|试点工作|网上办理|提升|改革)$")
_UP = r"(?:进一步|稳步|持续|不断|明显|显著)?(?:提升|提高|上升|增加|扩大)"
_HOLD = r"(?:保持|稳定|维持)"
_DIRECTION = re.compile(
    rf"(?:(?P<hold1>{_HOLD})(?P<w1>全国|全省)?占?(?:全国|全省)?(?:的)?(?:市场)?占?比?(?:份额|比重)"
    rf"|占(?P<w2>全国|全省)(?:市场|进出口|出口)?的?(?:总额|总量)?的?(?:份额|比重|比例)(?:(?P<up>{_UP})|(?P<hold2>{_HOLD})))"
)
_EXAMPLES = re.compile(
    r"(?P<items>[\u4e00-\u9fff]{2,10}(?:、[\u4e00-\u9fff]{2,10})+?)等(?P<noun>新型[\u4e00-\u9fff]{2,6}|[\u4e00-\u9fff]{2,6})(?=[，。；规比])"
)
_VERBS = re.compile(r"^(?:大力|积极|加快|推动|推进|发展|培育|壮大|做大|做强|特别是|以及|和)+")


_CLAUSE_OF_SHARE = re.compile(r"(?:占(?![^，。]{0,8}(?:任务|目标|计划|预算|进度))|贡献了)[^，。；;\n]{0,80}")
_REACHES = "达到|提高到|提升到|跃升至|提升至|提高至|上升到|上升至|超过|突破|接近|达|为|至|约|近|逾|的|了|比|比重|份额"
_SHARE_SAID = re.compile(
    rf"占(?:[\u4e00-\u9fffA-Z]{{0,14}}?)(?:{_REACHES})*\s*(?P<n>\d+(?:\.\d+)?)\s*%|(?P<m>\d+(?:\.\d+)?)\s*%\s*的(?!增)"
)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things named after it: 35 of 省级服务贸易发展基地."""

    quote: Quote
    region: str
    noun: str
    value: int
    shown: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list and the number that closes it: six names and 六大区块.

    ``most`` counts the items with 和 inside as two; ``more`` when 等 leaves some out.
    """

    quote: Quote
    items: tuple[str, ...]
    most: int
    said: int
    more: bool
    shown: str


@dataclass(frozen=True, slots=True)
class Direction:
    """Where a share is to go: ``hold`` or ``up``."""

    quote: Quote
    region: str
    part: str
    whole: str
    way: str


def _number(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    value = chinese(text)
    return int(value) if value is not None else None


def joined(text: str) -> tuple[str, list[int]]:
    """The text with the lines of a paragraph put together, and where each of its characters stands.

    A line that ends a sentence, a short one (a heading) and the rows of tables keep their end.
    """
    out: list[str] = []
    at: list[int] = []
    position = 0
    for line in text.splitlines(keepends=True):
        body = line.rstrip("\r\n")
        bare = body.strip()
        if bare:
            row = "\t" in bare
            if row and out and out[-1] != "\n":
                out.append("\n")
                at.append(position)
            out += body
            at += range(position, position + len(body))
            if row or _ENDED.search(bare) or (len(bare) <= _SHORT and not re.search("[，、]", bare[3:])):
                out.append("\n")
                at.append(position + len(body))
        position += len(line)
    return "".join(out), [*at, len(text)]


def counts(document: Document) -> Iterator[Count]:
    """Numbers of things with their noun behind them."""
    text, at = joined(document.text)
    for match in _COUNTED.finditer(text):
        value = _number(match["n"])
        noun = _TAIL.sub("", match["noun"])
        if value is not None and len(noun) >= 5:
            quote = document.quote(at[match.start()], at[match.end() - 1] + 1)
            yield Count(quote, document.region, noun, value, quote.quote)


def shares_said(document: Document) -> Iterator[tuple[Quote, float]]:
    """Percentages that the text calls a share of something: (the words, the per cent)."""
    text, at = joined(document.text)
    for clause in _CLAUSE_OF_SHARE.finditer(text):
        for match in _SHARE_SAID.finditer(clause.group()):
            start, end = clause.start() + match.start(), clause.start() + match.end()
            yield document.quote(at[start], at[end - 1] + 1), float(match["n"] or match["m"])


def lists(document: Document) -> Iterator[Listed]:
    """Enumerations that end in their own count."""
    text, at = joined(document.text)
    for match in _PIECE.finditer(text):
        if not 6 <= len(match.group()) <= 240 or "、" not in match.group():
            continue
        piece = re.sub(r"[“”]|（[^（）]*）|\([^()]*\)", "", match.group())
        found = _CLOSE.search(piece, piece.find("、") + 1)
        if found is None or "、" not in piece or _OWN_COUNT.search(piece[: found.start()]):
            continue
        items = piece[: found.start()].split("、")
        items[0] = _LEAD_VERB.sub("", items[0]) or items[0]
        # 研发设计和科技服务业 is one item or two: both readings count.
        pairs = sum(bool(re.search(r".(?:和|以及|与).", item)) for item in items)
        said = _number(found["n"])
        if said is not None and len(items) >= 3 and all(2 <= len(item) <= 24 for item in items):
            quote = document.quote(at[match.start()], at[match.end() - 1] + 1)
            yield Listed(
                quote,
                tuple(items),
                len(items) + pairs,
                said,
                bool(found["more"]),
                found["n"] + found["u"] + found["noun"],
            )


def directions(document: Document) -> Iterator[Direction]:
    """Shares that are to be kept or raised, with the indicator before them."""
    text, at = joined(document.text)
    for match in _DIRECTION.finditer(text):
        row = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        end = end if end >= 0 else len(text)
        cells = [cell.strip() for cell in text[row:end].split("\t")]
        whole = match["w1"] or match["w2"] or "全国"
        way = "up" if match["up"] else "hold"
        if len(cells) > 2:
            named = next((cell for cell in cells if "占" + whole in cell and "保持" not in cell), None)
            if named is not None:
                quote = document.quote(at[row], at[end - 1] + 1)
                yield Direction(quote, document.region, stem(named.split("占")[0]), whole, way)
            continue
        here = at[match.start()]
        before = [f for f in document.between(document.sentence(here)[0], here) if f.measure == "level"]
        if before and here - before[-1].at[1] < 40 and not match["hold1"]:
            first: Figure = before[-1]
            quote = document.quote(min(first.quote.start, here), at[match.end() - 1] + 1)
            yield Direction(quote, document.region, first.stem, whole, way)


def examples(document: Document) -> Iterator[tuple[Quote, str, tuple[str, ...]]]:
    """Definitions by example: 数字贸易、跨境电商、服务贸易等新型贸易 → (quote, 新型贸易, the three)."""
    text, at = joined(document.text)
    for match in _EXAMPLES.finditer(text):
        items = [stem(_VERBS.sub("", item)) for item in match["items"].split("、")]
        if all(len(item) >= 2 for item in items):
            yield document.quote(at[match.start()], at[match.end() - 1] + 1), stem(match["noun"]), tuple(items)

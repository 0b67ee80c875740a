"""Whether two records speak of one firm: a score between 0 and 1 and the reasons that made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

from commercebrain.engine.enterprises import uscc
from commercebrain.engine.enterprises.names import Parts, normal, parts

SAME = 0.75  # from here on two records are taken for one firm, subject to a person's yes
POSSIBLE = 0.5  # from here on they are shown to a person at all
LARGEST_BLOCK = 60  # a key that more records share says nothing


@dataclass(frozen=True)
class Record:
    """What is known of a firm in one place. ``names`` begins with the name in use; former and English ones follow."""

    names: tuple[str, ...]
    uscc: str = ""
    region: str = ""
    phones: frozenset[str] = frozenset()
    key: int = 0


@dataclass(frozen=True)
class Reason:
    """One thing that spoke for the two being one firm (``weight`` above 0) or against it."""

    code: str
    weight: float
    zh: str
    en: str


@dataclass(frozen=True)
class Match:
    """The score and what it stands on."""

    score: float
    reasons: tuple[Reason, ...] = field(default=())

    @property
    def same(self) -> bool:
        """Whether the two are taken for one firm."""
        return self.score >= SAME


def distance(one: str, two: str) -> int:
    """Edits from one text to the other: letters put in, left out, changed, or two neighbours swapped."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(two, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


@lru_cache(maxsize=50_000)
def sound(text: str) -> str:
    """How a Chinese text is spoken, without tones."""
    from pypinyin import lazy_pinyin  # half a second of dictionaries, which most programs never open

    return "".join(lazy_pinyin(text)).lower()


def _brands(one: Parts, two: Parts) -> float:
    a, b = one.brand, two.brand
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if one.core == two.core:
        return 0.97
    if sound(a) == sound(b) and not (a.isascii() and b.isascii()):
        return 0.88
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) >= 4 and distance(a, b) == 1:
        return 0.9
    if len(shorter) >= 3 and distance(a, b) == 1:
        return 0.8
    return 0.5 if len(shorter) >= 2 and shorter in longer else 0.0


# Words that firms put into their names and leave out of them without meaning another trade, and words for one thing.
_LOOSE = frozenset(["国际", "对外", "集团", "管理", "制造", "科技", "技术", "实业", "制品", "设备", "控股"])
_ALIKE = {"服装": "服饰", "纺织品": "纺织", "塑料制品": "塑料", "塑业": "塑料", "汽配": "汽车零部件", "材料": "新材料"}


def _trades(one: Parts, two: Parts) -> float:
    a, b = ({_ALIKE.get(word, word) for word in taken.trades} for taken in (one, two))
    if a == b:
        return 1.0
    if a - _LOOSE == b - _LOOSE:
        return 0.9
    if not a or not b:
        return 0.82
    return 0.78 if a - _LOOSE <= b - _LOOSE or b - _LOOSE <= a - _LOOSE else 0.45


def _places(one: Parts, two: Parts) -> float:
    if one.place == two.place:
        return 1.0
    shorter, longer = sorted((one.place, two.place), key=len)
    if not shorter:
        return 0.95
    return 0.97 if shorter in longer or set(shorter) <= set(longer) else 0.4


_CHANGED_FORMS = {frozenset({"有限公司", "股份有限公司"}): 0.92, frozenset({"有限公司", "公司"}): 0.97}


def _forms(one: Parts, two: Parts) -> float:
    if one.form == two.form:
        return 1.0
    if not one.form or not two.form:
        return 0.96
    return _CHANGED_FORMS.get(frozenset({one.form, two.form}), 0.7)


def _chinese(a: str, b: str, places: frozenset[str]) -> tuple[float, Reason | None]:
    if normal(a) == normal(b):
        return 0.96, Reason("name_same", 0.96, f"名称相同：{b}", f"same name: {b}")
    one, two = parts(a, places), parts(b, places)
    if one.branch != two.branch:
        return 0.2, Reason("branch", -0.5, "一个是另一个的分支机构", "one is a branch of the other")
    brand, trade, place, form = _brands(one, two), _trades(one, two), _places(one, two), _forms(one, two)
    value = round(0.96 * brand * trade * place * form, 3)
    if not value:
        return 0.0, None
    said_zh = f"字号“{one.brand}”与“{two.brand}”{brand:.0%}，行业{trade:.0%}，地名{place:.0%}，组织形式{form:.0%}"
    said_en = f"brand {one.brand}/{two.brand} {brand:.0%}, trade {trade:.0%}, place {place:.0%}, legal form {form:.0%}"
    return value, Reason("name_parts", value, said_zh, said_en)


def _latin(a: str, b: str) -> tuple[float, Reason | None]:
    one, two = parts(a).brand.split(), parts(b).brand.split()
    if not one or not two:
        return 0.0, None
    joined = distance("".join(one), "".join(two))
    longest = max(len("".join(one)), len("".join(two)))
    close = 1 - joined / longest
    if joined:
        differing = set(one) ^ set(two)
        if any(all(distance(w, other) > 1 for other in {*one, *two} - {w}) for w in differing):
            close = min(close, 0.7)  # a whole word is another one
    value = round(0.94 * close, 3)
    return value, Reason("name_english", value, f"英文名相近（{close:.0%}）", f"English names alike ({close:.0%})")


def _across(a: str, b: str, places: frozenset[str]) -> tuple[float, Reason | None]:
    """A Chinese name and a Latin one: does the Latin one spell the brand?"""
    chinese, latin = (b, a) if a.isascii() else (a, b)
    brand = parts(chinese, places).brand
    spelt, words = sound(brand), parts(latin).brand
    if len(brand) >= 2 and len(spelt) >= 4 and spelt in words.replace(" ", ""):
        return 0.62, Reason(
            "name_spelt", 0.62, f"英文名拼出字号“{brand}”", f"the English name spells the brand {brand}"
        )
    return 0.0, None


def _written(names: tuple[str, ...]) -> list[str]:
    """The names that say anything: blanks and brackets alone are no name, and alike they are no evidence."""
    return [name for name in names if any(map(str.isalnum, name))]


def _names(one: Record, two: Record, places: frozenset[str]) -> tuple[float, Reason | None]:
    best: tuple[float, Reason | None] = (0.0, None)
    others = _written(two.names)
    for a in _written(one.names):
        for b in others:
            if a.isascii() and b.isascii():
                found = _latin(a, b)
            elif a.isascii() or b.isascii():
                found = _across(a, b, places)
            else:
                found = _chinese(a, b, places)
            best = max(best, found, key=lambda item: item[0])
    return best


def compare(one: Record, two: Record, places: frozenset[str] = frozenset()) -> Match:
    """How likely the two are one firm, and why.

    The same credit code settles it; two valid codes that differ speak against, so strongly that only a person may say
    otherwise; a code with a fault that is one slip away from the other's speaks for. Of the names the best pair counts,
    former and English ones included; county and telephone add or take a little.
    """
    a, b = uscc.clean(one.uscc), uscc.clean(two.uscc)
    value, reason = _names(one, two, places)
    reasons = [reason] if reason else []
    if one.phones & two.phones:
        value = value + 0.08 if value >= 0.3 else value
        reasons.append(Reason("phone", 0.08, "联系电话相同", "same telephone"))
    if one.region and two.region and value:
        near = 0.03 if one.region == two.region else -0.08 if one.region[:4] != two.region[:4] else -0.02
        value += near
        reasons.append(
            Reason(
                "region", near, "同一区县" if near > 0 else "不同区县", "same county" if near > 0 else "other county"
            )
        )
    if a and b:
        if a == b:
            reasons.insert(0, Reason("code_same", 1.0, "统一社会信用代码相同", "same credit code"))
            return Match(1.0 if value >= 0.3 else 0.9, tuple(reasons))
        both = uscc.is_valid(a) and uscc.is_valid(b)
        if both and a[8:17] == b[8:17]:
            value = max(value, 0.8)
            reasons.append(
                Reason("organisation", 0.8, "组织机构代码（第9–17位）相同", "same organisation code (characters 9–17)")
            )
        elif both:
            value *= 0.57  # the same name in every letter still comes to a person's eyes
            reasons.append(
                Reason("code_other", -0.6, "两个代码都有效而不同", "two valid credit codes that are not the same")
            )
        elif (slips := distance(a, b)) <= 2:
            value = max(value, min(0.97, 0.6 + 0.35 * value))
            reasons.append(
                Reason(
                    "code_near",
                    0.3,
                    f"代码只差{slips}处，且其一校验不符",
                    f"codes {slips} slips apart, one of them faulty",
                )
            )
    return Match(round(max(0.0, min(value, 1.0)), 3), tuple(reasons))


def block_keys(record: Record, places: frozenset[str] = frozenset()) -> set[str]:
    """What two records of one firm are likely to share."""
    found = set()
    code = uscc.clean(record.uscc)
    if len(code) == 18:
        found |= {f"c:{code[:9]}", f"c:{code[9:]}", f"o:{code[8:17]}"}
    for name in record.names:
        taken = parts(name, places)
        found.add(f"n:{normal(name)}")
        if name.isascii():
            found |= {f"e:{word}" for word in taken.brand.split() if len(word) >= 4}
            found.add(f"s:{taken.brand.replace(' ', '')}")
        else:
            found.add(f"b:{sound(taken.brand)}:{taken.trade[:2]}")
            found.add(f"b:{taken.brand}")
            found |= {f"e:{sound(taken.brand)}"}
            if len(taken.brand) >= 4:
                found |= {f"h:{taken.brand[:2]}:{taken.trade[:2]}", f"h:{taken.brand[-2:]}:{taken.trade[:2]}"}
    return found


def doubles(
    records: Iterable[Record], places: frozenset[str] = frozenset(), least: float = POSSIBLE
) -> Iterator[tuple[Record, Record, Match]]:
    """Pairs of records that may be one firm, each pair once. Only records that share a key are compared."""
    blocks: dict[str, list[Record]] = {}
    for record in records:
        for key in block_keys(record, places):
            blocks.setdefault(key, []).append(record)
    seen: set[tuple[int, int]] = set()
    for block in blocks.values():
        if not 2 <= len(block) <= LARGEST_BLOCK:
            continue
        for one, two in combinations(block, 2):
            pair = (min(one.key, two.key), max(one.key, two.key))
            if pair in seen:
                continue
            seen.add(pair)
            match = compare(one, two, places)
            if match.score >= least:
                yield one, two, match

"""From the words of a promise to the indicator that measures it — or to a person, never by guess.

A name matches when, written in one way, it *is* the name or a synonym of exactly one indicator, and its
unit measures the same kind of thing. Anything less yields no code: the nearest indicators are listed for a
person to choose from.
There is no similarity threshold above which a likeness becomes a match: 进出口 is like 出口, and is not it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from commercebrain.engine.catalogue.expressions import parse
from commercebrain.engine.catalogue.models import Indicator
from commercebrain.engine.errors import UserError
from commercebrain.engine.units import Unit

How = Literal["name", "synonym", "growth", "ambiguous", "unit", "calibre", "unknown"]

CANDIDATES = 5
_MIN_LIKENESS = 0.25
_MONEY = frozenset({"CNY", "USD", "EUR", "JPY", "HKD"})
_LEVELS = frozenset({"annual_flow", "stock", "cumulative"})
_THINGS = frozenset({"count", "person"})
#: Ways of writing one thing; applied to names of the catalogue and of the promise alike.
_SAME_WORDS: tuple[tuple[str, str], ...] = (
    ("跨境电子商务", "跨境电商"),
    ("电子商务", "电商"),
    ("地区生产总值", "gdp"),
    ("规模以上", "规上"),
    ("研究与试验发展", "r&d"),
    ("十五分钟", "15分钟"),
    ("位序", "位次"),
    ("份额", "比重"),
    ("实际使用外资", "实际利用外资"),
    ("全覆盖", "覆盖率"),
    ("总额", "额"),
    ("的", ""),
)
_GOODS = re.compile(r"(?:对外贸易|货物贸易|货物|外贸)(?=(?:自营)?(?:进出口|出口|进口))")
_COUNTING = re.compile(r"(?<![指倍系])(?:数量|个数|家数|条数|总数|数)$")
_GROWTH = re.compile(r"(?:较|比)?(?:\d{4}年)?(?:年均|每年|年度|同比|累计)?(?:增长率|增长倍数|增长速度|增长|增速|增幅)$")
_RUNNING = re.compile(r"^(?:年内|五年|历年)?累计")
_WHOLE_REGION = re.compile(r"^(?:全市|全省|全区|全县|全国|本市|本省|我市|我省|省内|市内)")


class HasIndicators(Protocol):
    """Anything that holds indicators by code, such as the catalogue."""

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """The indicators by code."""
        ...


@dataclass(frozen=True, slots=True)
class Match:
    """What was found.

    ``code`` is the indicator or None. ``how``: by its ``name``, by a ``synonym``, as the ``growth`` of the
    indicator (the promise is a rate or a multiple of it); without a code ``ambiguous`` (several have the
    name), ``unit`` (the name fits, the unit measures something else), ``calibre`` (the name fits, the calibre
    named is not the indicator's), ``unknown``. ``candidates`` are codes for a person to choose from, the
    likeliest first.
    """

    code: str | None
    how: How
    candidates: tuple[str, ...] = ()


def match_indicator(name: str, unit: str, region: str | None, catalogue: HasIndicators, *, calibre: str = "") -> Match:
    """The indicator of ``catalogue`` that ``name`` in ``unit`` promises for ``region`` (a name, or None).

    ``calibre`` are the words of a calibre note 口径 that the document ties to the number, if any.
    The answer depends on nothing but the arguments.
    """
    return _matcher(catalogue).match(name, unit, region, calibre)


def plain_name(name: str, region: str | None = None) -> str:
    """``name`` as names are compared: no blanks, quotes, region or counting word, one way of writing."""
    plain = re.sub(r"[\s*]", "", unicodedata.normalize("NFKC", name)).lower()
    if region:
        place = re.sub(r"\s", "", region)
        short = re.sub(r"(?<=..)[省市区县]$", "", place)
        for word in (place, short):
            plain = plain.removeprefix(word) or plain
            plain = plain.replace(f"落户{word}", "落户") if word else plain
    plain = _WHOLE_REGION.sub("", plain) or plain
    plain = re.sub(r"[“”\"'‘’《》]", "", plain)
    for written, same in _SAME_WORDS:
        plain = plain.replace(written, same)
    plain = _GOODS.sub("", plain)
    return _COUNTING.sub("", plain) or plain


class Matcher:
    """The names of one catalogue, ready for matching."""

    def __init__(self, catalogue: HasIndicators) -> None:
        self._indicators = dict(catalogue.indicators)
        self._counted = _counted(self._indicators)
        self._by_name: dict[str, dict[str, How]] = {}
        for code, indicator in sorted(self._indicators.items()):
            names: list[tuple[str, How]] = [(indicator.name.zh, "name"), (indicator.name.en, "name")]
            names += [(synonym, "synonym") for synonym in indicator.synonyms]
            for text, how in names:
                self._by_name.setdefault(plain_name(text), {}).setdefault(code, how)
        self._pairs = {text: _pairs(text) for text in self._by_name}

    def match(self, name: str, unit: str, region: str | None, calibre: str = "") -> Match:
        """As :func:`match_indicator`."""
        plain = plain_name(name, region)
        found, growth = self._find(plain, unit)
        if not found:
            return Match(None, "unknown", self._nearest(plain, unit))
        if len(found) > 1:
            return Match(None, "ambiguous", tuple(sorted(found)))
        ((code, how),) = found.items()
        indicator = self._indicators[code]
        if not growth and not _fits(unit, indicator.unit):
            return Match(None, "unit", (code, *self._nearest(plain, unit, without=code)[: CANDIDATES - 1]))
        if calibre and not _is_own_calibre(calibre, indicator):
            return Match(None, "calibre", (code, *self._nearest(plain, unit, without=code)[: CANDIDATES - 1]))
        return Match(code, "growth" if growth else how)

    def _find(self, plain: str, unit: str) -> tuple[dict[str, How], bool]:
        """The indicators with that name, and whether the promise is a growth of theirs."""
        found = self._by_name.get(plain, {})
        if found:
            return found, False
        running = _RUNNING.sub("", plain)
        if running != plain:
            flows = {c: h for c, h in self._by_name.get(running, {}).items() if self._is_flow(c)}
            if flows:
                return flows, False
        base = _GROWTH.sub("", plain)
        if base not in ("", plain) and _dimension(unit) == "ratio" and unit.strip():
            levels = self._by_name.get(base) or self._by_name.get(_COUNTING.sub("", base), {})
            return {c: h for c, h in levels.items() if self._indicators[c].kind in _LEVELS}, True
        return {}, False

    def _is_flow(self, code: str) -> bool:
        return self._indicators[code].kind in ("annual_flow", "cumulative")

    def _nearest(self, plain: str, unit: str, without: str = "") -> tuple[str, ...]:
        """The indicators with the likest names, those of a fitting unit first; a promise is measured by what is
        published, so what the bureau counts from records itself is found by its own name only."""
        likeness: dict[str, float] = {}
        asked = _pairs(plain)
        for text, codes in self._by_name.items():
            alike = _likeness(asked, self._pairs[text])
            if alike < _MIN_LIKENESS:
                continue
            for code in codes:
                likeness[code] = max(likeness.get(code, 0.0), alike)
        likely = [c for c in likeness if c != without and c not in self._counted]
        likely.sort(key=lambda c: (not _fits(unit, self._indicators[c].unit), -likeness[c], c))
        return tuple(likely[:CANDIDATES])


def _counted(indicators: Mapping[str, Indicator]) -> frozenset[str]:
    """The indicators counted from records, and the formulas over nothing else."""
    counted = {code for code, one in indicators.items() if one.of_records}
    while True:
        more = {
            code
            for code, one in indicators.items()
            if code not in counted and one.formula and {n.code for n in parse(one.formula).names} <= counted
        }
        if not more:
            return frozenset(counted)
        counted |= more


_last: tuple[HasIndicators, Matcher] | None = None


def _matcher(catalogue: HasIndicators) -> Matcher:
    """The matcher of ``catalogue``; the last one is kept, for a plan is matched row by row."""
    global _last
    if _last is None or _last[0] is not catalogue:
        _last = (catalogue, Matcher(catalogue))
    return _last[1]


@lru_cache(maxsize=1024)
def _dimension(unit: str) -> str | None:
    plain = unicodedata.normalize("NFKC", unit).strip()
    if plain in ("番", "成"):
        return "ratio"
    try:
        return Unit.parse(plain).dimension
    except UserError:
        return None


def _fits(promised: str, declared: str) -> bool:
    """Whether a number in ``promised`` can be a value of an indicator in ``declared``.

    Currencies count as one kind of thing here (a promise in dollars on an indicator in yuan is still a
    promise on it; its measurement then asks for a bridge), a bare 亿 may leave out 元, and a ratio may be
    promised to rise by points.
    """
    one, other = _dimension(promised), _dimension(declared)
    if one is None or other is None:
        return False
    if one == other or (one in _MONEY and other in _MONEY) or (one in _THINGS and other in _THINGS):
        return True
    if one == "count" and promised.strip() in ("亿", "万亿", "万"):
        return other in _MONEY
    return (one, other) == ("percentage_point", "ratio")


def _is_own_calibre(words: str, indicator: Indicator) -> bool:
    wanted = plain_name(words).replace("口径", "")
    text = indicator.calibre.text
    own = [indicator.name.zh, *indicator.synonyms, *([text.zh] if text else [])]
    return bool(wanted) and any(wanted in plain_name(word) for word in own)


def _pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters; of a text of one character that character, of none the empty text."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset((text,))


def _likeness(first: frozenset[str], second: frozenset[str]) -> float:
    """Dice's coefficient of the pairs of two texts: 0 nothing in common, 1 the same."""
    return 2 * len(first & second) / (len(first) + len(second))

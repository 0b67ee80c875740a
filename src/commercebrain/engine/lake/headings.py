"""What the heading of a column means: a field of the dataset, or a figure of some indicator, period and
region."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import plain
from commercebrain.engine.lake.dataset import Dataset, fold
from commercebrain.engine.lake.names import Names
from commercebrain.engine.periods import Period
from commercebrain.engine.units import Unit

Kind = Literal["key", "value", "growth", "ignored", "unknown"]
_PERIOD = (
    r"(?:19|20)\d{2}\s*年?(?:\s*(?:\d{1,2}\s*[-—–~至到]\s*\d{1,2}|\d{1,2})\s*月(?:份|末|底)?"
    r"|上半年|下半年|前[一二三1-3]个?季度|第?[一二三四1-4]季度|全年|年?末|年?底)?"
)
_MONTHS = re.compile(r"(?:1[-—–~至到])?(?:1[0-2]|[1-9])月(?:份)?")


class SheetMapping(BaseModel):
    """What a person says about a sheet that it does not say itself (``--mapping`` file, YAML).

    ``header_rows``: first and last row of the headings, as Excel counts. ``columns``: heading or letter →
    field name, or a mapping with ``measure`` (value or growth) and any of indicator, region, period, unit.
    ``defaults``: field → text where the sheet has none. ``names``: indicator or region → {word in the
    sheet: code}. ``ignore``: headings or letters to leave out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    header_rows: tuple[int, int] | None = None
    columns: dict[str, str | dict[str, str]] = Field(default_factory=dict)
    defaults: dict[str, str] = Field(default_factory=dict)
    names: dict[Literal["indicator", "region"], dict[str, str]] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Title:
    """What the rows above the headings say of the whole sheet; empty where they do not, or not for sure."""

    period: str = ""
    region: str = ""
    indicator: str = ""
    unit: str = ""


@dataclass(slots=True)
class Heading:
    """One column: where it stands, its heading path ("一/二/三"), and what it was found to mean.

    ``key`` columns carry ``field``; ``value`` and ``growth`` columns carry the ``context`` of their figures.
    """

    column: int
    path: tuple[str, ...]
    kind: Kind = "unknown"
    field: str = ""
    context: dict[str, str] = made(default_factory=dict)
    strange: str = ""

    @property
    def text(self) -> str:
        """The path as people read it."""
        return "/".join(self.path)


def unit_in(text: str) -> str:
    """The unit that a heading prints: in brackets （亿元）, after 单位：, or a closing % sign; empty where
    none."""
    tidy = re.sub(r"(?<=[^\s:(])[、,/]%|%[、,/]", "", plain(text))  # “亿元、%” is 亿元 and, for growth, %
    for inner in reversed(re.findall(r"\(([^()]*)\)", tidy)):
        candidate = re.sub(r"^(?:计量)?单位:?\s*", "", inner).strip()
        if candidate and _is_unit(candidate):
            return candidate
    if (found := re.search(r"单位:?\s*([^\s,;，；()]+)", tidy)) and _is_unit(found[1]):
        return found[1]
    if (found := re.search(r"[:/]\s*(\S+)$", tidy)) and _is_unit(found[1]):
        return found[1]
    return "%" if tidy.endswith("%") else ""


def read_title(lines: Sequence[str], names: Names) -> Title:
    """Period, region, unit and indicator from the lines above the headings."""
    text = plain(" ".join(lines))
    periods = {Period.parse(found).text for found in re.findall(_PERIOD, text) if _is_period(found)}
    units = [unit for line in lines if (unit := unit_in(line)) and unit != "%"]
    regions: dict[str, set[str]] = {}
    for word, codes in names.words("region").items():
        if len(word) >= 2 and not word.isdigit() and word in fold(text):
            regions[word] = codes
    outer = {w: c for w, c in regions.items() if not any(w != other and w in other for other in regions)}
    codes = set().union(*outer.values()) if outer else set()
    indicator = ""
    for line in lines:
        bare = re.sub(_PERIOD, "", plain(line))
        for word in sorted(outer, key=len, reverse=True):
            bare = bare.replace(word, "")
        bare = re.sub(
            r"各?(?:县市区|区县市|区县|县市|市县|地区|地市|市)?(?:情况|统计|一览|完成|明细)*表?$",
            "",
            fold(bare),
        )
        indicator = indicator or names.find("indicator", bare) or ""
    return Title(
        period=periods.pop() if len(periods) == 1 else "",
        region=codes.pop() if len(codes) == 1 else "",
        indicator=indicator,
        unit=units[0] if units else "",
    )


def understand(heading: Heading, dataset: Dataset, names: Names, title: Title, mapping: SheetMapping) -> Heading:
    """``heading`` with its meaning filled in; what is not recognised stays ``unknown`` with the strange
    part named."""
    told = _told(heading, mapping)
    if told is not None:
        return told
    parts = list(dict.fromkeys(part for part in heading.path if part))
    if not parts:
        return heading
    whole = "".join(parts)
    if dataset.ignored(whole) or dataset.ignored(parts[-1]):
        heading.kind = "ignored"
        return heading
    if any(fold(part) in map(fold, dataset.last_year) for part in parts):
        heading.kind = "ignored"
        return heading
    same = {dataset.field_of(part) for part in parts}  # 指标 over indicator: one heading in two languages
    direct = dataset.field_of(whole) or (same.pop() if len(same) == 1 else None)
    if direct is not None and direct not in ("value", "growth"):
        heading.kind, heading.field = "key", direct
        return heading
    measure, strange = "", []
    context: dict[str, str] = {}
    for part in reversed(parts):  # the deepest part says most
        unit = unit_in(part)
        if unit:
            context.setdefault("unit", unit)
        found = _part(part, dataset, names, title, parts)
        if found is None:
            strange.append(part)
        for name, value in (found or {}).items():
            if name == "measure":
                measure = measure or value
            elif name == "unit" or name not in context:
                context.setdefault(name, value)
    if strange and direct is not None and len(parts) > 1:  # 数 over 值: the heading means something only as a whole
        measure, strange = direct, []
    if strange and (code := names.find("indicator", whole)) is not None:
        context["indicator"], strange = code, []
    if strange:
        heading.strange = "、".join(strange)
        return heading
    if measure == "growth":
        context.pop("unit", None)
    if measure or context.keys() & {"indicator", "period", "region"}:
        heading.kind, heading.context = ("growth" if measure == "growth" else "value"), context
    return heading


def _told(heading: Heading, mapping: SheetMapping) -> Heading | None:
    """The meaning that a person gave the column, by its letter, its whole path or its last part."""
    from commercebrain.engine.lake.workbook import letter

    words = {
        letter(heading.column),
        fold(heading.text),
        fold("".join(heading.path)),
        fold(heading.path[-1] if heading.path else ""),
    }
    if any(word in words or fold(word) in words for word in mapping.ignore):
        heading.kind = "ignored"
        return heading
    for word, meaning in mapping.columns.items():
        if word not in words and fold(word) not in words:
            continue
        if isinstance(meaning, str) and meaning not in ("value", "growth"):
            heading.kind, heading.field = "key", meaning
            return heading
        context = {} if isinstance(meaning, str) else dict(meaning)
        measure = meaning if isinstance(meaning, str) else context.pop("measure", "value")
        heading.kind = "growth" if measure == "growth" else "value"
        if heading.kind == "value" and (unit := unit_in(heading.text)):
            context.setdefault("unit", unit)
        heading.context = context
        return heading
    return None


def _part(part: str, dataset: Dataset, names: Names, title: Title, parts: Sequence[str]) -> Mapping[str, str] | None:
    """What one part of a heading path says, or None where nobody knows."""
    word = fold(part)
    if not word:
        return {}  # nothing but a unit
    field_name = dataset.field_of(part)
    if field_name in ("value", "growth"):
        if field_name == "growth" and word.startswith("累计"):
            period = _running(title)
            return {"measure": "growth", "period": period} if period else None
        return {"measure": field_name}
    for words, period in ((dataset.this_month, _month(title)), (dataset.year_to_date, _running(title))):
        for prefix in sorted(map(fold, words), key=len, reverse=True):
            if not word.startswith(prefix):
                continue
            rest = _part(word.removeprefix(prefix), dataset, names, title, parts) if word != prefix else {}
            if rest is None or not period:
                return None
            return {**rest, "period": rest.get("period", period)}
    if _is_period(part):
        return {"period": Period.parse(part).text}
    if (months := re.match(_MONTHS, word)) is not None:
        years = [Period.parse(p).year for p in parts if p is not part and _is_period(p)]
        year = years[0] if years else (Period.parse(title.period).year if title.period else None)
        rest_text = re.sub(r"^(?:累计|当月)", "", word[months.end() :])
        rest = _part(rest_text, dataset, names, title, parts) if rest_text else {}
        if year is not None and rest is not None and _is_period(f"{year}年{months[0]}"):
            return {**rest, "period": Period.parse(f"{year}年{months[0]}").text}
        return None
    for kind in ("indicator", "region"):
        if (code := names.find(kind, part)) is not None:
            return {kind: code}
    return {"unit": plain(part)} if _is_unit(plain(part)) else None


def _month(title: Title) -> str:
    """The last month of the title's period: what 本月 means."""
    if not title.period:
        return ""
    period = Period.parse(title.period)
    return Period.of_month(*period.last).text if period.kind in ("month", "ytd") else ""


def _running(title: Title) -> str:
    """January to the last month of the title's period: what 累计 means."""
    if not title.period:
        return ""
    period = Period.parse(title.period)
    return Period.of_ytd(*period.last).text if period.kind in ("month", "ytd", "year") else ""


def _is_period(text: str) -> bool:
    tidy = plain(text)
    if re.fullmatch(r"\d{4}\.1", tidy) or not re.search(
        r"\d{4}|\d{2}年|[零〇○一二三四五六七八九]{4}年|五(?:期间|时期)?$", tidy
    ):
        return False
    try:
        Period.parse(tidy)
    except UserError:
        return False
    return True


def _is_unit(text: str) -> bool:
    if not text:
        return False
    try:
        Unit.parse(text)
    except UserError:
        return False
    return True

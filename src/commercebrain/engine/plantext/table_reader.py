"""Targets and base figures in tables of indicators: which column says what, and what each row promises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from commercebrain.engine.plantext.amounts import Amount
from commercebrain.engine.plantext.dates import PlanYears, Span, read_times
from commercebrain.engine.plantext.draft import Context, Draft, View
from commercebrain.engine.plantext.findings import Comparator, Kind
from commercebrain.engine.plantext.lexicon import any_of, words
from commercebrain.engine.plantext.numbers import NARROW, SCALE, arabic
from commercebrain.engine.plantext.phrases import count_name, money_name
from commercebrain.engine.plantext.regions import area_of
from commercebrain.engine.plantext.structure import Structure
from commercebrain.engine.plantext.tables import Row, Table
from commercebrain.engine.plantext.word_cells import word_target

_NAME = re.compile(r"指标|项目|名称|内容|目标名")
_INNER = re.compile(r"二级指标|三级指标|具体指标|指标名称|主要指标|^指标$")
_UNIT = re.compile(r"^(?:计量|指标)?单\s*位$|^单位[（(]|^量纲$")
_NUMBER = re.compile(r"序\s*号|编号|^№$|^NO\.?$", re.IGNORECASE)
_GROUP = re.compile(r"类\s*别|类型|一级指标|领域|分类|维度|属性|性质|备注|责任|牵头|数据来源|约束|说明")
_PLACE = re.compile(r"责任单位|地区|区域|县（市|县\(市|区县|县区|市州|市（州|城市|单位名称|辖区|园区")
_TOTAL = re.compile(r"^\s*(?:合\s*计|总\s*计|全[市省县区]|总数)\s*$")
_GROWTH = re.compile(r"年均|增速|增长|增幅")
_TARGET = re.compile(r"目标|预期|规划|计划|力争|任务|达到")
_BASE = re.compile(r"基数|基期|现状|实际|完成|基础|实绩|预计")
_PAREN_UNIT = re.compile(r"[（(]\s*([^（()）]{1,12})\s*[）)]\s*$")
_ABOVE_UNIT = re.compile(r"单\s*位\s*[:：]\s*([^\s，。；]{1,12})")
_VALUE = re.compile(
    r"^[ \u3000]*(?P<open>[\[〔［【])?\s*(?P<sign>[<>≤≥＜＞]|约|超过|超|突破|大于|小于|不低于|不高于|不超过|不少于|低于|高于|达到)?\s*(?P<n>-?\d+(?:[,，]\d{3})*(?:\.\d+)?)"
    r"(?:\s*(?:[-—–~～]{1,2}|至)\s*(?P<h>\d+(?:\.\d+)?))?\s*(?P<ratio>[:：]\s*1)?\s*(?P<unit>[^\d\s\]〕］】]{0,6}?)?\s*(?P<tail>左右|以上|以下|以内|及以上)?\s*[\]〕］】]?\s*[*＊]?$"
)
#: Whether a goal binds the government or is expected of the market, as the column of nature 属性 says it.
_NATURES: dict[str, Literal["binding", "expected"]] = {
    "约束性": "binding", "约束性指标": "binding", "约束": "binding",
    "预期性": "expected", "预期性指标": "expected", "预期": "expected",
}  # fmt: skip
_SIGNS: dict[str, Comparator] = {
    "<": "<", "＜": "<", "小于": "<", "低于": "<", ">": ">", "＞": ">", "大于": ">", "高于": ">", "超过": ">", "超": ">", "突破": ">",
    "≤": "<=", "不高于": "<=", "不超过": "<=", "≥": ">=", "不低于": ">=", "不少于": ">=", "约": "~", "左右": "~",
    "以上": ">=", "及以上": ">=", "以下": "<=", "以内": "<=", "达到": ">=",
}  # fmt: skip


@dataclass(slots=True)
class _Column:
    role: str
    span: Span | None = None
    unit: str = ""
    name: str = ""
    flags: set[str] = field(default_factory=set)


def read_table(table: Table, structure: Structure, context: Context) -> list[Draft]:
    """The promises and base figures of a table of indicators; nothing for tables of other things."""
    columns = _columns(table, context.years, _caption_year(table, structure))
    if not any(column.role in ("target", "base", "growth", "place_value") for column in columns):
        return []
    shared = _shared_unit(table, structure)
    drafts: list[Draft] = []
    for row in table.rows:
        drafts += _row(row, columns, table, structure, context, shared)
    return drafts


def _columns(table: Table, years: PlanYears, caption: int | None) -> list[_Column]:
    """The role of each column, from the words at its head."""
    width = table.width
    heads = [""] * width
    for header in table.headers:
        cells = [cell.text for cell in header]
        shift = width - len(cells) if len(cells) < width and table.headers.index(header) else 0
        for n, text in enumerate(cells):
            if n + shift < width:
                heads[n + shift] += text
    columns = [_column(re.sub(r"\s+", "", head).translate(NARROW), years) for head in heads]
    first = "".join(heads[:2]) if width > 1 and _NUMBER.search(heads[0]) else heads[0] if heads else ""
    if table.headers and _PLACE.search(first) and "指标" not in first:
        _places(columns, heads, years, caption)
        return columns
    names = [n for n, column in enumerate(columns) if column.role == "name"]
    inner = [n for n in names if _INNER.search(re.sub(r"\s+", "", heads[n]))]
    for n in names:
        if n != (inner or names)[-1]:
            columns[n].role = "other"
    return columns


def _column(head: str, years: PlanYears) -> _Column:
    if not head or _NUMBER.search(head):
        return _Column("other")
    if _UNIT.search(head):
        return _Column("unit")
    marks = [m for m in read_times(head) if m.span]
    year = re.search(r"(?:19|20)\d\d", head)
    span = marks[0].span if marks else (int(year.group()),) * 2 if year else None
    unit = _PAREN_UNIT.search(head)
    unit_text = unit[1] if unit and not re.search(r"[年\d]", unit[1]) else ""
    if _GROWTH.search(head) and not re.search(r"增长(?:目标)?值", head):
        return _Column("growth", span, unit_text or "%", head)
    if span:
        if _TARGET.search(head) and not _BASE.search(head):
            return _Column("target", span, unit_text, head)
        if _BASE.search(head):
            return _Column("base", span, unit_text, head)
        past = years.published is not None and span[1] < years.published
        past = past or bool(years.plan and span[1] < years.plan[0])
        return _Column("base" if past else "target", span, unit_text, head)
    if _GROUP.search(head) and not re.search(r"指标名称|二级指标", head):
        return _Column("other")
    if _NAME.search(head):
        return _Column("name", None, "", head)
    if re.search(r"目标值|预期值|规划值|目标$", head):
        return _Column("target", None, unit_text, head)
    if _BASE.search(head):
        return _Column("base", years.review and (years.review[1],) * 2, unit_text, head)
    return _Column("other", None, unit_text, head)


def _places(columns: list[_Column], heads: list[str], years: PlanYears, caption: int | None) -> None:
    """A table whose rows are places: every other column is an indicator, promised or reached."""
    place = 0 if _PLACE.search(heads[0]) else 1
    columns[place].role = "place"
    for n, column in enumerate(columns):
        if n == place or _NUMBER.search(heads[n]) or n < place or not heads[n]:
            continue
        year = column.span[1] if column.span else caption or years.horizon
        column.role = "place_value"
        column.span = (year, year) if year else None
        name = _PAREN_UNIT.sub("", re.sub(r"\s+|(?:19|20)\d\d年?", "", heads[n]))
        column.name = re.sub(r"(?:目标任务|任务目标|目标值|目标|任务|计划)$", "", name)
        if re.search(r"目标|任务|计划", heads[n]) or (year and years.published and year >= years.published):
            column.flags.add("target")


def _caption_year(table: Table, structure: Structure) -> int | None:
    for n in table.above:
        found = re.search(r"((?:19|20)\d\d)\s*年", structure.blocks[n].text)
        if found:
            return int(found[1])
    return None


def _shared_unit(table: Table, structure: Structure) -> str:
    """The unit that the words above a table give for the whole of it."""
    for n in table.above:
        found = _ABOVE_UNIT.search(structure.blocks[n].text)
        if found:
            return found[1].strip("）)")
    return ""


def _row(
    row: Row, columns: list[_Column], table: Table, structure: Structure, context: Context, shared: str
) -> list[Draft]:
    cells = [cell.text for cell in row.cells]
    if len(cells) < len(columns):
        cells = [""] * (len(columns) - len(cells)) + cells
    named = next((n for n, column in enumerate(columns) if column.role == "name"), None)
    block = structure.blocks[row.block]
    view = View(block, block.text, 0, "table_row")
    if any(column.role == "place" for column in columns):
        return _place_row(view, cells, columns, context, shared)
    name = cells[named] if named is not None and named < len(cells) else ""
    if not name:
        return []
    unit_at = next((n for n, column in enumerate(columns) if column.role == "unit"), None)
    unit = cells[unit_at] if unit_at is not None else ""
    unit = re.sub(r"^[—–\-/]+$", "", unit)
    inner = _PAREN_UNIT.search(name)
    if inner and (unit_at is None or not unit) and _looks_like_unit(inner[1]):
        unit, name = inner[1], name[: inner.start()]
    name = re.sub(r"\s+", "", re.sub(r"^\d{1,2}[.、．]\s*|^[①-⑳]|^#|^其中[:：]?", "", name)).strip("*")
    unit = unit or (shared if unit_at is None else "")
    return _figures(view, cells, columns, name, unit, context, table, structure)


def _figures(
    view: View,
    cells: list[str],
    columns: list[_Column],
    name: str,
    unit: str,
    context: Context,
    table: Table,
    structure: Structure,
) -> list[Draft]:
    """A row's base figure and its targets."""
    years = context.years
    base: tuple[float, int | None, str] | None = None
    drafts: list[Draft] = []
    bracketed = False
    for n, column in enumerate(columns):
        match = _VALUE.match(cells[n].translate(NARROW)) if column.role in ("target", "base", "growth") else None
        if match is None:
            if column.role == "target" and (base is not None or unit):
                drafts += _word_draft(view, cells[n], name, unit or (base[2] if base else ""), column, context, base)
            continue
        own, bracket = unit, bool(match["open"])
        total = bracket and column.role == "growth" and bool(re.search(r"累计|[\[〔［【]", column.name))
        if match["ratio"]:
            own = ":1"
        elif match["unit"] and _looks_like_unit(match["unit"]):
            own = match["unit"]
        elif column.unit and not total and (not unit or column.role == "growth"):
            own = column.unit
        bracketed = bracketed or bracket
        value, year = arabic(match["n"]), column.span[1] if column.span else years.horizon
        if column.role == "base":
            if base is None:
                base = (value, year, own)
            drafts.append(_draft(view, cells[n], match, name, own, "fact", column, context, bracket))
        elif column.role == "growth" and not total:
            past = bool(column.span and years.plan and column.span[1] < years.plan[0])
            tense = "fact" if past else "target"
            draft = _draft(view, cells[n], match, f"{name}年均增长率", "%", tense, column, context, False)
            draft.kind, draft.per, draft.period = "growth_rate", "year", column.span if past else years.plan
            draft.year = None if past else years.horizon
            drafts.append(draft)
        else:
            draft = _draft(view, cells[n], match, name, own, "target", column, context, bracket)
            draft.baseline = base
            drafts.append(draft)
    if bracketed:
        # The base of a five-year total is one year's figure: not a running total.
        for draft in drafts:
            if draft.tense == "fact" and draft.kind == "cumulative":
                draft.kind, draft.indicator = "level", re.sub(r"^累计", "", draft.indicator)
    nature = next((_NATURES[cell.strip()] for cell in cells if cell.strip() in _NATURES), None)
    for draft in drafts:
        if draft.tense == "target":
            draft.binding = nature
        if draft.tense == "target" and draft.baseline is None and base and draft.kind != "growth_rate":
            draft.baseline = base
    return drafts


def _draft(
    view: View,
    cell: str,
    match: re.Match[str],
    name: str,
    unit: str,
    tense: str,
    column: _Column,
    context: Context,
    bracket: bool,
) -> Draft:
    years = context.years
    value = arabic(match["n"])
    high = arabic(match["h"]) if match["h"] else None
    sign: Comparator = _SIGNS.get(match["tail"] or "", _SIGNS.get(match["sign"] or "", "="))
    if sign == "=" and tense == "target" and re.search(r"高于(?:全[省国市]|同期)?[^，]{0,6}$", name):
        sign = ">="
    base_unit = unit
    for scale in sorted(SCALE, key=len, reverse=True):
        if unit.startswith(scale):
            base_unit = unit[len(scale) :]
            break
    kind = row_kind(name, unit, base_unit, bracket)
    amount = Amount(0, len(view.text), value, high, unit, base_unit, "measure", sign)
    year = column.span[1] if column.span else years.horizon
    draft = Draft(
        view=view,
        amount=amount,
        tense="target" if tense == "target" else "fact",
        indicator=_named(name, kind, base_unit),
        kind=kind,
        unit=unit,
        value=value,
        high=high,
        comparator=sign,
        quote=(0, len(view.text)),
        year=year,
        basis="inherited",
        region=area_of(name, context.region),
        confidence=0.97,
    )
    draft.flags.add("cell:" + cell.strip())
    if column.span and column.span[0] != column.span[1] and tense == "target":
        draft.period = column.span
    if bracket:
        draft.period = years.plan
        moved = re.search(r"(下降|降低|减少)|(增长|提高)$", name)
        if moved and base_unit in ("%", "‰"):
            # 单位GDP能耗下降 〔14〕 %: how far it goes over all the years, not a sum.
            draft.kind, draft.direction = "growth_rate", "down" if moved[1] else "up"
    if re.search(r"浓度|能耗|排放|失业率|死亡|费用|成本", name):
        draft.direction = "down"
    return draft


def _word_draft(
    view: View,
    cell: str,
    name: str,
    unit: str,
    column: _Column,
    context: Context,
    base: tuple[float, int | None, str] | None,
) -> list[Draft]:
    """What a cell promises in words alone: a direction, measured from the row's base figure."""
    said = word_target(cell)
    if said is None:
        return []
    base_unit = unit.lstrip("万亿") or unit
    kind = row_kind(name, unit, base_unit)
    draft = Draft(
        view=view,
        amount=Amount(0, len(view.text), 0.0, None, unit, base_unit, "measure", said.comparator, word=True),
        tense="target",
        indicator=_named(name, kind, base_unit),
        kind=kind,
        unit=unit,
        value=None,
        high=None,
        comparator=said.comparator,
        quote=(0, len(view.text)),
        year=column.span[1] if column.span else context.years.horizon,
        region=area_of(name, context.region),
        direction=said.direction,
        confidence=0.8,
        baseline=base,
    )
    draft.flags.add("cell:" + cell.strip())
    return [draft]


def _named(name: str, kind: Kind, base_unit: str) -> str:
    if kind in ("count", "cumulative") and base_unit in words("units")["counters"] and not name.endswith("额"):
        return count_name(name)
    if base_unit in words("units")["money"] and kind == "level":
        return money_name(name)
    return name


def row_kind(name: str, unit: str, base_unit: str, bracket: bool = False) -> Kind:
    """What a table's figure is, from the indicator's name and its unit."""
    lexicon = words("words")
    if bracket or re.search(r"累计|历年", name):
        return "cumulative"
    if re.search(r"增速|增长率|增幅|涨幅|增长$|年均增长", name):
        return "growth_rate"
    if base_unit in ("%", "‰"):
        return "level" if re.search(rf"(?:{any_of(lexicon['score_endings'])})$", name) else "share"
    if base_unit in ("百分点", "个百分点"):
        return "increment"
    if base_unit == ":1" or re.search(r"比例$", name):
        return "ratio"
    if base_unit in ("倍", "番"):
        return "growth_rate"
    if re.search(r"^新增|净增", name):
        return "increment"
    if re.search(r"排名|位次|名次", name):
        return "rank"
    if base_unit in lexicon_counters() and base_unit not in ("人", "户", "次") and unit == base_unit:
        return "count"
    if base_unit in lexicon_counters() and unit != base_unit and base_unit in ("个", "家"):
        return "count"
    return "level"


def lexicon_counters() -> frozenset[str]:
    """Units that count things one by one."""
    return frozenset(words("units")["counters"])


def _place_row(view: View, cells: list[str], columns: list[_Column], context: Context, shared: str) -> list[Draft]:
    """A row that gives one place's figures."""
    place = next(cells[n] for n, column in enumerate(columns) if column.role == "place")
    drafts = []
    for n, column in enumerate(columns):
        if column.role != "place_value" or not place:
            continue
        match = _VALUE.match(cells[n].translate(NARROW))
        if match is None:
            continue
        own = match["unit"] if match["unit"] and _looks_like_unit(match["unit"]) else column.unit
        unit = own or _of_several(shared, column.name)
        tense = "target" if "target" in column.flags else "fact"
        draft = _draft(view, cells[n], match, column.name, unit, tense, column, context, bool(match["open"]))
        draft.region = context.region if _TOTAL.search(place) else re.sub(r"\s+", "", place)
        drafts.append(draft)
    return drafts


def _of_several(shared: str, name: str) -> str:
    """The unit of one column where the table names several at once (单位：亿元、个)."""
    units = re.split(r"[、，,/]", shared)
    if len(units) == 1:
        return shared
    counted = bool(re.search(r"数$|数量$", name))
    return next((unit for unit in units if (unit in lexicon_counters()) == counted), units[0])


def _looks_like_unit(text: str) -> bool:
    """Whether a word is a unit, with or without its scale."""
    units = words("units")
    word = text.strip()
    for scale in sorted(units["scales"], key=len, reverse=True):
        if word.startswith(scale) and word != scale:
            word = word[len(scale) :]
            break
    known = (
        units["money"]
        + units["counters"]
        + units["measures"]
        + ["%", "‰", "百分点", "个百分点", "倍", "亿", "万", "名"]
    )
    return word in known or word.split("/")[0] in known

"""Whose figure it is: the issuing region, and regions and areas that a clause names itself."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from commercebrain.engine.plantext.lexicon import any_of, words
from commercebrain.engine.plantext.structure import Structure

_HAN = "\u4e00-\u9fff"
#: Words that end like a region's name and are none.
_COMMON = re.compile(
    r"(?:[大小中心国省级型的等市强进点范要地家力纽新费好际名化明特各该此本同]城|^城|超|股|楼|门|县|都|全|我|本|各|夜|菜|海|上|地级|省|大|先行|强|小|中心|消费|国际|试点|标杆|直辖|计划单列)市$|.*(?:园|社|小|片|户|地|景|辖|校|厂|街|城|建成|郊|老|开发|示范|集聚|试验|功能|保税|合作|先行|综合|高新|市|全|我|各|港|片|展|库|专)区$|(?:各|全|我|本|样板|示范|强|百强)县$|^(?:各|全|我|本|该|区县|县区|有关|相关)|[全我本各][省市县区]$|.*[和与及或的了一是在等、]..?$"
)


_STOP = (
    "关于|日在|日|月|年|印发|根据|按照|贯彻|落实|经|由|在|为|和|与|将|现将|中共|代表|加快|推动|促进|推进|支持|结合|同意|全面|建设|打造|会上|是|对|、|将"
    "|各位|下达|分解|转发|制定|实施|发布"
)


@cache
def _issuer_pattern() -> re.Pattern[str]:
    endings = any_of([e for e in words("regions")["endings"] if e != "新区"])
    return re.compile(
        rf"(?:^|(?<=[^{_HAN}])|{_STOP})([{_HAN}]{{2,8}}?(?:{endings}))(?![县域分块间位别内外长级委区民场])",
        re.MULTILINE,
    )


def issuer(structure: Structure) -> str:
    """The region whose government issued the document, empty where the text does not say."""
    text = structure.text
    head = text[:3000]
    titles = "\n".join(block.text[:80] for block in structure.blocks[:16] if block.kind in ("title", "heading"))
    first = structure.blocks[0].text[:120] if structure.blocks else ""
    organs = re.compile(rf"[{_HAN}“”\d]{{0,6}}(?:{any_of(words('regions')['organs'])})")
    votes: Counter[str] = Counter()
    for line in titles.splitlines():
        signed = re.fullmatch(
            rf"([{_HAN}]{{2,6}}(?:{any_of(words('regions')['endings'])}))(?:人民)?政府(?:办公[室厅])?", line.strip()
        )
        if signed and _trim(signed[1]):
            votes[_trim(signed[1])] += 8
    for weight, source in ((3, titles), (2, first), (1, head), (1, text[-300:])):
        for match in _issuer_pattern().finditer(source):
            name = _trim(match[1])
            if name:
                votes[name] += weight + (1 if organs.match(source, match.end()) else 0)
    provinces: dict[str, str] = words("regions")["provinces"]
    local = len(re.findall(r"全市|我市|市委|市政府|全县|我县|全区|我区", text[:6000]))
    wide = len(re.findall(r"全省|我省|全自治区", text[:6000]))
    municipal = ("北京市", "天津市", "上海市", "重庆市")
    if wide > local:
        whole = [(n, v) for n, v in votes.most_common() if n in provinces.values() and n not in municipal]
        if whole:
            return whole[0][0]
        bare = Counter(re.findall(any_of(list(provinces)), text[:6000])).most_common(1)
        if bare:
            return provinces[bare[0][0]]
    if local:
        for name, _ in votes.most_common():
            if not name.endswith(("省", "自治区")):
                return name
    if votes:
        return votes.most_common(1)[0][0]
    cities = Counter(re.findall(any_of(words("regions")["prefectures"]), text[:6000])).most_common(1)
    if cities and local:
        return f"{cities[0][0]}市"
    bare = Counter(re.findall(any_of(list(provinces)), text[:6000])).most_common(1)
    return provinces[bare[0][0]] if bare else ""


def _trim(name: str) -> str:
    """A region's name without words that stand before it (经福建省 → 福建省); empty where it is none."""
    name = re.sub(rf"^(?:{_STOP})+", "", name)
    provinces: dict[str, str] = words("regions")["provinces"]
    within = re.match(rf"(?:{any_of(list(provinces.values()) + list(provinces))})(?=.{{3,}})", name)
    if within and name not in provinces.values():
        name = name[within.end() :]
    if name in provinces.values():
        return name
    long = 10 if "自治" in name else 5
    if re.search(r"[请已完条跨并其届次级我本该各报假省市]", name[:-1]):
        return ""
    if not 3 <= len(name) <= long or _COMMON.search(name) or name.startswith(("自治", "年")) or name.endswith("自治区"):
        return ""
    return name


_NAMED = re.compile(rf"(?![^市县区旗]{{0,3}}[占的在全各及和与等为个级造展展建])[{_HAN}]{{2,3}}(?:市|县|区|旗)")


def leading_regions(phrase: str, own: str) -> tuple[list[str], str]:
    """Regions at the head of ``phrase`` other than ``own`` (襄阳市、宜昌市社零额), and the rest of the phrase."""
    names: list[str] = []
    rest = phrase
    while True:
        match = _NAMED.match(rest)
        if match is None or _COMMON.search(match.group()):
            break
        name = match.group()
        after = rest[match.end() :]
        if after.startswith("、") and _NAMED.match(after[1:]):
            names.append(name)
            rest = after[1:]
            continue
        if re.search(r"[请已完条跨并其届次级我本该各报假省市县区成]", name[:-1]):
            break
        if after and after[0] not in "场域级内辖委政民属区外域县":
            names.append(name)
            rest = after
        break
    if not names or names == [own]:
        return [], phrase if not names else rest
    return names, rest


@cache
def _area_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"^(?:全市|全省|我市|我省|省级以上|国家级)*(?:经济|高新技术|重点)*({any_of(words('regions')['areas'])})"
    )


def area_of(indicator: str, own: str) -> str:
    """The region with the area that the indicator is about: 开发区出口额 → 宁波市开发区."""
    match = _area_pattern().match(indicator)
    if match and own and not re.match(r"数|（园区）数", indicator[match.end() :]):
        return own + match[1]
    return own

"""One row of a list: from what was typed to what is kept, and from what is kept to what the engine matches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from commercebrain.desk.lists.models import Book, Member
from commercebrain.desk.registers.actions import EntryRefused
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.desk.registry.queries import region as region_of
from commercebrain.engine.catalogue import RegisterField, Words
from commercebrain.engine.lists import ProductRow, entries
from commercebrain.engine.registers import Lookups
from commercebrain.engine.registers.values import APART

if TYPE_CHECKING:
    from commercebrain.engine.lists.kinds import ListKind

COLUMNS = ("key", "title", "code", "country", "data", "valid_from", "valid_to", "enterprise_id", "region_id")


PARTNER = RegisterField(code="partner", name=Words(zh="国家（地区）或分组", en="Country or group"), type="partner")


@dataclass
class Known:
    """What rows refer to, each read once for many rows: names and codes, enterprises by credit code, regions."""

    lookups: Lookups = field(default_factory=DeskLookups)
    firms: dict[str, Enterprise | None] = field(default_factory=dict)
    regions: dict[str, Region | None] = field(default_factory=dict)

    def remember_firms(self, codes: Any) -> None:
        """Reads the enterprises of credit codes at once; one that was merged into another is that other."""
        asked = set(codes) - set(self.firms)
        if not asked:
            return
        found = Enterprise.objects.filter(uscc__in=asked).select_related("merged_into")
        known = {firm.uscc: firm.merged_into or firm for firm in found}
        self.firms.update({code: known.get(code) for code in asked})

    def firm(self, code: str) -> Enterprise | None:
        """The enterprise of a credit code."""
        self.remember_firms([code])
        return self.firms[code]

    def region(self, code: str) -> Region | None:
        """The region that a code means today."""
        if code not in self.regions:
            self.regions[code] = region_of(code)
        return self.regions[code]


@dataclass(frozen=True)
class ReadRow:
    """A row as it is kept; ``notes`` say what was mended on reading."""

    key: str
    title: str
    data: dict[str, Any]
    code: str = ""
    country: str = ""
    enterprise_id: int | None = None
    region_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    notes: tuple[Words, ...] = ()

    def columns(self) -> dict[str, Any]:
        """By the columns of a member."""
        return {name: getattr(self, name) for name in COLUMNS}

    def same(self, member: Member) -> bool:
        """Whether a kept row says the same."""
        return all(getattr(self, name) == getattr(member, name) for name in COLUMNS)


def field_of(kind: ListKind, type_: str) -> str:
    """The first field of a type; empty where there is none."""
    return next((one.code for one in kind.fields if one.type == type_), "")


def read_row(
    kind: ListKind,
    book: Book,
    row: Mapping[str, object],
    known: Known,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    explanation: str = "",
) -> ReadRow:
    """Reads what was typed, by field. Raises :class:`EntryRefused` with everything that is wrong at once."""
    # A number in a spreadsheet may have lost its leading zero; the same digits typed as text have not.
    numbers = [code for code, value in row.items() if isinstance(value, (int, float)) and not isinstance(value, bool)]
    read = entries.read_row(
        kind, row, known.lookups, nomenclature=book.nomenclature, edition=book.edition, numbers=numbers
    )
    faults = [(f.field, f.code, f.zh, f.en) for f in read.faults]
    if read.to_explain and not explanation.strip():
        zh = "".join(f"{words.zh}；" for words in read.to_explain) + "如确实如此，请写明说明。"
        en = " ".join(words.en for words in read.to_explain) + " Explain it if it is so."
        faults.append(("explanation", "lists.explain", zh, en))
    data = dict(read.data)
    firm = _firm(kind, data, known, book, faults)
    place = field_of(kind, "region")
    region = known.region(str(data[place])) if place and data.get(place) else None
    if valid_from and valid_to and valid_to < valid_from:
        faults.append(("valid_to", "lists.ends_before_start", "结束日期早于开始日期。", "It ends before it starts."))
    if faults:
        raise EntryRefused(faults)
    if explanation.strip() and read.to_explain:
        data["explanation"] = " ".join(explanation.split())[:500]
    title = read.title or (str(data.get(kind.subject_field) or "") if kind.subject == "product" else "")
    if firm is not None and (not title or title == firm.uscc):
        title = firm.name_zh
    return ReadRow(
        key=read.key[:300], title=(title or read.key)[:300], data=data,
        code=str(data.get(kind.subject_field) or "")[:12] if kind.subject == "product" else "",
        country=str(data.get(field_of(kind, "country")) or "")[:3],
        enterprise_id=firm.pk if firm else None, region_id=region.pk if region else None,
        valid_from=valid_from, valid_to=valid_to, notes=read.notes,
    )  # fmt: skip


def _firm(
    kind: ListKind, data: dict[str, Any], known: Known, book: Book, faults: list[tuple[str, str, str, str]]
) -> Enterprise | None:
    """The enterprise that a row names, which must stand in the register; an invented one only on an invented list."""
    name = field_of(kind, "enterprise")
    if not name or not data.get(name):
        return None
    code = str(data[name])
    firm = known.firm(code)
    if firm is None:
        faults.append((
            name, "lists.no_firm",
            f"企业名录里没有统一社会信用代码“{code}”的企业，请先登记企业或核对代码。",
            f"No enterprise has the credit code “{code}”; register it first or check the code.",
        ))  # fmt: skip
    elif firm.synthetic != book.synthetic:
        faults.append((
            name, "lists.two_worlds",
            f"“{code}”与清单不在同一个世界：虚构的示例与真实的企业不能列在同一张清单里。",
            f"“{code}”: an invented firm cannot stand on a list of real ones, nor the other way round.",
        ))  # fmt: skip
    return firm


def product_row(book: Book, row: Mapping[str, Any], number: int) -> ProductRow:
    """A kept row as the engine matches it; what it does not say itself is its book's."""
    data = row["data"]
    rate = data.get("rate")
    return ProductRow(
        digits=row["code"],
        nomenclature=str(data.get("nomenclature") or book.nomenclature),
        edition=str(data.get("edition") or book.edition),
        partner=str(data.get("partner") or row["country"] or book.partner),
        rate=None if rate in (None, "") else float(rate),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        excludes=tuple(part for part in APART.split(str(data.get("excludes") or "")) if part),
        number=number,
        part=data.get("part") is True,
    )

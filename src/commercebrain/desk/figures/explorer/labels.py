"""What the values of a break-down are called: counties, partners, products, supervision modes, firms, choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Code, Enterprise, Region

#: Dimensions in the reader's words; others are told by their column's label.
DIMENSIONS = {
    "region": _("region"), "county": _("county"), "city": _("city"), "province": _("province"), "hs2": _("HS chapter"),
    "hs4": _("HS heading"), "hs6": _("HS subheading"), "uscc": _("enterprise"),
}  # fmt: skip
#: The order in which a reader is offered them: the usual ones first, single firms last; others in between.
ORDER = ("region", "county", "city", "province", "country", "hs2", "mode", "flow", "hs4", "hs6", "hs10")
PLACES = frozenset({"region", "county", "city", "province"})
#: The catalogue's code lists as the register of codes calls them.
LISTS = {
    "countries": Code.List.COUNTRY, "products": Code.List.PRODUCT, "industries": Code.List.INDUSTRY,
    "trade_modes": Code.List.TRADE_MODE,
}  # fmt: skip
PRODUCTS = frozenset({"hs2", "hs4", "hs6", "hs10"})
#: The column of single firms: who may read it is asked for every row, and reading it leaves a trail.
FIRM = "uscc"
#: Codes that one query names; databases have a limit.
AT_ONCE = 5_000


def dimension(name: str, dataset: str | None) -> str:
    """The dimension in words."""
    if name in DIMENSIONS:
        return str(DIMENSIONS[name])
    declared = catalogue().records.get(dataset or "")
    column = declared.columns.get(name) if declared else None
    return name if column is None else (column.label.zh if reader.chinese() else column.label.en)


def in_order(names: Iterable[str]) -> list[str]:
    """Dimensions in the order in which they are offered."""

    def place(name: str) -> int:
        return len(ORDER) + 1 if name == FIRM else ORDER.index(name) if name in ORDER else len(ORDER)

    return sorted(names, key=place)


def labels(person: Person, name: str, values: Iterable[str], dataset: str | None) -> dict[str, str]:
    """Value → name in the reader's language, one query; what has no name is left out. Firms only within sight."""
    wanted = {value for value in values if value}
    side = "name_zh" if reader.chinese() else "name_en"
    if name in PLACES:
        rows = Region.objects.valid_on(today()).filter(code__in=wanted).values_list("code", side)
        return {code: text for code, text in rows if text}
    declared = catalogue().records.get(dataset or "")
    column = declared.columns.get(name) if declared else None
    if column is not None and column.type == "choice":
        zh = {
            choice: next((word for word in words if not word.isascii()), choice) for choice, words in column.of.items()
        }
        return zh if reader.chinese() else {}
    if column is not None and column.type == "uscc":
        seen = Enterprise.objects.visible_to(person)
        ordered = sorted(wanted)
        batches = (ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE))
        found = (row for batch in batches for row in seen.filter(uscc__in=batch).values_list("uscc", side))
        return {code: text for code, text in found if text}
    list_ = _list(name, column)
    known = catalogue().codes(list_) if list_ in catalogue().codes.names else {}
    told = {code: known[code].say("zh" if reader.chinese() else "en") for code in wanted if code in known}
    if list_ in LISTS:
        rows = Code.objects.filter(list=LISTS[list_], code__in=wanted).order_by("edition").values_list("code", side)
        told |= {code: text for code, text in rows if text}
    return told


def _list(name: str, column: Any) -> str:
    """The list of codes that the values of a dimension come from; "" for none."""
    return column.list if column is not None and column.list else "products" if name in PRODUCTS else ""


def codes_of(name: str, texts: Iterable[str], dataset: str | None) -> tuple[str, ...]:
    """What a reader wrote as codes: a place, partner, product or choice may be told by its name. Firms only by code."""
    declared = catalogue().records.get(dataset or "")
    column = declared.columns.get(name) if declared else None
    words = [text.strip() for text in texts if text.strip()]
    called: dict[str, str] = {}
    if name in PLACES:
        for code, zh, en in Region.objects.valid_on(today()).values_list("code", "name_zh", "name_en"):
            called |= {zh: code, en.casefold(): code}
    elif column is not None and column.type == "choice":
        called = {word: choice for choice, of in column.of.items() for word in of}
    elif (list_ := _list(name, column)) and list_ in catalogue().codes.names:
        for code, both in catalogue().codes(list_).items():
            called.setdefault(both.zh, code)
            called.setdefault(both.en.casefold(), code)
    return tuple(called.get(word, called.get(word.casefold(), word)) for word in words)

"""What the values of a break-down are called: counties, partners, products, supervision modes, firms, choices."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Code, Enterprise, Region

#: Dimensions in the reader's words; others are told by their column's label.
DIMENSIONS = {
    "region": _("region"), "county": _("county"), "city": _("city"), "province": _("province"), "hs2": _("HS chapter"),
    "hs4": _("HS heading"), "hs6": _("HS subheading"),
}  # fmt: skip
PLACES = frozenset({"region", "county", "city", "province"})
#: The catalogue's code lists as the register of codes calls them.
LISTS = {
    "countries": Code.List.COUNTRY, "products": Code.List.PRODUCT, "industries": Code.List.INDUSTRY,
    "trade_modes": Code.List.TRADE_MODE,
}  # fmt: skip
PRODUCTS = frozenset({"hs2", "hs4", "hs6", "hs10"})


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def dimension(name: str, dataset: str | None) -> str:
    """The dimension in words."""
    if name in DIMENSIONS:
        return str(DIMENSIONS[name])
    declared = catalogue().records.get(dataset or "")
    column = declared.columns.get(name) if declared else None
    return name if column is None else (column.label.zh if _chinese() else column.label.en)


def labels(person: Person, name: str, values: Iterable[str], dataset: str | None) -> dict[str, str]:
    """Value → name in the reader's language, one query; what has no name is left out. Firms only within sight."""
    wanted = {value for value in values if value}
    side = "name_zh" if _chinese() else "name_en"
    if name in PLACES:
        rows = Region.objects.valid_on(today()).filter(code__in=wanted).values_list("code", side)
        return dict(rows)
    declared = catalogue().records.get(dataset or "")
    column = declared.columns.get(name) if declared else None
    if column is not None and column.type == "choice":
        zh = {
            choice: next((word for word in words if not word.isascii()), choice) for choice, words in column.of.items()
        }
        return zh if _chinese() else {}
    if column is not None and column.type == "uscc":
        found = Enterprise.objects.visible_to(person).filter(uscc__in=wanted).values_list("uscc", side)
        return {code: text for code, text in found if text}
    list_ = column.list if column is not None and column.list else "products" if name in PRODUCTS else ""
    if list_ not in LISTS:
        return {}
    rows = Code.objects.filter(list=LISTS[list_], code__in=wanted).order_by("edition").values_list("code", side)
    return {code: text for code, text in rows if text}

"""Pages of the code lists: countries and regions, industries, products, customs supervision modes; townships."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.filters import Choices, Filter
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage, Panel
from commercebrain.desk.registry.models import Code, CodeLink, Township
from commercebrain.desk.registry.queries import codes as reads

LEVELS = {
    "section": gettext_lazy("section"), "division": gettext_lazy("division"), "group": gettext_lazy("group"),
    "class": gettext_lazy("class"), "chapter": gettext_lazy("chapter"), "heading": gettext_lazy("heading"),
    "subheading": gettext_lazy("subheading"), "mode": gettext_lazy("mode"),
    "country or region": gettext_lazy("country or region"), "region of China": gettext_lazy("region of China"),
}  # fmt: skip


def link(item: Code) -> str:
    """The page of a code."""
    return reverse("registry:code", args=[item.list, item.pk])


AREAS = {
    "Africa": gettext_lazy("Africa"),
    "Americas": gettext_lazy("Americas"),
    "Asia": gettext_lazy("Asia"),
    "Europe": gettext_lazy("Europe"),
    "Oceania": gettext_lazy("Oceania"),
}


class _CodeList(ListPage):
    """One code list."""

    list_: ClassVar[str] = ""
    columns = (
        Column("code", gettext_lazy("Code"), sort="code", link=link),
        Column("name", gettext_lazy("Name"), lambda item: item),
        Column("zh", gettext_lazy("Name in Chinese"), "name_zh", hidden=True),
        Column("en", gettext_lazy("Name in English"), "name_en", hidden=True),
        Column("level", gettext_lazy("Level"), lambda item: LEVELS.get(item.level, item.level)),
        Column("parent", gettext_lazy("Part of"), "parent"),
        Column("edition", gettext_lazy("Edition"), "edition", hidden=True),
        Column("source", gettext_lazy("Source"), "source", hidden=True),
    )
    search_fields = ("code", "name_zh", "name_en")
    search_hint = gettext_lazy("name or code")
    empty_title = gettext_lazy("No codes yet")
    empty_hint = gettext_lazy("“cbrain registry load” brings them in from a file.")

    def rows(self, request: HttpRequest) -> Any:
        """All of the list; public."""
        return reads.codes_of(self.list_).order_by("-edition", "code")

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many, and of which editions."""
        said = ngettext("%(n)s code.", "%(n)s codes.", total) % {"n": total}
        editions = "、".join(_edition(name) for name in reads.editions(self.list_))
        return f"{said} " + _("Loaded: %(editions)s.") % {"editions": editions} if editions else said


def _edition(name: str) -> str:
    """An edition as readers call it: a standard by its number, the customs' own list by who keeps it."""
    return _("list of the General Administration of Customs") if name == "customs" else name


def _levels(*names: str) -> Choices:
    return Choices("level", gettext_lazy("Level"), [(name, LEVELS[name]) for name in names])


class Countries(_CodeList):
    """Countries and regions."""

    title = gettext_lazy("Countries and regions")
    list_ = Code.List.COUNTRY
    filters = (_levels("country or region", "region of China"),)


class Industries(_CodeList):
    """GB/T 4754."""

    title = gettext_lazy("Industries")
    list_ = Code.List.INDUSTRY
    filters = (_levels("section", "division", "group", "class"),)


class Products(_CodeList):
    """Harmonized System."""

    title = gettext_lazy("Products")
    list_ = Code.List.PRODUCT
    filters = (
        Filter(
            "edition", gettext_lazy("Edition"), lambda request: [(e, e) for e in reads.editions(Code.List.PRODUCT)]
        ),
        _levels("section", "chapter", "heading", "subheading"),
    )  # fmt: skip


class TradeModes(_CodeList):
    """Customs supervision modes."""

    title = gettext_lazy("Customs supervision modes")
    list_ = Code.List.TRADE_MODE


LISTS = {
    Code.List.COUNTRY: ("registry:countries", Countries.title),
    Code.List.INDUSTRY: ("registry:industries", Industries.title),
    Code.List.PRODUCT: ("registry:products", Products.title),
    Code.List.TRADE_MODE: ("registry:trade_modes", TradeModes.title),
}


class CodePage(DetailPage):
    """One code: where it stands, what is below, what it is in other editions."""

    def find(self, request: HttpRequest, **kwargs: Any) -> Code | None:
        """Of the list that the address names."""
        self.list_ = kwargs["list"]
        return Code.objects.filter(list=kwargs["list"], pk=kwargs["pk"]).first()

    def heading(self, thing: Code) -> str:
        """Code and name."""
        return f"{thing.code} {thing}"

    def back(self) -> tuple[str, Any]:
        """To its list."""
        view, title = LISTS[Code.List(self.list_)]
        return reverse(view), title

    def answer(self, request: HttpRequest, thing: Code) -> str:
        """What it is part of."""
        words = {"code": thing.code, "edition": thing.edition}
        above = reads.ancestors(thing)
        if thing.level == "region of China":
            return _("%(code)s is a region of China and is never scored as a country.") % words
        if above:
            chain = " › ".join(f"{item.code} {item}" for item in above)
            return _("%(code)s of %(edition)s, in %(chain)s.") % {**words, "chain": chain}
        return _("%(code)s of %(edition)s.") % words

    def fields(self, request: HttpRequest, thing: Code) -> list[Field]:
        """Names, level, remark, source."""
        more = {"iso2": _("Two letters"), "iso_num": _("Number"), "area": _("Continent"), "added_by": _("Added by")}
        return [
            Field(_("Name in Chinese"), thing.name_zh),
            Field(_("Name in English"), thing.name_en),
            Field(_("Level"), LEVELS.get(thing.level, thing.level)),
            *[Field(more.get(key, key), AREAS.get(value, value)) for key, value in thing.more.items()],
            Field(_("Remark"), thing.remark),
            Field(_("Source"), thing.source),
        ]

    def panels(self, request: HttpRequest, thing: Code) -> list[Panel]:
        """Codes below, and the concordance."""
        below = Code.objects.filter(list=thing.list, edition=thing.edition, parent=thing.code).order_by("code")
        shown = [
            Panel(_("Parts"), [_("Code"), _("Name")], [[Field("", c.code, link(c)), c] for c in below], _("None."))
        ]
        if thing.list != Code.List.PRODUCT or len(thing.code) != 6:
            return shown
        rows = []
        pairs = CodeLink.objects.filter(list=thing.list).order_by().values_list("from_edition", "to_edition").distinct()
        known = {edition for pair in pairs for edition in pair}
        for edition in sorted(({*reads.editions(thing.list)} | known) - {thing.edition}, reverse=True):
            found = reads.convert(thing.code, thing.edition, edition)
            rows.append([edition, KINDS[found.kind], "、".join(found.codes)])
        headers = [_("Edition"), _("Correspondence"), _("Code")]
        return [*shown, Panel(_("In other editions"), headers, rows, _("Only one edition is loaded."))]


KINDS = {
    "same": gettext_lazy("same edition"),
    "one": gettext_lazy("one to one"),
    "merged": gettext_lazy("merged with others: figures of it are wider"),
    "split": gettext_lazy("split into several: figures cannot be carried over"),
    "none": gettext_lazy("the concordance does not know it"),
    "not_loaded": gettext_lazy("no concordance is loaded"),
}


class Townships(ListPage):
    """Townships, towns and subdistricts."""

    title = gettext_lazy("Townships")
    columns = (
        Column("code", gettext_lazy("Code"), sort="code"),
        Column("name", gettext_lazy("Township"), lambda t: t, sort="name_zh"),
        Column("region", gettext_lazy("County"), "region", sort="region__code", link=lambda t: reverse("registry:region", args=[t.region.code])),
        Column("source", gettext_lazy("Source"), "source", hidden=True),
    )  # fmt: skip
    search_fields = ("code", "name_zh", "name_en", "region.name_zh")
    search_hint = gettext_lazy("name or code")
    empty_title = gettext_lazy("No townships yet")
    empty_hint = gettext_lazy("“cbrain registry load” brings them in from a file.")

    def rows(self, request: HttpRequest) -> Any:
        """All; public."""
        return Township.objects.select_related("region").order_by("code")

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s township.", "%(n)s townships.", total) % {"n": total}


def language() -> str:
    """The suffix of the reader's language."""
    return "zh" if reader.chinese() else "en"

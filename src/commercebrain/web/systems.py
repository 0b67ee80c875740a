"""规划系统对照: everything that the founding documents name, and where in the product each works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.engine.catalogue import SystemRow, load_catalogue

STATES = {
    "works": _("works"),
    "partly": _("works in part"),
    "planned": _("planned"),
    "out-of-scope": _("out of scope"),
}
JUDGEMENTS = {
    "software": _("software"),
    "partly": _("software in part"),
    "physical": _("physical or organisational"),
}


@lru_cache(maxsize=1)
def systems() -> tuple[SystemRow, ...]:
    """All rows in their order."""
    return tuple(load_catalogue().systems.values())


def words(value: Any) -> str:
    """A text of the catalogue in the reader's language."""
    if value is None or isinstance(value, str):
        return value or ""
    return str(value.say(reader.language()))


def documents() -> list[tuple[str, str]]:
    """The founding documents: file name and title."""
    return [(name, title(name)) for name in sorted({source.doc for row in systems() for source in row.source})]


def title(doc: str) -> str:
    """The title of a document in the reader's language."""
    return words(load_catalogue().title(doc))


def _named_in(row: SystemRow) -> str:
    published = load_catalogue().documents
    return "、".join(
        words(published[doc].short) if doc in published else doc
        for doc in sorted({source.doc for source in row.source})
    )


class Systems(ListPage):
    """The whole table, with its answer first."""

    template_name = "web/systems.html"
    title = _("Founding systems")
    search_fields = ("id", "name.zh", "name.en")
    search_hint = _("number or name")
    page_size = 200
    columns = (
        Column("id", _("number"), sort=lambda row: row.id, link=lambda row: reverse("web:system", args=[row.id])),
        Column("name", _("system"), value=lambda row: words(row.name), link=lambda row: reverse("web:system", args=[row.id])),
        Column("group", _("group"), value=lambda row: words(row.group), sort=lambda row: words(row.group)),
        Column("named_in", _("named in"), value=_named_in),
        Column("judgement", _("nature"), value=lambda row: JUDGEMENTS.get(row.judgement, ""), sort=lambda row: row.judgement or ""),
        Column("state", _("state"), value=lambda row: STATES[row.state], sort=lambda row: list(STATES).index(row.state), show="web/cells/system_state.html"),
        Column("link", _("works at"), value=lambda row: row.link or "", link=lambda row: row.link),
        Column("note", _("note"), value=lambda row: words(row.note) or words(row.reason)),
    )  # fmt: skip
    filters = (
        Filter("state", _("state"), options=tuple(STATES.items()), test=lambda row, value: row.state == value),
        Filter("judgement", _("nature"), options=tuple(JUDGEMENTS.items()), test=lambda row, value: row.judgement == value),
        Filter("doc", _("named in"), options=lambda request: documents(), test=lambda row, value: any(s.doc == value for s in row.source)),
    )  # fmt: skip

    def rows(self, request: HttpRequest) -> Sequence[SystemRow]:
        """Public: it says what the product does."""
        return systems()

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are named, how many work."""
        count = Counter(row.state for row in systems())
        return _t(
            "The founding documents name %(all)s systems: %(works)s work here, %(partly)s in part, %(planned)s are "
            "planned, %(out)s are not software and stay out of scope."
        ) % {
            "all": len(systems()),
            "works": count["works"],
            "partly": count["partly"],
            "planned": count["planned"],
            "out": count["out-of-scope"],
        }


class System(DetailPage):
    """One row: what it must do, who asks for it in which words, where it works and what proves it."""

    def find(self, request: HttpRequest, **kwargs: Any) -> SystemRow | None:
        """By its number."""
        return next((row for row in systems() if row.id == kwargs["number"]), None)

    def heading(self, thing: SystemRow) -> str:
        """Number and name."""
        return f"{thing.id} {words(thing.name)}"

    def answer(self, request: HttpRequest, thing: SystemRow) -> str:
        """The state in words."""
        return f"{STATES[thing.state]} · {words(thing.does)}"

    def fields(self, request: HttpRequest, thing: SystemRow) -> Sequence[Field]:
        """All that is known of it."""
        return [
            Field(_("group"), words(thing.group)),
            Field(_("nature"), JUDGEMENTS.get(thing.judgement or "", "")),
            Field(_("what of it is software"), words(thing.remark)),
            Field(_("state"), STATES[thing.state]),
            Field(_("works at"), thing.link or "—", thing.link),
            Field(_("proved by"), thing.proof or "—"),
            Field(_("note"), words(thing.note) or words(thing.reason) or "—"),
        ]

    def panels(self, request: HttpRequest, thing: SystemRow) -> Sequence[Panel]:
        """The words of the documents."""
        rows = [[title(source.doc), source.clause, f"“{source.quote}”"] for source in thing.source]
        return [Panel(_("In the documents' own words"), [_("document"), _("clause"), _("words")], rows)]

    def back(self) -> tuple[str, Any]:
        """The table."""
        return reverse("web:systems"), _("Founding systems")

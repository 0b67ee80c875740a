"""Pages of declared registers: all of them, one as a list, an entry, its form, withdrawal, and a look at what is personal."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core import looks, reader
from commercebrain.desk.core.events import history_of
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage, Panel
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registers import actions, pages, queries
from commercebrain.desk.registers.declared import register as declared
from commercebrain.desk.registers.declared import registers
from commercebrain.desk.registers.forms import OWN, ReasonForm, form_for, initial_of
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registers.models import Entry
from commercebrain.engine.catalogue import Register
from commercebrain.engine.registers import masked, said


def register_or_404(code: str) -> Register:
    """The declared register of a code."""
    found = declared(code)
    if found is None:
        raise Http404
    return found


class Registers(ListPage):
    """Every declared register with the number of its entries in sight."""

    title = gettext_lazy("Declared registers")
    columns = (
        Column("name", gettext_lazy("Register"), lambda r: pages.say(r["register"].name), link=lambda r: r["url"]),
        Column("count", gettext_lazy("Entries"), "count", number=True, decimals=0),
        Column(
            "owner", gettext_lazy("Kept by"), lambda r: pages.say(r["register"].owner) if r["register"].owner else None
        ),
        Column(
            "what", gettext_lazy("What it holds"), lambda r: pages.say(r["register"].definition or r["register"].name)
        ),
    )
    search_fields = ("text",)
    search_hint = gettext_lazy("name of a register")
    empty_title = gettext_lazy("No register is declared")
    empty_hint = gettext_lazy("A register is a file under catalogue/registers; the guide shows one of ten lines.")

    def rows(self, request: HttpRequest) -> Any:
        """Those of the product and those of the bureau."""
        counted = queries.counts(request.user)
        return [
            {
                "register": one,
                "count": counted.get(code, 0),
                "url": reverse("registers:list", args=[code]),
                "text": f"{one.name.zh} {one.name.en} {code}",
            }
            for code, one in registers().items()
        ]

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many, and how many entries."""
        entries = sum(row["count"] for row in rows)
        return ngettext(
            "%(n)s declared register with %(entries)s entries in your sight.",
            "%(n)s declared registers with %(entries)s entries in your sight.",
            total,
        ) % {"n": total, "entries": f"{entries:,}"}


class Entries(ListPage):
    """The entries of one register."""

    template_name = "registers/list.html"
    fulltext = True
    order = "title"
    search_hint = gettext_lazy("part of a name, pinyin initials, any searchable field")
    empty_title = gettext_lazy("No entries yet")
    empty_hint = gettext_lazy("Add one, or bring in a file.")
    withdrawn = False

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Takes columns, filters and words from the declaration."""
        super().setup(request, *args, **kwargs)
        self.register = register_or_404(kwargs["code"])
        self.known = DeskLookups(request.user)
        own: Any = self
        own.title = pages.say(self.register.name)
        own.columns = pages.columns(self.register, self.known)
        own.filters = pages.filters(self.register, self.known)
        own.confidential = self.register.classification == "confidential"
        if self.register.personal or any(one.type == "enterprise" for one in self.register.fields):
            own.reads = ("registers.entry", self.register.name.zh, self.register.name.en)

    def rows(self, request: HttpRequest) -> Any:
        """In sight, by title."""
        return queries.entries(request.user, self.register, withdrawn=self.withdrawn).order_by("title", "pk")

    def prepare(self, rows: Any) -> Any:
        """Reads the names of firms at once."""
        firms = [one.code for one in self.register.fields if one.type == "enterprise"]
        if firms:
            self.known.remember_firms(str(row.data[code]) for row in rows for code in firms if row.data.get(code))
        return rows

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many, in which register."""
        words = {"n": total, "register": pages.say(self.register.name)}
        if self.withdrawn:
            return (
                ngettext(
                    "%(n)s entry was withdrawn from “%(register)s”.",
                    "%(n)s entries were withdrawn from “%(register)s”.",
                    total,
                )
                % words
            )
        return ngettext("%(n)s entry in “%(register)s”.", "%(n)s entries in “%(register)s”.", total) % words

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """What may be done, and where the register comes from."""
        code = self.register.code
        return {
            "register": self.register,
            "may_enter": not self.withdrawn and queries.units_to_enter_for(request.user).exists(),
            "import_url": f"{reverse('core:new_import', args=['registers.entry'])}?target={code}",
            "definition": pages.say(self.register.definition) if self.register.definition else "",
            "sources": self.register.source,
            "withdrawn": self.withdrawn,
            "other": reverse("registers:list" if self.withdrawn else "registers:withdrawn", args=[code]),
        }


class Withdrawn(Entries):
    """What was taken out of a register, with the way back."""

    withdrawn = True
    empty_title = gettext_lazy("Nothing was withdrawn")
    empty_hint = gettext_lazy("Withdrawn entries stay here with their history and can be restored.")


class EntryAt:
    """What the pages of one entry share."""

    register: Register

    def find(self, request: HttpRequest, **kwargs: Any) -> Entry | None:
        """In sight, withdrawn or not."""
        self.register = register_or_404(kwargs["code"])
        return queries.entry(request.user, self.register, kwargs["pk"])

    def must_enter(self, request: HttpRequest, **kwargs: Any) -> Entry:
        """The entry, or the refusal that fits: out of sight is 404, seen only is 403."""
        entry = EntryAt.find(self, request, **kwargs)
        if entry is None:
            raise Http404
        if not queries.may_enter(request.user, entry):
            raise PermissionDenied
        return entry


def is_open(request: HttpRequest, entry: Entry) -> bool:
    """Whether the person gave a reason to see the personal values of this entry a short while ago."""
    return looks.is_open(request, entry)


class EntryPage(EntryAt, DetailPage):
    """One entry: its fields, its earlier states, files and history."""

    template_name = "registers/entry.html"
    documents = True

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registers:list", args=[self.register.code]), pages.say(self.register.name)

    def answer(self, request: HttpRequest, thing: Entry) -> str:
        """What it is and since when it stands so."""
        last = history_of(thing).exclude(verb__startswith="data.").values_list("business_date", flat=True).first()
        day = last or timezone.localtime(thing.updated_at).date()
        words = {"name": thing.title, "register": pages.say(self.register.name), "day": day}
        if thing.withdrawn:
            return _("“%(name)s” was withdrawn from “%(register)s” on %(day)s.") % words
        return _("“%(name)s” in “%(register)s”, last changed on %(day)s.") % words

    def fields(self, request: HttpRequest, thing: Entry) -> list[Field]:
        """Every declared field, then unit, validity, source."""
        known, language = DeskLookups(request.user), reader.language()
        opened = is_open(request, thing)
        firms = [
            str(thing.data[one.code])
            for one in self.register.fields
            if one.type == "enterprise" and thing.data.get(one.code)
        ]
        known.remember_firms(firms)
        shown = []
        for one in self.register.fields:
            value = thing.data.get(one.code)
            if one.personal and not opened:
                shown.append(Field(pages.say(one.name), masked(one, value)))
                continue
            link = str(value) if one.type == "url" and value else None
            shown.append(Field(pages.say(one.name), said(one, value, known, language) or None, link))
        shown.append(Field(_("Unit in charge"), thing.unit))
        if self.register.dated:
            shown.append(Field(_("Valid from"), thing.valid_from))
            shown.append(Field(_("Valid until"), thing.valid_to))
        if thing.explanation:
            shown.append(Field(_("Explanation"), thing.explanation))
        if thing.source:
            shown.append(Field(_("Source"), thing.source))
        return shown

    def panels(self, request: HttpRequest, thing: Entry) -> list[Panel]:
        """What it was before each change; personal values are not repeated."""
        known, language = DeskLookups(request.user), reader.language()
        rows = []
        later = {"data": thing.data}
        for state in queries.states(thing)[:50]:
            told = []
            for one in self.register.fields:
                before, after = state.data.get(one.code), later["data"].get(one.code)
                if before != after:
                    words = (
                        said(one, v, known, language) if not one.personal else masked(one, v) for v in (before, after)
                    )
                    told.append("{}: {} → {}".format(pages.say(one.name), *(word or "—" for word in words)))
            rows.append([state.version, "；".join(map(str, told)) or state.reason, state.changed_by, state.until])
            later = {"data": state.data}
        if not rows:
            return []
        return [Panel(_("Earlier states"), [_("Version"), _("What was changed then"), _("Person"), _("At")], rows)]

    def extra(self, request: HttpRequest, thing: Entry) -> dict[str, Any]:
        """What may be done with it."""
        return {
            "register": self.register,
            "may_enter": queries.may_enter(request.user, thing),
            "hidden": bool(
                any(thing.data.get(one.code) for one in self.register.personal) and not is_open(request, thing)
            ),
        }


class EntryEdit(EntryAt, FormPage):
    """A new entry, or a change of one."""

    own: Unit | None = None  # the first unit for which the person may enter

    def find(self, request: HttpRequest, **kwargs: Any) -> Entry | None:
        """None for a new one, for whoever may enter for some unit."""
        if "pk" in kwargs:
            entry = self.must_enter(request, **kwargs)
            if entry.withdrawn:
                raise Http404
            return entry
        self.register = register_or_404(kwargs["code"])
        self.own = queries.first_unit_to_enter_for(request.user)
        if self.own is None:
            raise PermissionDenied
        return None

    def form_type(self, request: HttpRequest, thing: Entry | None) -> Any:
        """From the declaration."""
        opened = thing is not None and is_open(request, thing)
        return form_for(self.register, request.user, thing, open_=opened)

    def initial(self, request: HttpRequest, thing: Entry | None) -> dict[str, Any]:
        """The entry; for a new one the own unit."""
        if thing is None:
            return {self.register.scope.unit or "unit": self.own.pk if self.own else None}
        return initial_of(self.register, thing, open_=is_open(request, thing))

    def save(self, request: HttpRequest, thing: Entry | None, data: dict[str, Any], version: int | None) -> Entry:
        """Through the one action."""
        form = self.posted
        own = {name: data[name] for name in OWN if data.get(name) not in (None, "")}
        if thing is None:
            return actions.create(self.register, request.user, form.row(), known=form.known, **own)
        return actions.edit(thing, self.register, request.user, version, form.row(), known=form.known, **own)

    def done(self, request: HttpRequest, thing: Entry) -> str:
        """To the entry."""
        return pages.address(thing)

    def heading(self, thing: Entry | None) -> str:
        """What is done."""
        if thing is None:
            return _("New entry: %(register)s") % {"register": pages.say(self.register.name)}
        return _("Edit: %(name)s") % {"name": thing.title}

    def answer(self, request: HttpRequest, thing: Entry | None) -> str:
        """Which fields are needed."""
        return _("Fields without “optional” must be filled in; what you type is kept as a draft.")

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registers:list", args=[self.register.code]), pages.say(self.register.name)


class _WithReason(EntryAt, FormPage):
    """A step that needs a reason."""

    form_class = ReasonForm
    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Entry:
        """Who may change it."""
        return self.must_enter(request, **kwargs)

    def done(self, request: HttpRequest, thing: Entry) -> str:
        """To the entry."""
        return pages.address(thing)

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registers:list", args=[self.register.code]), pages.say(self.register.name)


class Withdraw(_WithReason):
    """Takes an entry out."""

    save_label = gettext_lazy("Withdraw from the register")
    saved_message = gettext_lazy("Withdrawn; it can be restored.")

    def heading(self, thing: Entry) -> str:
        """What is done."""
        return _("Withdraw: %(name)s") % {"name": thing.title}

    def answer(self, request: HttpRequest, thing: Entry) -> str:
        """What that means."""
        return _("The entry leaves the register and stays with its history; it can be restored.")

    def save(self, request: HttpRequest, thing: Entry, data: dict[str, Any], version: int | None) -> Entry:
        """Through the action."""
        return actions.withdraw(thing, self.register, request.user, version, data["reason"])


class Restore(_WithReason):
    """Puts an entry back."""

    save_label = gettext_lazy("Restore")
    saved_message = gettext_lazy("Restored.")

    def heading(self, thing: Entry) -> str:
        """What is done."""
        return _("Restore: %(name)s") % {"name": thing.title}

    def save(self, request: HttpRequest, thing: Entry, data: dict[str, Any], version: int | None) -> Entry:
        """Through the action."""
        return actions.restore(thing, self.register, request.user, version, data["reason"])


class Reveal(_WithReason):
    """Opens the personal values of an entry to one person for a short while; the look and its reason are kept."""

    save_label = gettext_lazy("Show")
    saved_message = gettext_lazy("Shown to you for ten minutes; the look is in the event log.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Entry:
        """Who may read the entry, where it holds something personal."""
        entry = EntryAt.find(self, request, **kwargs)
        if entry is None or not self.register.personal:
            raise Http404
        return entry

    def heading(self, thing: Entry) -> str:
        """What is done."""
        return _("Show personal information: %(name)s") % {"name": thing.title}

    def answer(self, request: HttpRequest, thing: Entry) -> str:
        """What that means."""
        return _("Say what you need it for; who looked, when and why is kept.")

    def version(self, thing: Entry) -> int | None:
        """Nothing is changed."""
        return None

    def save(self, request: HttpRequest, thing: Entry, data: dict[str, Any], version: int | None) -> Entry:
        """Writes the look, then opens."""
        name = self.register.name
        what = (f"{name.zh}“{thing.title}”的个人信息", f"personal information of “{thing.title}” in {name.en}")
        looks.open_up(request, thing, what, data["reason"], thing.unit)
        return thing

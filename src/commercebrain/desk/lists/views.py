"""Pages of lists: the kinds, the lists of a kind, one list, its rows on any day, one row."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.filters import BadFilterError, Filter, UnitFilter, YesNo
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage, Panel
from commercebrain.desk.core.tabs import ListTab, Tab
from commercebrain.desk.lists import pages, queries
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.lists.kinds import kinds
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.lists.reading import PARTNER
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registers import queries as register_queries
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registers.pages import cell, say
from commercebrain.engine.lists.nomenclature import nomenclatures
from commercebrain.engine.registers import said


def kind_or_404(code: str) -> Any:
    """The declared kind of a code."""
    found = declared(code)
    if found is None:
        raise Http404
    return found


def lists_address(kind: Any) -> str:
    """Where the lists of a kind are: its register's page where its rows are entries of one."""
    if kind.members == "register" and kind.register:
        return reverse("registers:list", args=[kind.register])
    return reverse("lists:books", args=[kind.code])


class Kinds(ListPage):
    """Every declared kind of list."""

    title = gettext_lazy("Lists")
    columns = (
        Column("name", gettext_lazy("Kind of list"), lambda r: r["name"], link=lambda r: r["url"]),
        Column("count", gettext_lazy("Lists"), "count", number=True, decimals=0),
        Column("chase", gettext_lazy("Chase list"), lambda r: _("yes") if r["kind"].chase else ""),
        Column("subject", gettext_lazy("What stands on it"), lambda r: pages.SUBJECTS[r["kind"].subject]),
        Column("counts", gettext_lazy("Counted by"), lambda r: counted_by(r["kind"])),
        Column("public", gettext_lazy("Public"), lambda r: _("yes") if r["kind"].public else _("no")),
        Column("owner", gettext_lazy("Kept by"), lambda r: say(r["kind"].owner) if r["kind"].owner else None),
        Column("what", gettext_lazy("What it holds"), lambda r: r["what"], hidden=True),
    )
    filters = (
        YesNo("chase", gettext_lazy("Chase list"), test=lambda r, value: bool(r["kind"].chase) is value),
        YesNo("public", gettext_lazy("Public"), test=lambda r, value: bool(r["kind"].public) is value),
        Filter(
            "subject", gettext_lazy("What stands on it"), list(pages.SUBJECTS.items()),
            test=lambda r, value: r["kind"].subject == value,
        ),
    )  # fmt: skip
    search_fields = ("text",)
    search_hint = gettext_lazy("name of a kind")
    empty_title = gettext_lazy("No kind of list is declared")
    empty_hint = gettext_lazy("A kind is a file under catalogue/lists.")

    def rows(self, request: HttpRequest) -> Any:
        """All kinds; a firm's user is not offered those of firms."""
        counted, entries = queries.counts(request.user), register_queries.counts(request.user)
        alone = queries.firm_alone(extent_of(request.user, Right.SEE, today()))
        return [
            {
                "kind": one,
                "name": say(one.name),
                "count": entries.get(one.register, 0) if one.members == "register" else counted.get(code, 0),
                "url": lists_address(one),
                "what": say(one.definition or one.name),
                "text": f"{one.name.zh} {one.name.en} {code}",
            }
            for code, one in kinds().items()
            if not (alone and one.subject == "firm")
        ]

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many kinds, lists and rows."""
        lists = sum(row["count"] for row in rows if row["kind"].members != "register")
        chase = sum(1 for row in rows if row["kind"].chase)
        return ngettext(
            "%(n)s kind of list, %(chase)s for chasing; %(lists)s lists in your sight.",
            "%(n)s kinds of lists, %(chase)s for chasing; %(lists)s lists in your sight.",
            total,
        ) % {"n": total, "lists": f"{lists:,}", "chase": chase}


def counted_by(kind: Any) -> str:
    """What counts the lists of a kind, in words."""
    return "、".join(str(say(words)) for words in kind.counted(catalogue()))


def state_of(book: Any) -> str:
    """How far a list is, in words."""
    if book.closed_on is not None and book.closed_on <= today():
        return _("closed")
    if book.proposed:
        return _("waiting for approval")
    if book.open:
        return _("being drafted")
    return _("in force") if book.number else _("empty")


class Books(ListPage):
    """The lists of one kind."""

    template_name = "lists/books.html"
    columns = (
        Column("name", gettext_lazy("The list"), lambda b: b, sort="name_zh", link=pages.book_address),
        Column("number", gettext_lazy("Version"), "number", number=True, decimals=0),
        Column("since", gettext_lazy("In force since"), "since", sort="since"),
        Column("size", gettext_lazy("Rows"), "size", number=True, decimals=0),
        Column("state", gettext_lazy("State"), state_of),
        Column("unit", gettext_lazy("Kept by"), "unit", sort="unit__path"),
        Column("partner", gettext_lazy("Trade with"), "partner", hidden=True),
        Column("nomenclature", gettext_lazy("Nomenclature"), "nomenclature", hidden=True),
        Column("synthetic", gettext_lazy("Invented"), "synthetic", hidden=True),
    )
    filters = (
        UnitFilter("unit", gettext_lazy("Kept by"), lookup="unit"),
        YesNo("waiting", gettext_lazy("Waiting for approval"), lookup="proposed"),
        YesNo(
            "closed", gettext_lazy("Closed"),
            apply=lambda rows, value: rows.filter(closed_on__isnull=not value),
        ),
    )  # fmt: skip
    search_fields = ("name_zh", "name_en")
    search_hint = gettext_lazy("name of a list")
    order = "name"
    empty_title = gettext_lazy("No list of this kind yet")
    empty_hint = gettext_lazy("Begin one: its first version is drafted, proposed and approved by another person.")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Takes the name of the kind."""
        super().setup(request, *args, **kwargs)
        self.kind = kind_or_404(kwargs["kind"])
        own: Any = self
        own.title = say(self.kind.name)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; the register's own for a kind whose rows are entries of one."""
        if self.kind.members == "register":
            return redirect(lists_address(self.kind))
        return super().get(request, *args, **kwargs)

    def rows(self, request: HttpRequest) -> Any:
        """In sight, with the version in force."""
        return queries.told(queries.books(request.user).filter(kind=self.kind.code))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many lists, and how many rows they hold now."""
        waiting = rows.filter(proposed=True).count() if total else 0
        told = ngettext("%(n)s list of this kind.", "%(n)s lists of this kind.", total) % {"n": total}
        if waiting:
            told += " " + ngettext(
                "%(n)s version waits for approval.", "%(n)s versions wait for approval.", waiting
            ) % {"n": waiting}
        return said

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """What the kind is, and whether a list may be begun."""
        return {
            "kind": self.kind,
            "definition": say(self.kind.definition) if self.kind.definition else "",
            "counts": counted_by(self.kind),
            "may_begin": queries.units_to_keep_for(request.user).exists(),
        }


class Rows(ListPage):
    """The rows of a list: of the version in force, of the one on a past day, or of a version by its number."""

    template_name = "lists/rows.html"
    search_fields = ("title", "key", "code", "enterprise__name_zh")
    search_hint = gettext_lazy("name, code or part of it")
    order = ""
    empty_title = gettext_lazy("No rows")
    empty_hint = gettext_lazy("Nothing stood on the list then.")
    book: Book
    version: ListVersion | None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Finds the list and takes columns and filters from its kind."""
        super().setup(request, *args, **kwargs)
        own: Any = self
        if "version" in kwargs:
            found = queries.version(request.user, kwargs["version"])
            if found is None:
                raise Http404
            own.version, own.book = found, found.book
        else:
            book = queries.book(request.user, kwargs["pk"])
            if book is None:
                raise Http404
            own.book = book
            own.version = queries.in_force(book, self._day(request))
        self.kind = declared(self.book.kind) or undeclared(self.book)
        self.known = DeskLookups(request.user)
        own.title = f"{self.book} · {pages.numbered(self.version.number)}" if self.version else str(self.book)
        own.columns = pages.columns(self.kind, self.known)
        own.filters = pages.filters(self.kind, self.known, self._held, by_day="version" not in kwargs)
        own.confidential = self.book.classification == "confidential"
        if self.kind.subject == "firm":
            own.reads = ("lists.member", self.kind.name.zh, self.kind.name.en)

    def _day(self, request: HttpRequest) -> Any:
        try:
            return pages.OnDay("on", "").read(request.GET)
        except BadFilterError:
            return None

    def _held(self) -> Any:
        return Member.objects.none() if self.version is None else queries.version_rows(self.version)

    def rows(self, request: HttpRequest) -> Any:
        """What the version holds, by key."""
        return pages.named(self._held(), self.kind).select_related("enterprise__region")

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """Which version, since when, how many rows, covering what."""
        if self.version is None and (day := self._day(request)):
            return _("No version was in force on %(day)s.") % {"day": day}
        if self.version is not None and self.version.state != ListVersion.State.APPROVED:
            words = {"number": self.version.number, "state": self.version.get_state_display(), "n": total}
            return (
                ngettext(
                    "Version %(number)s, %(state)s: %(n)s row.", "Version %(number)s, %(state)s: %(n)s rows.", total
                )
                % words
            )
        return pages.first_line(self.book, self.kind, self.version, self._held())

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Where one is."""
        return {"book": self.book, "version": self.version, "day": self._day(request) or today()}


def undeclared(book: Book) -> Any:
    """Stands in for a kind that is no longer declared: what was kept stays readable."""
    from commercebrain.engine.catalogue import RegisterField, Words
    from commercebrain.engine.lists.kinds import ListKind

    name = Words(zh=book.kind, en=book.kind)
    field = RegisterField(code="name", name=Words(zh="名称", en="Name"))
    return ListKind.model_construct(code=book.kind, name=name, fields=(field,), subject="project", key=(), dated=False)


class RowsTab(ListTab):
    """The rows in a tab of the list's page."""

    def __init__(self) -> None:
        super().__init__("rows", gettext_lazy("Rows of the list"), Rows)

    def _table(self, request: HttpRequest, thing: Any) -> str:
        from django.template.loader import render_to_string

        page = Rows()
        where = {"version": thing.pk} if isinstance(thing, ListVersion) else {"pk": thing.pk}
        page.setup(request, **where)
        page.within = thing
        return render_to_string(page.part_template, page.list_context(request), request)


class BookPage(DetailPage):
    """One list: what it is, its versions, its rows, files and history."""

    template_name = "lists/book.html"
    documents = True

    def find(self, request: HttpRequest, **kwargs: Any) -> Book | None:
        """In sight."""
        found = queries.book(request.user, kwargs["pk"])
        self.kind = declared(found.kind) if found else None
        return found

    def back(self) -> tuple[str, Any] | None:
        """To the lists of the kind."""
        return (reverse("lists:books", args=[self.kind.code]), say(self.kind.name)) if self.kind else None

    def answer(self, request: HttpRequest, thing: Book) -> str:
        """Version, since when, how many rows, what they cover."""
        version = queries.in_force(thing)
        rows = queries.version_rows(version) if version else Member.objects.none()
        return pages.first_line(thing, self.kind, version, rows)

    def tabs(self, request: HttpRequest, thing: Book) -> list[Tab]:
        """The rows in force."""
        return [RowsTab()]

    def fields(self, request: HttpRequest, thing: Book) -> list[Field]:
        """What is said about the list."""
        shown = [Field(_("Kind of list"), say(self.kind.name) if self.kind else thing.kind)]
        if self.kind and self.kind.definition:
            shown.append(Field(_("What it holds"), say(self.kind.definition)))
        shown.append(Field(_("Kept by"), thing.unit))
        shown.append(Field(_("Who reads it"), _readers(thing)))
        if self.kind and (counts := counted_by(self.kind)):
            shown.append(Field(_("Counted by"), counts))
        language = reader.language()
        written = nomenclatures().get(thing.nomenclature)
        codes = " ".join(filter(None, [written.name.say(language) if written else thing.nomenclature, thing.edition]))
        partner = said(PARTNER, thing.partner, DeskLookups(request.user), language)
        for label, value in (
            (_("Nomenclature"), codes), (_("Trade with"), partner), (_("Note"), thing.note),
            (_("Closed from"), thing.closed_on),
        ):  # fmt: skip
            if value:
                shown.append(Field(label, value))
        return shown

    def panels(self, request: HttpRequest, thing: Book) -> list[Panel]:
        """Its versions in the reader's sight, the newest first."""
        current = queries.in_force(thing)
        rows: list[Any] = []
        for one in queries.seen_versions(request.user, thing)[:100]:
            now = _("in force") if current and one.pk == current.pk else one.get_state_display()
            rows.append([
                Field("", pages.numbered(one.number), pages.version_address(one)), now, one.effective_on, one.document,
                one.reason, one.rows_in, one.rows_out, one.proposed_by, one.decided_by,
            ])  # fmt: skip
        headers = [
            _("Version"), _("State"), _("In force from"), _("Document"), _("Reason"), _("Rows in"), _("Rows out"),
            _("Proposed by"), _("Approved by"),
        ]  # fmt: skip
        return [Panel(_("Versions"), headers, rows, _("No version yet: begin with a draft."), numbers={5, 6})]

    def extra(self, request: HttpRequest, thing: Book) -> dict[str, Any]:
        """What may be done with it."""
        may = self.kind is not None and thing.closed_on is None and queries.may_keep(request.user, thing)
        waiting = queries.seen_versions(request.user, thing).filter(state__in=queries.OPEN).first()
        return {"kind": self.kind, "may_keep": may, "open_version": waiting}


def _readers(book: Book) -> str:
    if book.classification == "public":
        return _("everybody with a role in the system")
    return _("the unit that keeps it and units above")


class MemberPage(DetailPage):
    """One row of a list: what it says, by which decision it came in and went out."""

    template_name = "lists/row.html"
    history = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Member | None:
        """In sight."""
        found = queries.member(request.user, kwargs["pk"])
        if found is not None:
            self.kind = declared(found.book.kind) or undeclared(found.book)
        return found

    def back(self) -> tuple[str, Any]:
        """To its list."""
        return pages.book_address(self.member_of), self.member_of

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        found = queries.member(request.user, kwargs["pk"])
        if found is None:
            raise Http404
        self.member_of = found.book
        return super().get(request, *args, **kwargs)

    def answer(self, request: HttpRequest, thing: Member) -> str:
        """Since which version it stands on the list, until which."""
        words = {"name": thing.title, "list": thing.book, "n": thing.added, "m": thing.removed}
        if thing.removed is not None:
            return _("“%(name)s” came on “%(list)s” with version %(n)s and left it with version %(m)s.") % words
        return _("“%(name)s” stands on “%(list)s” since version %(n)s.") % words

    def fields(self, request: HttpRequest, thing: Member) -> list[Field]:
        """Every declared field, then firm and days."""
        known = DeskLookups(request.user)
        shown = [Field(say(one.name), cell(one, thing, known)) for one in self.kind.fields if one.type != "enterprise"]
        if thing.enterprise is not None:
            link = reverse("registry:enterprise", args=[thing.enterprise_id])
            shown.append(Field(_("Enterprise"), thing.enterprise, link))
        if thing.valid_from or thing.valid_to:
            shown += [Field(_("Valid from"), thing.valid_from), Field(_("Valid until"), thing.valid_to)]
        if thing.data.get("explanation"):
            shown.append(Field(_("Explanation"), thing.data["explanation"]))
        return shown

    def panels(self, request: HttpRequest, thing: Member) -> list[Panel]:
        """The decisions by which it came and went."""
        rows = [decision_cells(request, thing, _("came in"), thing.added, "")]
        if thing.removed is not None:
            rows.append(decision_cells(request, thing, _("went out"), thing.removed, thing.exit_reason))
        headers = [
            _("What"),
            _("Version"),
            _("In force from"),
            _("Document"),
            _("Reason"),
            _("Proposed by"),
            _("Approved by"),
        ]
        return [Panel(_("Entry and exit"), headers, [row for row in rows if row])]

    def extra(self, request: HttpRequest, thing: Member) -> dict[str, Any]:
        """The draft in which the row may be changed, taken out or put back."""
        draft = thing.book.versions.filter(state=ListVersion.State.DRAFT).first()
        if draft is None or not queries.may_keep(request.user, thing.book):
            return {"draft": None}
        return {
            "draft": draft,
            "holds": queries.version_rows(draft).filter(pk=thing.pk).exists(),
            "took_out": thing.removed == draft.number,
        }


def decision_cells(request: HttpRequest, member: Member, what: str, number: int, reason: str) -> list[Any]:
    """The decision of one version as cells; empty where the version is out of sight."""
    found = queries.versions(request.user).filter(book=member.book_id, number=number).first()
    if found is None:
        return []
    why = "；".join(filter(None, [reason, found.reason])) or found.basis
    link = Field("", pages.numbered(number), pages.version_address(found))
    return [what, link, found.effective_on, found.document, why, found.proposed_by, found.decided_by]


__all__ = ["BookPage", "Books", "Kinds", "MemberPage", "Rows", "RowsTab", "kind_or_404"]

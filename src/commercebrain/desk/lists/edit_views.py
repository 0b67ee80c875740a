"""Forms of lists: begin, describe and close one; draft a version row by row; propose it and decide on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.lists import actions, building, forms, pages, queries, rows
from commercebrain.desk.lists.models import Book, ListVersion, Member
from commercebrain.desk.lists.reading import Known
from commercebrain.desk.lists.version_views import version_or_404
from commercebrain.desk.lists.views import kind_or_404
from commercebrain.desk.registers.pages import say
from commercebrain.engine.errors import UserError

State = ListVersion.State


def book_to_keep(request: HttpRequest, pk: int) -> Book:
    """A list that the person keeps: out of sight is 404, seen only is 403."""
    book = queries.book(request.user, pk)
    if book is None:
        raise Http404
    if not queries.may_keep(request.user, book):
        raise PermissionDenied
    return book


def version_to_keep(request: HttpRequest, pk: int) -> ListVersion:
    """A version of a list that the person keeps."""
    version = version_or_404(request, pk)
    if not queries.may_keep(request.user, version.book):
        raise PermissionDenied
    return version


def member_to_keep(request: HttpRequest, version: ListVersion, pk: int) -> Member:
    """A row that a draft holds."""
    found = queries.version_rows(version).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class BookNew(FormPage):
    """A new list of a kind."""

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """Whoever may enter for some unit; kinds of registers have no lists."""
        self.kind = kind_or_404(kwargs["kind"])
        if self.kind.members == "register":
            raise Http404
        if not queries.units_to_keep_for(request.user).exists():
            raise PermissionDenied

    def form_type(self, request: HttpRequest, thing: Any) -> Any:
        """By the kind."""
        return forms.book_form(self.kind, request.user, new=True)

    def initial(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The own unit."""
        unit = queries.units_to_keep_for(request.user).first()
        return {"unit": unit.pk if unit else None}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Book:
        """Through the action."""
        return actions.create_book(self.kind, request.user, **data)

    def done(self, request: HttpRequest, thing: Book) -> str:
        """To the list."""
        return pages.book_address(thing)

    def heading(self, thing: Any) -> str:
        """What is begun."""
        return _("New list: %(kind)s") % {"kind": say(self.kind.name)}

    def back(self) -> tuple[str, Any]:
        """To the lists of the kind."""
        return reverse("lists:books", args=[self.kind.code]), say(self.kind.name)


class BookEdit(FormPage):
    """What is said about a list."""

    def find(self, request: HttpRequest, **kwargs: Any) -> Book:
        """Who keeps it."""
        found = book_to_keep(request, kwargs["pk"])
        self.kind, self.book = kind_or_404(found.kind), found
        return found

    def form_type(self, request: HttpRequest, thing: Book) -> Any:
        """By the kind."""
        return forms.book_form(self.kind, request.user, new=False)

    def initial(self, request: HttpRequest, thing: Book) -> dict[str, Any]:
        """As it is."""
        return {
            name: getattr(thing, name) for name in ("name_zh", "name_en", "nomenclature", "edition", "partner", "note")
        }

    def save(self, request: HttpRequest, thing: Book, data: dict[str, Any], version: int | None) -> Book:
        """Through the action."""
        return actions.edit_book(thing, request.user, version, **data)

    def done(self, request: HttpRequest, thing: Book) -> str:
        """To the list."""
        return pages.book_address(thing)

    def heading(self, thing: Book) -> str:
        """What is edited."""
        return _("Edit: %(name)s") % {"name": thing}

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return pages.book_address(self.book), self.book


class BookClose(FormPage):
    """Ends a list."""

    form_class = forms.CloseForm
    keeps_draft = False
    save_label = gettext_lazy("Close the list")

    def find(self, request: HttpRequest, **kwargs: Any) -> Book:
        """Who keeps it."""
        self.book = book_to_keep(request, kwargs["pk"])
        return self.book

    def initial(self, request: HttpRequest, thing: Book) -> dict[str, Any]:
        """From today."""
        return {"on": today()}

    def save(self, request: HttpRequest, thing: Book, data: dict[str, Any], version: int | None) -> Book:
        """Through the action."""
        return actions.close_book(thing, request.user, version, data["on"], data["reason"])

    def done(self, request: HttpRequest, thing: Book) -> str:
        """To the list."""
        return pages.book_address(thing)

    def heading(self, thing: Book) -> str:
        """What is closed."""
        return _("Close: %(name)s") % {"name": thing}

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return pages.book_address(self.book), self.book


class _OfVersion(FormPage):
    """A form about a version that the person keeps."""

    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> ListVersion:
        """Who keeps the list."""
        self.of = version_to_keep(request, kwargs["pk"])
        self.kind = kind_or_404(self.of.book.kind)
        return self.of

    def done(self, request: HttpRequest, thing: Any) -> str:
        """To the version."""
        return pages.version_address(self.of)

    def back(self) -> tuple[str, Any]:
        """To the version."""
        return pages.version_address(self.of), f"{self.of.book} · {pages.numbered(self.of.number)}"


class Propose(_OfVersion):
    """Puts a draft before another person."""

    keeps_draft = True
    save_label = gettext_lazy("Propose for approval")
    saved_message = gettext_lazy("Proposed; another person decides.")

    def form_type(self, request: HttpRequest, thing: ListVersion) -> Any:
        """What the kind asks for."""
        return forms.propose_form(self.kind)

    def initial(self, request: HttpRequest, thing: ListVersion) -> dict[str, Any]:
        """What an earlier proposal of it said."""
        return {name: getattr(thing, name) or None for name in ("document", "issued_on", "effective_on", "reason")}

    def save(self, request: HttpRequest, thing: ListVersion, data: dict[str, Any], version: int | None) -> ListVersion:
        """Through the action."""
        return actions.propose(thing, request.user, seen=version, **data)

    def heading(self, thing: ListVersion) -> str:
        """What is proposed."""
        return _("Propose: %(name)s") % {"name": f"{thing.book} · {pages.numbered(thing.number)}"}

    def answer(self, request: HttpRequest, thing: ListVersion) -> str:
        """What will be proposed."""
        words = {"rows_in": queries.came_in(thing).count(), "rows_out": queries.went_out(thing).count()}
        return _("%(rows_in)s rows in, %(rows_out)s out; somebody else approves them.") % words


class Decide(_OfVersion):
    """Approves or declines what another person proposed."""

    form_class = forms.DecideForm
    save_label = gettext_lazy("Approve or decline")
    saved_message = gettext_lazy("Decided.")

    def save(self, request: HttpRequest, thing: ListVersion, data: dict[str, Any], version: int | None) -> ListVersion:
        """Through the action."""
        approve = data["answer"] == "approve"
        return actions.decide(thing, request.user, approve=approve, decision=data["decision"], seen=version)

    def heading(self, thing: ListVersion) -> str:
        """What is decided on."""
        return _("Decide: %(name)s") % {"name": f"{thing.book} · {pages.numbered(thing.number)}"}

    def answer(self, request: HttpRequest, thing: ListVersion) -> str:
        """What it would change."""
        words = {
            "who": thing.proposed_by or "—", "rows_in": thing.rows_in, "rows_out": thing.rows_out,
            "day": thing.effective_on, "document": thing.document or thing.reason or "—",
        }  # fmt: skip
        return (
            _("%(who)s proposed %(rows_in)s rows in and %(rows_out)s out, in force from %(day)s: %(document)s") % words
        )


class RowNew(_OfVersion):
    """One more row of a draft."""

    keeps_draft = True
    member: Member | None = None

    def find(self, request: HttpRequest, **kwargs: Any) -> ListVersion:
        """The draft, and the row of it that is changed."""
        found = super().find(request, **kwargs)
        self.member = member_to_keep(request, found, kwargs["row"]) if "row" in kwargs else None
        return found

    def form_type(self, request: HttpRequest, thing: ListVersion) -> Any:
        """From the declaration."""
        return forms.row_form(self.kind, thing.book, request.user, self.member)

    def initial(self, request: HttpRequest, thing: ListVersion) -> dict[str, Any]:
        """The row as it is."""
        return forms.row_initial(self.kind, self.member) if self.member else {}

    def version(self, thing: ListVersion) -> int | None:
        """Rows of a draft are not counted by versions: the draft itself is locked while one is written."""
        return None

    def save(self, request: HttpRequest, thing: ListVersion, data: dict[str, Any], version: int | None) -> Member:
        """Through the action."""
        form: Any = self.posted
        days = {name: data.get(name) for name in ("valid_from", "valid_to")}
        return rows.put(
            thing, request.user, form.row(), member=self.member, explanation=data.get("explanation") or "",
            known=Known(form.known), **days,
        )  # fmt: skip

    def heading(self, thing: ListVersion) -> str:
        """What is done."""
        if self.member is not None:
            return _("Edit: %(name)s") % {"name": self.member.title}
        return _("New row: %(name)s") % {"name": f"{thing.book} · {pages.numbered(thing.number)}"}

    def answer(self, request: HttpRequest, thing: ListVersion) -> str:
        """Which fields are needed."""
        return _("Fields without “optional” must be filled in; what you type is kept as a draft.")


class RowRemove(_OfVersion):
    """Takes a row out of a draft."""

    form_class = forms.ReasonForm
    save_label = gettext_lazy("Take out")
    saved_message = gettext_lazy("Taken out of the draft.")
    member: Member

    def find(self, request: HttpRequest, **kwargs: Any) -> ListVersion:
        """The draft and the row of it."""
        found = super().find(request, **kwargs)
        self.member = member_to_keep(request, found, kwargs["row"])
        return found

    def save(self, request: HttpRequest, thing: ListVersion, data: dict[str, Any], version: int | None) -> ListVersion:
        """Through the action."""
        rows.take_out(thing, request.user, [self.member], data["reason"])
        return thing

    def version(self, thing: ListVersion) -> int | None:
        """Rows of a draft are not counted by versions."""
        return None

    def heading(self, thing: ListVersion) -> str:
        """What is taken out."""
        return _("Take out: %(name)s") % {"name": self.member.title}


class Build(FormPage):
    """Drafts a version from the kind's condition."""

    form_class = forms.BuildForm
    keeps_draft = False
    save_label = gettext_lazy("Build the draft")

    def find(self, request: HttpRequest, **kwargs: Any) -> Book:
        """Who keeps the list, of a kind with a condition."""
        self.book = book_to_keep(request, kwargs["pk"])
        self.kind = kind_or_404(self.book.kind)
        if self.kind.condition is None:
            raise Http404
        return self.book

    def initial(self, request: HttpRequest, thing: Book) -> dict[str, Any]:
        """Today."""
        return {"on": today()}

    def version(self, thing: Book) -> int | None:
        """The book itself is not changed."""
        return None

    def save(self, request: HttpRequest, thing: Book, data: dict[str, Any], version: int | None) -> ListVersion:
        """Through the action, and says what came of it."""
        made, done = building.build(thing, request.user, data["on"])
        for _place, fault in done.refused[:20]:
            _told(request, fault)
        words = {"added": done.added, "unchanged": done.unchanged, "out": queries.went_out(made).count()}
        messages.info(
            request,
            _("%(added)s rows in, %(out)s out, %(unchanged)s as they were; propose it when it is right.") % words,
        )
        return made

    def done(self, request: HttpRequest, thing: ListVersion) -> str:
        """To the draft."""
        return pages.version_address(thing)

    def heading(self, thing: Book) -> str:
        """What is built."""
        return _("Build from the condition: %(name)s") % {"name": thing}

    def answer(self, request: HttpRequest, thing: Book) -> str:
        """The condition."""
        return _("Who fulfils “%(condition)s” is in, who does not is out; a person approves it.") % {
            "condition": self.kind.condition
        }

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return pages.book_address(self.book), self.book


def _told(request: HttpRequest, fault: UserError) -> None:
    messages.error(request, fault.say(reader.language()))


@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins the next version and leads to it; where one is open already, to that one."""
    book = book_to_keep(request, pk)
    try:
        made = actions.draft(book, request.user)
    except actions.Refused as fault:
        if getattr(fault, "status", 0) == 403:
            raise
        _told(request, fault)
        there = queries.seen_versions(request.user, book).filter(state__in=queries.OPEN).first()
        return redirect(pages.version_address(there) if there else pages.book_address(book))
    return redirect(pages.version_address(made))


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throws a draft away."""
    version = version_to_keep(request, pk)
    try:
        actions.discard(version, request.user)
    except UserError as fault:
        _told(request, fault)
        return redirect(pages.version_address(version))
    messages.success(request, _("The draft is discarded; what is in force is untouched."))
    return redirect(pages.book_address(version.book))


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a proposal a draft again."""
    version = version_to_keep(request, pk)
    try:
        actions.take_back(version, request.user)
    except UserError as fault:
        _told(request, fault)
    return redirect(pages.version_address(version))


@require_POST
def put_back(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Puts a row that a draft took out back in."""
    version = version_to_keep(request, pk)
    member = queries.went_out(version).filter(pk=row).first()
    if member is None:
        raise Http404
    try:
        done = rows.put_back(version, request.user, [member])
        messages.success(request, ngettext("%(n)s row is back.", "%(n)s rows are back.", done) % {"n": done})
    except UserError as fault:
        _told(request, fault)
    return redirect(pages.version_address(version))

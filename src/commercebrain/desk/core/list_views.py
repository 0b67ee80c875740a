"""What lists and details need besides their own addresses: saved views, exported files, documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from commercebrain.desk.access.uploads import download
from commercebrain.desk.core import attachments, exports, saved_views
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.columns import Column
from commercebrain.desk.core.details import DetailPage, Field
from commercebrain.desk.core.lists import ListPage
from commercebrain.desk.core.models import ExportFile, SavedView
from commercebrain.engine.errors import UserError


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None


# --- views -----------------------------------------------------------------------------------------------------------
class Views(ListPage):
    """All views in one's sight."""

    title = gettext_lazy("Saved views")
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", link=lambda v: reverse("core:view", args=[v.pk])),
        Column("list", gettext_lazy("List"), "list_title", sort="list_title", link=saved_views.address_of),
        Column("person", gettext_lazy("Made by"), "person", sort="person__username"),
        Column("shared", gettext_lazy("Shared with"), "shared_with", sort="shared_with__path"),
        Column("made", gettext_lazy("Made at"), "made_at", sort="made_at"),
    )
    search_fields = ("name", "list_title")
    empty_title = gettext_lazy("No saved views yet")
    empty_hint = gettext_lazy("Narrow any list and save it under a name; it opens as it was, with the rows of today.")

    def rows(self, request: HttpRequest) -> Any:
        """One's own and the shared ones."""
        return saved_views.in_sight(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s saved view.", "%(n)s saved views.", total) % {"n": total}


class ViewPage(DetailPage):
    """One view: what it keeps, and for its owner the form to change it."""

    template_name = "core/view.html"
    history = False

    def find(self, request: HttpRequest, **kwargs: Any) -> SavedView | None:
        """A view in sight."""
        return saved_views.in_sight(request.user).filter(pk=kwargs["pk"]).first()

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("core:views"), _("Saved views")

    def fields(self, request: HttpRequest, thing: SavedView) -> list[Field]:
        """Where it belongs, who made it."""
        return [
            Field(_("List"), thing.list_title, saved_views.address_of(thing)),
            Field(_("Made by"), thing.person),
            Field(_("Shared with"), thing.shared_with),
        ]

    def extra(self, request: HttpRequest, thing: SavedView) -> dict[str, Any]:
        """Whether it is the reader's own, and whom it may be shared with."""
        _views, default = saved_views.of_list(request, thing.address)
        return {
            "own": thing.person_id == request.user.pk,
            "is_default": default == thing.pk,
            "units": saved_views.units_to_share_with(request.user),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Changes it, deletes it, or has the list open with it."""
        view = self.find(request, **kwargs)
        if view is None:
            raise Http404
        asked = request.POST.get("do", "")
        if asked == "delete":
            saved_views.delete(request.user, view)
            messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view})
            return redirect("core:views")
        if asked in ("default", "no_default"):
            saved_views.open_with(request.user, view, asked == "default")
        elif asked == "change":
            unit = _number(request.POST.get("unit", ""))
            saved_views.change(request.user, view, request.POST.get("name", ""), unit)
        else:
            raise UserError("view.what", "请说明要对视图做什么。", "Say what shall be done with the view.")
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": view})
        return redirect("core:view", pk=view.pk)


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keeps what a list shows now under a name and opens it."""
    given = request.POST
    view = saved_views.save(
        request.user,
        given.get("address", ""),
        given.get("title", ""),
        given.get("query", ""),
        given.get("name", ""),
        _number(given.get("unit", "")),
    )
    if given.get("default") == "1":
        saved_views.open_with(request.user, view, True)
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": view})
    return redirect(saved_views.address_of(view))


# --- exports ---------------------------------------------------------------------------------------------------------
@require_POST
def begin_export(request: HttpRequest) -> HttpResponse:
    """Starts the job of a long export and leads to its page."""
    given = request.POST
    language = get_language() or "zh-hans"
    job = exports.begin(request.user, given.get("address", ""), given.get("query", ""), given.get("kind", ""), language)
    return redirect("core:job", pk=job.pk)


@require_GET
def export_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file, for who asked for it and only as long as it is kept."""
    row = ExportFile.objects.filter(pk=pk, person=request.user.pk, expires_on__gte=today()).first()
    path = Path(settings.MEDIA_ROOT) / row.file if row else None
    if row is None or path is None or not path.is_file():
        raise Http404
    return download(path.open("rb"), row.name)


# --- documents -------------------------------------------------------------------------------------------------------
def _back(request: HttpRequest) -> HttpResponse:
    leads = request.POST.get("back", "")
    safe = leads.startswith("/") and url_has_allowed_host_and_scheme(leads, allowed_hosts=None)
    return redirect(f"{leads}?tab=documents" if safe else "/")


@require_POST
def add_document(request: HttpRequest) -> HttpResponse:
    """Puts a file to a thing."""
    given = request.POST
    row = attachments.add(
        request.user, given.get("subject_type", ""), given.get("subject_id", ""), request.FILES.get("file")
    )
    messages.success(request, _("“%(name)s” is added.") % {"name": row.name})
    return _back(request)


@require_GET
def document(request: HttpRequest, pk: int) -> FileResponse:
    """A document of a thing in sight."""
    found = attachments.in_sight(request.user, pk)
    if found is None:
        raise Http404
    return download(found[0].file.open("rb"), found[0].name)


@require_POST
def remove_document(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes a document."""
    if attachments.in_sight(request.user, pk) is None:
        raise Http404
    attachments.remove(request.user, pk)
    messages.success(request, _("The document is removed."))
    return _back(request)

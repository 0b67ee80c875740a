"""Pages of annotations: the remarks of a third party."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.people import actions, queries
from commercebrain.desk.people.forms import AnnotationForm, WithdrawForm
from commercebrain.desk.people.models import Annotation
from commercebrain.desk.people.subjects import Subject, find_subject


def _page(row: Annotation) -> str:
    return reverse("people:annotation", args=[row.pk])


class Annotations(ListPage):
    """The remarks on everything in sight."""

    title = gettext_lazy("Annotations")
    columns = (
        Column("text", gettext_lazy("What it says"), link=_page),
        Column("subject", gettext_lazy("On"), lambda row: row.subject, link=lambda row: row.subject.url),
        Column("author", gettext_lazy("Author")),
        Column("date", gettext_lazy("Date"), lambda row: row.business_date, sort="business_date"),
        Column("state", gettext_lazy("State"), lambda row: _("withdrawn") if row.withdrawn_on else _("standing")),
    )
    filters = (
        Filter(
            "state",
            gettext_lazy("State"),
            [("standing", gettext_lazy("standing")), ("withdrawn", gettext_lazy("withdrawn"))],
            apply=lambda rows, value: rows.filter(withdrawn_on__isnull=value != "withdrawn"),
        ),
    )
    empty_title = gettext_lazy("No remarks")
    empty_hint = gettext_lazy("A third-party evaluator writes them beside targets, tasks, findings and figures.")

    def rows(self, request: HttpRequest) -> Any:
        """In sight."""
        return queries.annotations_visible_to(request.user)

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """What each is about, one query for every kind of subject on the page."""
        return queries.with_subjects(self.request.user, rows)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s remark in your sight.", "%(n)s remarks in your sight.", total) % {"n": total}


class Annotate(FormPage):
    """A new remark on a subject: its kind and number are in the address."""

    form_class = AnnotationForm
    save_label = gettext_lazy("Save the remark")

    def find(self, request: HttpRequest, **kwargs: Any) -> Subject:
        """The subject, in sight of somebody who annotates."""
        if not queries.may_annotate(request.user):
            raise PermissionDenied
        subject = find_subject(request.user, kwargs["kind"], kwargs["number"])
        if subject is None:
            raise Http404
        return subject

    def heading(self, thing: Subject) -> str:
        """On what."""
        return _("Remark on %(subject)s") % {"subject": thing}

    def save(self, request: HttpRequest, thing: Subject, data: dict[str, Any], version: int | None) -> Annotation:
        """Writes it."""
        return actions.annotate(thing, data["text"], request.user)

    def done(self, request: HttpRequest, thing: Annotation) -> str:
        """To the remark."""
        return _page(thing)

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("people:annotations"), _("Annotations")


class AnnotationPage(Annotate):
    """One remark: its author changes it within a day; others read it."""

    def find(self, request: HttpRequest, **kwargs: Any) -> Annotation:
        """A remark whose subject is in sight; only the author sends the form."""
        row = Annotation.objects.select_related("author").prefetch_related("wordings").filter(pk=kwargs["pk"]).first()
        if row is None or find_subject(request.user, row.subject_kind, row.subject_id) is None:
            raise Http404
        if request.method == "POST" and row.author_id != request.user.pk:
            raise PermissionDenied
        return row

    template_name = "people/annotation.html"

    def heading(self, thing: Annotation) -> str:
        """Whose."""
        return _("Remark of %(author)s") % {"author": thing.author}

    def initial(self, request: HttpRequest, thing: Annotation) -> dict[str, Any]:
        """As it stands."""
        return {"text": thing.text}

    def answer(self, request: HttpRequest, thing: Annotation) -> Any:
        """On what, and since when."""
        subject = find_subject(request.user, thing.subject_kind, thing.subject_id)
        return _("On %(subject)s, %(day)s.") % {"subject": subject, "day": thing.business_date}

    def extra(self, request: HttpRequest, thing: Annotation) -> dict[str, Any]:
        """Whether the reader may still change it, and its earlier wordings."""
        own = thing.author_id == request.user.pk and thing.withdrawn_on is None
        return {
            "own": own and queries.may_annotate(request.user),
            "subject": find_subject(request.user, thing.subject_kind, thing.subject_id),
            "wordings": thing.wordings.all(),
        }

    def save(self, request: HttpRequest, thing: Annotation, data: dict[str, Any], version: int | None) -> Annotation:
        """Rewords it."""
        return actions.change_annotation(thing, data["text"], request.user, version)


class Withdraw(AnnotationPage):
    """The end of a remark, with its reason."""

    form_class = WithdrawForm
    template_name = "core/form.html"
    save_label = gettext_lazy("Withdraw the remark")

    def find(self, request: HttpRequest, **kwargs: Any) -> Annotation:
        """The author's own, not withdrawn yet."""
        row = super().find(request, **kwargs)
        if row.author_id != request.user.pk or row.withdrawn_on is not None:
            raise PermissionDenied
        return row

    def initial(self, request: HttpRequest, thing: Annotation) -> dict[str, Any]:
        """Empty."""
        return {}

    def save(self, request: HttpRequest, thing: Annotation, data: dict[str, Any], version: int | None) -> Annotation:
        """Withdraws it."""
        return actions.withdraw_annotation(thing, data["reason"], request.user, version)

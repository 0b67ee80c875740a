"""The one form page of the product: shows, checks, keeps a draft, and tells of a conflict of two editors.

A subclass gives ``form_class``, ``find``, ``initial`` and ``save``; ``save`` calls one action, which takes the version
that the editor saw (:class:`~commercebrain.desk.core.versioned.Versioned`). Fields: those of Django, and
:class:`~commercebrain.desk.core.fields.ChooserField` and :class:`~commercebrain.desk.core.fields.NumberField`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from commercebrain.desk.core import conflicts, drafts, memo, reader
from commercebrain.desk.core.clock import KEY, today
from commercebrain.desk.core.columns import Text
from commercebrain.desk.core.fields import ChooserField, NumberField, dress
from commercebrain.desk.core.page import Page
from commercebrain.desk.core.versioned import Conflict
from commercebrain.engine.errors import UserError

__all__ = ["ChooserField", "FormPage", "NumberField"]

ASKED_AGAIN, IN_CONFLICT = 422, 409


class FormPage(Page):
    """A form: GET shows it, POST saves; what is wrong is said beside its field and in a summary above.

    ``keeps_draft`` is switched off for forms whose input is not to be kept anywhere (passwords).
    """

    template_name = "core/form.html"
    conflict_template = "core/form_conflict.html"
    form_class: type[forms.Form]
    posted: forms.Form  # the valid form, for a ``save`` that needs more of it than its data
    keeps_draft: ClassVar[bool] = True
    save_label: ClassVar[Text] = ""
    saved_message: ClassVar[Text] = ""

    def find(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The thing to edit; none: a new one. Raises ``Http404`` when out of sight, ``PermissionDenied`` when seen only."""
        return None

    def form_type(self, request: HttpRequest, thing: Any) -> type[forms.Form]:
        """The form's class, where it depends on the thing (a declared register)."""
        return self.form_class

    def initial(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The values that the form shows."""
        return {}

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """Extra keyword arguments of the form, such as choices within scope."""
        return {}

    def version(self, thing: Any) -> int | None:
        """The version that the editor sees."""
        return getattr(thing, "version", None)

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Any:
        """Calls one action and returns the thing saved.

        A :class:`UserError` is shown on the form (beside the field that its attribute ``field`` names), a
        :class:`Conflict` as three columns: as it was, theirs, yours.
        """
        raise NotImplementedError

    def done(self, request: HttpRequest, thing: Any) -> str:
        """The address after saving."""
        raise NotImplementedError

    def heading(self, thing: Any) -> str:
        """The heading."""
        return str(self.title or thing)

    def answer(self, request: HttpRequest, thing: Any) -> Any:
        """The first line."""
        return ""

    def back(self) -> tuple[str, Text | Promise] | None:
        """Address and name of the page that this form was opened from."""
        return None

    def extra(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """More for a template of one's own."""
        return {}

    # -- the mechanism ------------------------------------------------------------------------------

    def _form(self, request: HttpRequest, thing: Any, data: Any = None, files: Any = None) -> forms.Form:
        made = self.form_type(request, thing)(
            data,
            files,
            initial=self.initial(request, thing),
            use_required_attribute=False,
            **self.form_arguments(request, thing),
        )
        dress(made)
        return made

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; with ``?draft=take`` (or ``=2``) filled with the person's draft; the matches of a chooser for htmx."""
        thing = self.find(request, **kwargs)
        form = self._form(request, thing)
        if name := request.GET.get("_choose"):
            return self._matches(request, form, name)
        opened, seen = conflicts.shown_values(form), self.version(thing)
        held = drafts.drafts_of(request.user, request.path) if self.keeps_draft else {}
        asked = request.GET.get("draft", "")
        chosen = next(iter(held), 0) if asked == "take" else int(asked) if asked.isascii() and asked.isdigit() else 0
        draft = held.get(chosen)
        if draft is None:
            return self._page(request, thing, form, opened, seen, place=drafts.free_place(held), offered=held)
        form = self._form(request, thing, drafts.as_data(draft.values))
        form._errors = forms.utils.ErrorDict()  # not checked before it is sent
        opened, seen = draft.opened or opened, draft.seen
        return self._page(request, thing, form, opened, seen, place=chosen, taken=draft)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keeps a draft, discards one, or saves.

        Up to the save the request only reads, so it asks for the date and the person's rights once; the save asks anew.
        """
        with memo.remembering():
            today()
            return self._post(request, **kwargs)

    def _post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        thing = self.find(request, **kwargs)
        said = drafts.read_ticket(request.POST.get(drafts.TICKET, "")) or {}
        if said.get("person") != request.user.pk or said.get("address") != request.path:
            said = {}
        if request.POST.get("_draft") == "discard":
            given = request.POST.get("_place", "1")
            drafts.discard(request.user, request.path, int(given) if given.isascii() and given.isdigit() else 1)
            return redirect(request.path)
        place = int(said.get("place", 1))
        form = self._form(request, thing, request.POST, request.FILES)
        opened = said.get("opened") or conflicts.shown_values(self._form(request, thing))
        seen = said["seen"] if said else self._posted_version(request, thing)
        if request.POST.get("_draft") == "keep":
            return self._keep(request, form, opened, seen, place)
        if "_theirs" in request.POST and (theirs := conflicts.unseal(request.POST["_theirs"])) is not None:
            chosen = conflicts.choose(request.POST, theirs["values"])
            form, opened, seen = self._form(request, thing, chosen, request.FILES), theirs["values"], theirs["seen"]
        if form.is_valid():
            try:
                self.posted = form
                with memo.carrying(KEY), transaction.atomic():
                    saved = self.save(request, thing, form.cleaned_data, seen)
                    drafts.discard(request.user, request.path, place)
            except Conflict as conflict:
                return self._conflict(request, form, opened, seen, place, conflict, kwargs)
            except UserError as fault:
                field = getattr(fault, "field", None)
                form.add_error(field if field in form.fields else None, fault.say(reader.language()))
            else:
                messages.success(request, str(self.saved_message or _("Saved.")))
                return redirect(self.done(request, saved))
        return self._page(request, thing, form, opened, seen, place=place, status=ASKED_AGAIN)

    def _posted_version(self, request: HttpRequest, thing: Any) -> int | None:
        """The version of a form posted without a ticket (a program, an old page): what it says, else as it stands."""
        text = request.POST.get("_version", "")
        return int(text) if text.isascii() and text.isdigit() else self.version(thing)

    def _page(
        self,
        request: HttpRequest,
        thing: Any,
        form: forms.Form,
        opened: dict[str, Any],
        seen: int | None,
        *,
        place: int,
        status: int = 200,
        **more: Any,
    ) -> HttpResponse:
        context = {
            "thing": thing,
            "form": form,
            "page_heading": self.heading(thing),
            "answer": self.answer(request, thing),
            "back": self.back(),
            "ticket": drafts.ticket(request.user, request.path, opened, seen, place),
            "keeps_draft": self.keeps_draft,
            "place": place,
            "save_label": self.save_label or _("Save"),
            "optional": [name for name, field in form.fields.items() if not field.required],
            **more,
            **self.extra(request, thing),  # noqa: S610 - no query set
        }
        return render(request, self.template_name, context, status=status)

    def _matches(self, request: HttpRequest, form: forms.Form, name: str) -> HttpResponse:
        field = form.fields.get(name)
        text = request.GET.get("_q", "").strip()[:60]
        options = field.offered(text, request.GET.getlist(name)) if isinstance(field, ChooserField) else []
        chosen = request.GET.getlist(name)
        return render(
            request,
            "core/widgets/chooser_options.html",
            {"options": options, "chosen": chosen, "empty": getattr(field, "empty_label", "")},
        )

    def _keep(
        self, request: HttpRequest, form: forms.Form, opened: dict[str, Any], seen: int | None, place: int
    ) -> HttpResponse:
        """Keeps what is typed and says when, for the line below the form."""
        if not self.keeps_draft:
            return HttpResponse(status=204)
        try:
            values = drafts.raw_values(request.POST, form)
            kept = drafts.keep(request.user.pk, request.path, values, opened, seen, place)
        except drafts.TooLargeError:
            return render(request, "core/form_kept.html", {"kept": None})
        return render(request, "core/form_kept.html", {"kept": kept})

    def _conflict(
        self,
        request: HttpRequest,
        form: forms.Form,
        opened: dict[str, Any],
        seen: int | None,
        place: int,
        conflict: Conflict,
        kwargs: dict[str, Any],
    ) -> HttpResponse:
        """Three columns, and a choice for each field that differs; nothing is saved and nothing is lost."""
        thing = self.find(request, **kwargs)
        theirs = conflicts.shown_values(self._form(request, thing))
        mine = drafts.raw_values(request.POST, form) if "_theirs" not in request.POST else conflicts.posted(form)
        rows, rest = conflicts.compare(form, opened, theirs, mine)
        context = {
            "thing": thing,
            "form": form,
            "page_heading": self.heading(thing),
            "answer": conflict.say(reader.language()),
            "back": self.back(),
            "rows": rows,
            "mine": [(name, value) for name, several in mine.items() for value in several],
            "agreed": rest,
            "who": conflicts.last_change(thing) if isinstance(thing, Model) else None,
            "theirs": conflicts.seal(theirs, self.version(thing)),
            "ticket": drafts.ticket(request.user, request.path, opened, self.version(thing), place),
        }
        if self.keeps_draft:
            with suppress(drafts.TooLargeError):  # it stands on the page all the same
                drafts.keep(request.user.pk, request.path, mine, opened, seen, place)
        return render(request, self.conflict_template, context, status=IN_CONFLICT)

"""Codes pasted into a draft: a column, a csv, a notice's text; first what was found, then what is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.fields import dress
from commercebrain.desk.core.page import Page
from commercebrain.desk.lists import pages, queries, rows
from commercebrain.desk.lists.forms import row_form
from commercebrain.desk.lists.models import ListVersion
from commercebrain.desk.lists.reading import Known, read_row
from commercebrain.desk.lists.version_views import version_or_404
from commercebrain.desk.lists.views import kind_or_404
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.finding import FoundCode, find_codes

LONGEST = 1_000_000  # characters
MOST = 20_000  # codes at once; longer lists are brought in as a file
SHOWN = 200


@dataclass(frozen=True)
class Line:
    """A code as it was found: where it stands in the text, what becomes of it, and why where it is no row."""

    found: FoundCode
    digits: str
    state: str
    why: str = ""


class Paste(Page):
    """Text with codes in it."""

    template_name = "lists/paste.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A draft of a list of products that the person keeps."""
        self.version = version_or_404(request, kwargs["pk"])
        if not queries.may_keep(request.user, self.version.book):
            raise PermissionDenied
        self.kind = kind_or_404(self.version.book.kind)
        if self.kind.subject != "product" or self.version.state != ListVersion.State.DRAFT:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form."""
        return self._page(request, self._form(request))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What was found; with ``write`` the rows that can be written."""
        form = self._form(request, request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        known = Known()
        lines = self._lines(form, known)
        good = [line for line in lines if line.state in ("new", "changed")]
        if "write" not in request.POST or not good:
            return self._page(request, form, lines)
        typed = [{**self._shared(form), self.kind.subject_field: line.digits} for line in good]
        days = form.cleaned_data.get("valid_from"), form.cleaned_data.get("valid_to")
        try:
            done = rows.fill(self.version, request.user, typed, known=known, days=lambda row: days)
        except UserError as fault:
            messages.error(request, fault.say(reader.language()))
            return redirect(pages.version_address(self.version))
        words = {"added": done.added, "changed": done.changed, "left": len(lines) - len(good)}
        messages.success(request, _("%(added)s rows added, %(changed)s changed, %(left)s left out.") % words)
        return redirect(pages.version_address(self.version))

    def _form(self, request: HttpRequest, data: Any = None) -> Any:
        """The text, and what holds for all its codes: the kind's other fields, but for free texts that need not be."""
        base: Any = row_form(self.kind, self.version.book, request.user)
        shared = {
            name: field
            for name, field in base.base_fields.items()
            if name != self.kind.subject_field and (field.required or name not in self._texts())
        }
        text = forms.CharField(
            label=gettext_lazy("Text with the codes"), max_length=LONGEST, widget=forms.Textarea({"rows": 10}),
            help_text=gettext_lazy("A column of a spreadsheet, a csv or the text of a notice: the codes are found in it."),
        )  # fmt: skip
        made = type("PasteForm", (forms.Form,), {"text": text, **shared})
        form = made(data, use_required_attribute=False)
        dress(form)
        return form

    def _texts(self) -> set[str]:
        return {one.code for one in self.kind.fields if one.type in ("text", "longtext", "products")}

    def _shared(self, form: Any) -> dict[str, Any]:
        return {
            one.code: getattr(value, "code", value)
            for one in self.kind.fields
            if (value := form.cleaned_data.get(one.code)) not in (None, "")
        }

    def _lines(self, form: Any, known: Known) -> list[Line]:
        """Every code of the text, with what becomes of it."""
        found = find_codes(form.cleaned_data["text"])
        language, shared = reader.language(), self._shared(form)
        days = {name: form.cleaned_data.get(name) for name in ("valid_from", "valid_to")}
        lines: list[Line] = []
        read: dict[str, tuple[FoundCode, Any]] = {}
        for one in found:
            if one.fault is not None:
                lines.append(Line(one, one.text, "refused", one.fault.say(language)))
            for digits in one.codes:
                if len(read) >= MOST:
                    raise UserError(
                        "lists.too_many",
                        f"一次最多粘贴{MOST}个编码；更长的清单请用文件导入。",
                        f"At most {MOST} codes are pasted at once; bring a longer list in as a file.",
                    )
                try:
                    row = read_row(
                        self.kind, self.version.book, {**shared, self.kind.subject_field: digits}, known, **days
                    )
                except UserError as fault:
                    lines.append(Line(one, digits, "refused", fault.say(language)))
                    continue
                if row.key in read:
                    lines.append(Line(one, digits, "twice", _("stands in the text already")))
                    continue
                read[row.key] = (one, row)
        standing = rows.held_by_key(self.version, read)
        for key, (one, row) in read.items():
            now = standing.get(key)
            state = "new" if now is None else "same" if row.same(now) else "changed"
            lines.append(Line(one, row.code, state, one.note.say(language) if one.note else _part(one)))
        return sorted(lines, key=lambda line: (line.state != "refused", line.found.start, line.digits))

    def _page(
        self, request: HttpRequest, form: Any, lines: list[Line] | None = None, *, status: int = 200
    ) -> HttpResponse:
        counted = {state: sum(1 for line in lines or () if line.state == state) for state in STATES}
        context = {
            "thing": self.version,
            "form": form,
            "optional": [name for name, field in form.fields.items() if not field.required],
            "page_heading": _("Paste codes: %(name)s")
            % {"name": f"{self.version.book} · {pages.numbered(self.version.number)}"},
            "lines": [(line, STATES[line.state]) for line in (lines or ())[:SHOWN]],
            "found": lines is not None,
            "more": max(0, len(lines or ()) - SHOWN),
            "writable": counted["new"] + counted["changed"],
            "answer": _told(lines, counted),
            "back": (pages.version_address(self.version), self.version.book),
        }
        return render(request, self.template_name, context, status=status)


STATES: dict[str, Any] = {
    "new": gettext_lazy("new"),
    "changed": gettext_lazy("changed"),
    "same": gettext_lazy("stands there already"),
    "twice": gettext_lazy("twice"),
    "refused": gettext_lazy("left out"),
}


def _part(found: FoundCode) -> str:
    return _("a part of the code's goods only (ex)") if found.ex else ""


def _told(lines: list[Line] | None, counted: dict[str, int]) -> str:
    if lines is None:
        return _("First you see what was found; nothing is written before you say so.")
    if not lines:
        return _("No product code was found in the text.")
    said = ngettext("%(n)s code found: ", "%(n)s codes found: ", len(lines)) % {"n": len(lines)}
    words = {"new": counted["new"], "changed": counted["changed"], "same": counted["same"] + counted["twice"],
             "refused": counted["refused"]}  # fmt: skip
    return (
        said
        + _("%(new)s new, %(changed)s changed, %(same)s there already, %(refused)s left out. Nothing is written yet.")
        % words
    )

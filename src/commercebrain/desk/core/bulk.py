"""One action on many rows of a list: on those that are ticked, or on all that the filters leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.core.columns import Text
from commercebrain.desk.people.models import Right
from commercebrain.engine.errors import UserError

SHOWN = 20  # refused rows that are named one by one


@dataclass
class Outcome:
    """What became of the rows: how many were done, and which were refused with the reason."""

    done: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, row: Any, reason: Any) -> None:
        """Notes that ``row`` was left as it is and why."""
        self.refused.append((str(row), str(reason)))


@dataclass(frozen=True)
class BulkAction:
    """Something to do with many rows at once.

    ``run(request, rows, data)`` is given a query set of rows that the person may change and the cleaned data of
    ``form``; it calls actions and returns an :class:`Outcome`. ``confirm`` is the question that is asked first;
    ``right`` is what the person needs on every row, where the rows have a scope; ``allowed`` hides it altogether.
    """

    code: str
    label: Text
    run: Callable[[HttpRequest, Any, dict[str, Any]], Outcome]
    confirm: Text = ""
    form: type[forms.Form] | None = None
    right: Right = Right.ENTER
    allowed: Callable[[HttpRequest], bool] = lambda request: True


def _chosen(request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows meant: always a part of what the list shows this person now, whatever ids were sent."""
    if request.POST.get("all") == "1":
        return rows
    try:
        return rows.filter(pk__in=[rows.model._meta.pk.to_python(value) for value in request.POST.getlist("row")])
    except ValidationError:  # what is no key of this table chooses nothing
        return rows.none()


def perform(request: HttpRequest, title: Text, actions: Sequence[BulkAction], rows: Any) -> HttpResponse:
    """Answers the form of a list: asks what there is to ask, then does it and says what was done and what was not.

    ``rows`` is the narrowed query set of the list. Returns to the list as it was.
    """
    action = next((a for a in actions if a.code == request.POST.get("bulk") and a.allowed(request)), None)
    if action is None or not isinstance(rows, QuerySet):
        raise UserError("list.no_action", "请选择要执行的批量操作。", "Choose what shall be done with the rows.")
    chosen = _chosen(request, rows)
    total = chosen.count()
    if not total:
        raise UserError("list.no_rows", "没有选中任何行：请勾选后再试。", "No row is chosen: tick some and try again.")
    sent = request.POST.get("confirmed") == "1"
    form = action.form(request.POST if sent else None) if action.form else None
    if (action.confirm or form) and not (sent and (form is None or form.is_valid())):
        context = {
            "page_title": title,
            "action": action,
            "total": total,
            "form": form,
            "sample": [str(row) for row in chosen[:SHOWN]],
            "rows": request.POST.getlist("row"),
            "every": request.POST.get("all") == "1",
            "back": request.get_full_path(),
        }
        return render(request, "core/bulk.html", context, status=400 if sent else 200)
    permitted, kept_out = chosen, 0
    if hasattr(chosen, "permitted"):
        reach = type(chosen)(chosen.model, using=chosen.db).permitted(request.user, action.right)
        permitted = chosen.filter(pk__in=reach.order_by().values("pk"))
        kept_out = total - permitted.count()
    outcome = action.run(request, permitted, form.cleaned_data if form else {})
    _tell(request, action, outcome, kept_out)
    return redirect(request.get_full_path())


def _tell(request: HttpRequest, action: BulkAction, outcome: Outcome, kept_out: int) -> None:
    """One sentence of what was done, one of what was not, and the first reasons."""
    done = ngettext("%(action)s: %(n)s row done.", "%(action)s: %(n)s rows done.", outcome.done)
    messages.success(request, done % {"action": action.label, "n": outcome.done})
    if kept_out:
        text = ngettext(
            "%(n)s row was left as it is: you may see it but not change it.",
            "%(n)s rows were left as they are: you may see them but not change them.",
            kept_out,
        )
        messages.warning(request, text % {"n": kept_out})
    for name, reason in outcome.refused[:SHOWN]:
        messages.warning(request, _("Left as it is: %(row)s. %(reason)s") % {"row": name, "reason": reason})
    if (rest := len(outcome.refused) - SHOWN) > 0:
        text = ngettext("%(n)s more row was left as it is.", "%(n)s more rows were left as they are.", rest)
        messages.warning(request, text % {"n": rest})

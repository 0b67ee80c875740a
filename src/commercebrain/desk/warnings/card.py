"""The card of one signal: what is the matter, the evidence, what was done last time, what to do; acts in place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.generic import DetailPage
from commercebrain.desk.core.levels import level_cell
from commercebrain.desk.core.workdays import add_workdays
from commercebrain.desk.forms.moment import now
from commercebrain.desk.warnings import evidence, pages, permission, queries, words
from commercebrain.desk.warnings.actions import signals as actions
from commercebrain.desk.warnings.joining import joinable
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.errors import UserError

#: Working days for which an acknowledgement usually holds.
DAYS = 5
#: Cases of the firm that are worked on, at most so many to choose from.
RUNNING = 3


def find(request: HttpRequest, pk: int) -> Signal:
    """A signal in sight; 404 otherwise."""
    rows = queries.signals(request.user).select_related(
        "bureau", "unit", "enterprise__region", "enterprise__unit", "region", "inhibited_by", "case", "acknowledged_by"
    )
    found: Signal | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class SignalPage(DetailPage):
    """One signal."""

    template_name = "warnings/signal.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Signal:
        """In sight."""
        return find(request, kwargs["pk"])

    def heading(self, thing: Signal) -> str:
        """Whom it concerns."""
        return words.of_row(thing, "subject")

    def answer(self, request: HttpRequest, thing: Signal) -> str:
        """What is the matter."""
        return pages.sentence(thing)

    def back(self) -> tuple[str, Any]:
        """To the signals."""
        return reverse("warnings:signals"), _("Warnings")

    def extra(self, request: HttpRequest, thing: Signal) -> dict[str, Any]:
        """Everything that the card draws."""
        return context_of(request, thing)


def context_of(request: HttpRequest, row: Signal) -> dict[str, Any]:
    """Where it stands, what it rests on, what came before, and what the reader may do."""
    moment = now()
    code, word, shape = words.standing_words(row, moment)
    following, previous, waiting = pages.neighbours(request.user, row)
    narrow, narrow_count = pages.narrower(row, request.user)
    terms = evidence.terms(row)
    may = row.closed_at is None and permission.may_act(request.user, row)
    may_case = may and row.case_id is None and bool((row.declaration or {}).get("case"))
    return {
        "signal": row,
        "level": level_cell(row.level),
        "standing": words.shaped(code, word, shape, "standing"),
        "due": words.due_said(row.due_at) if row.due_at and not row.closed_at else "",
        "due_late": code == "late",
        "until": add_workdays(today(), DAYS).isoformat(),
        "until_last": add_workdays(today(), actions.LONGEST).isoformat(),
        "day": today().isoformat(),
        "rule_name": pages.rule_name(row.rule, row.declaration),
        "subject_url": words.subject_address(row),
        "cause": words.of_row(row, "cause"),
        "terms": terms,
        "nothing_shown": bool(terms) and all(one.withheld for one in terms),
        "missing": evidence.missing(row),
        "withheld": evidence.withheld(row),
        "pictures": evidence.pictures(request.user, row),
        "earlier": [_told(one) for one in pages.earlier(request.user, row)],
        "measures": pages.measures(row.declaration),
        "steps": [
            (one, words.step_word(one.what), words.step_sentence(one.what, one.sentence)) for one in pages.steps(row)
        ],
        "wider": pages.wider(row, request.user),
        "narrow": narrow,
        "narrow_more": narrow_count - len(narrow),
        "may": may,
        "may_acknowledge": may and code in ("late", "waiting", "acknowledged"),
        "may_case": may_case,
        "running": [(one, reverse("cases:case", args=[one.pk])) for one in joinable(row, request.user)[:RUNNING]]
        if may_case
        else [],
        "case_url": words.case_address(row),
        "next": following,
        "previous": previous,
        "waiting": waiting,
    }


def _told(row: Signal) -> dict[str, Any]:
    """An earlier signal with what became of it."""
    case = row.case
    outcome = ""
    if case is not None and case.outcome:
        declared = ((case.declaration or {}).get("outcomes") or {}).get(case.outcome)
        outcome = reader.said(declared.get("name", declared)) if isinstance(declared, dict) else case.outcome
    return {
        "row": row, "url": words.signal_address(row), "level": level_cell(row.level),
        "rule": pages.rule_name(row.rule, row.declaration), "sentence": pages.sentence(row), "case": case,
        "case_url": words.case_address(row), "outcome": outcome,
        "end": row.get_end_display() if row.closed_at else _t("still open"),
    }  # fmt: skip


# --- acts --------------------------------------------------------------------------------------------------------------
Act = Callable[[HttpRequest, Signal, str], str]


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _seen(request: HttpRequest) -> int | None:
    return _number(request, "version")


def _until(request: HttpRequest) -> date | None:
    text = request.POST.get("until", "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(
            "warnings.bad_day",
            f"“{text[:20]}”不是日期，请写成2025-07-31。",
            f"“{text[:20]}” is no day; write it like 2025-07-31.",
        ) from None


def _act(request: HttpRequest, pk: int, act: Act, leads: bool = False) -> HttpResponse:
    """Does one thing with a signal; a refusal shows the card again with the reason and what was typed.

    ``leads``: to the next one that waits, as who works through a queue wants it.
    """
    row = find(request, pk)
    if not permission.may_act(request.user, row):
        raise PermissionDenied
    following = pages.neighbours(request.user, row)[0] if leads else ""
    try:
        told = act(request, row, request.POST.get("sentence", ""))
    except UserError as fault:
        return _again(request, pk, fault)
    messages.success(request, told)
    return redirect(following or reverse("warnings:signal", args=[pk]))


def _again(request: HttpRequest, pk: int, fault: UserError) -> HttpResponse:
    row = find(request, pk)
    context = {
        "thing": row,
        "page_heading": words.of_row(row, "subject"),
        "answer": pages.sentence(row),
        "back": (reverse("warnings:signals"), _("Warnings")),
        "tabs": [],
        "tab": None,
        "fault": fault.say(reader.language()),
        "typed": {key: request.POST.get(key, "") for key in ("sentence", "until")},
        "tried": request.resolver_match.url_name if request.resolver_match else "",
        **context_of(request, row),
    }
    status = getattr(fault, "status", 400) or 400
    return render(request, "warnings/signal.html", context, status=422 if status == 400 else status)


def _acknowledge(request: HttpRequest, row: Signal, sentence: str) -> str:
    actions.acknowledge(row, request.user, sentence, _until(request), seen=_seen(request))
    return _t("%(subject)s: acknowledged.") % {"subject": words.of_row(row, "subject")}


def _note(request: HttpRequest, row: Signal, sentence: str) -> str:
    actions.note(row, request.user, sentence)
    return _t("The note is kept.")


def _false_alarm(request: HttpRequest, row: Signal, sentence: str) -> str:
    actions.false_alarm(row, request.user, sentence, seen=_seen(request))
    return _t("%(subject)s: closed as a false alarm; the rule's record counts it.") % {
        "subject": words.of_row(row, "subject")
    }


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody answers for it, until a day."""
    return _act(request, pk, _acknowledge, leads=True)


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """A sentence that is kept with it."""
    return _act(request, pk, _note)


@require_POST
def false_alarm(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes it as a false alarm, with the reason."""
    return _act(request, pk, _false_alarm, leads=True)


@require_POST
def open_case(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens its case, or joins one in which its firm is worked on already, and leads there."""
    row = find(request, pk)
    if not permission.may_act(request.user, row):
        raise PermissionDenied
    try:
        beside = actions.reason_beside(request.POST.get("sentence", "")) if request.POST.get("beside") else ""
        case = actions.open_case(row, request.user, _seen(request), join=_number(request, "join"), beside=beside)
    except UserError as fault:
        return _again(request, pk, fault)
    own = case.origin == f"{actions.ORIGIN}{pk}"
    told = _t("Case %(number)s is open.") if own else _t("Joined the case %(number)s; its clocks run on.")
    messages.success(request, told % {"number": case.number})
    return redirect(reverse("cases:case", args=[case.pk]))

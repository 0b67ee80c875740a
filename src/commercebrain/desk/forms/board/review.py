"""The review page of one report: answers beside last time, explanations, lines, remarks; passing and sending back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from commercebrain.desk.core import looks, reader
from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.core.generic import DetailPage
from commercebrain.desk.forms import queries, reminders, rounds, steps
from commercebrain.desk.forms.board.chase import WithRows
from commercebrain.desk.forms.board.words import form_name, period_name, status_of, status_word
from commercebrain.desk.forms.filing import queries as filing
from commercebrain.desk.forms.filing.boxes import PRODUCTS, chapter_in_short
from commercebrain.desk.forms.filing.lookups import Known
from commercebrain.desk.forms.filing.words import heading, say_moment
from commercebrain.desk.forms.models import Reminder, Report, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.personal import mask, masked_lines, personal_of
from commercebrain.engine.errors import UserError
from commercebrain.engine.forms.kinds import Question
from commercebrain.engine.forms.values import said

#: Lines that the page draws; the rest is in the file.
MOST = 500


@dataclass
class Row:
    """One question: what was answered now and last time, how far apart, what was explained and remarked."""

    field: str
    name: str
    unit: str
    now: str
    before: str
    delta: str = ""
    changed: bool = False
    explained: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    typed: str = ""


@dataclass
class Line:
    """One line: its cells, whether it is new or changed since last time, and what was remarked."""

    number: int
    cells: list[tuple[str, bool]]
    mark: str
    remarks: list[str] = field(default_factory=list)
    typed: str = ""


def find(request: HttpRequest, pk: int) -> Report:
    """A report in sight, as one of the administration; 404 otherwise."""
    report = queries.reports(request.user).select_related("round__unit__region", "enterprise__unit", "enterprise__region").filter(pk=pk).first()  # fmt: skip
    if report is None:
        raise Http404
    return report


class ReviewPage(DetailPage):
    """One report, for who decides on it and who may read it."""

    template_name = "forms/review.html"
    documents = True

    def find(self, request: HttpRequest, **kwargs: Any) -> Report:
        """A report in sight."""
        return find(request, kwargs["pk"])

    def heading(self, thing: Report) -> str:
        """Firm, form and period."""
        return f"{thing.enterprise} · {form_name(thing.round)}"

    def answer(self, request: HttpRequest, thing: Report) -> Any:
        """Where it stands, with whom, until when."""
        return _answer(thing)

    def back(self) -> tuple[str, Any]:
        """To the reports."""
        return reverse("forms:reports"), _("Reports of firms")

    def extra(self, request: HttpRequest, thing: Report) -> dict[str, Any]:
        """The answers, the lines, the history, and what the reader may do."""
        return context_of(request, thing)


def _answer(report: Report) -> str:
    moment = say_moment(report.round.due_at, reader.language())
    told = {
        "period": period_name(report.round.period),
        "status": status_word(report),
        "unit": report.unit,
        "due": moment,
    }
    if report.state == Report.State.SENT:
        return _t("%(period)s: filed, waits for %(unit)s.") % told
    if report.state == Report.State.PASSED:
        return _t("%(period)s: passed.") % told
    if report.state == Report.State.EXCUSED:
        return _t("%(period)s: excused. %(reason)s") % {**told, "reason": report.excuse}
    return _t("%(period)s: %(status)s, due %(due)s.") % told


def context_of(request: HttpRequest, report: Report, typed: dict[str, str] | None = None) -> dict[str, Any]:
    """Everything that the page draws; ``typed`` are the remarks of a form that was refused."""
    sent = steps.latest(report)
    may = report.state in steps.BACK and steps.may_decide(request.user, report) and sent is not None
    own = sent is not None and sent.sent_by_id == request.user.pk
    following, previous = _neighbours(request, report)
    kind = filing.declared(report.round)
    last = filing.before(report) if sent is not None else None
    present = steps.handler(report)
    hidden = {} if looks.is_open(request, report) else {code: kind.by_code[code] for code in personal_of(kind)}
    return {
        "report": report,
        "status": str(status_of(report)),
        "sent": sent,
        "rows": rows_of(report, kind, sent, last, typed or {}, hidden) if sent else [],
        "may_reveal": sent is not None and any(sent.answers.get(code) for code in hidden),
        "line_heads": [heading(one, reader.language()) for one in kind.lines.fields] if kind.lines else [],
        "lines": lines_of(report, kind, sent, last, typed or {}) if sent and kind.lines else [],
        "more_lines": max(0, len(sent.lines) - MOST) if sent else 0,
        "last": last,
        "may_pass": may and report.state == Report.State.SENT and not own,
        "may_return": may,
        "own": own and may,
        "may_excuse": report.state in rounds.OPEN
        and queries.enters_for(request.user, report.unit_id, report.round.unit_id),
        "may_remind": bool(report.round.approval)
        and report.state in rounds.OPEN
        and now() < report.round.locks_at
        and reminders.may_remind(request.user, report),
        "ways": reminders.channels(),
        "reminders": Reminder.objects.filter(report=report).select_related("by").order_by("-at", "-pk")[:20],
        "way_name": {code: name for code, name, _on in reminders.channels()},
        "history": history_of(report),
        "steps": _way(report),
        "moved": report.enterprise.region_id != report.county_id,
        "present": present,
        "locked": now() >= report.round.locks_at and report.state != Report.State.PASSED,
        "next": following,
        "previous": previous,
        "unapproved": not report.round.approval,
        "standing": WithRows().prepare([report])[0].stands_on,
    }


def _neighbours(request: HttpRequest, report: Report) -> tuple[str, str]:
    """The pages of the next and the previous report that wait for the reader's units."""
    queue = list(queries.waiting(request.user).values_list("pk", flat=True)[:500])
    if report.pk in queue:
        at = queue.index(report.pk)
        after, before = queue[at + 1 : at + 2], queue[max(0, at - 1) : at]
    else:
        after, before = queue[:1], []
    links = [reverse("forms:report", args=[pks[0]]) if pks else "" for pks in (after, before)]
    return links[0], links[1]


def rows_of(
    report: Report, kind: Any, sent: Submission, last: Submission | None, typed: dict[str, str],
    hidden: Mapping[str, Question],
) -> list[Row]:  # fmt: skip
    """Every question of the form as it was answered now and last time; the answers of ``hidden`` ones are masked."""
    known, tongue = Known(None), reader.language()
    remarks: dict[str, list[str]] = {}
    for one in report.remarks.filter(settled_in=None, line=None):
        remarks.setdefault(one.field, []).append(one.text)
    checks = {one.code: one for one in kind.checks}
    made = []
    for code, question in kind.by_code.items():
        value = sent.answers.get(code)
        old = last.answers.get(code) if last else None
        if value is None and old is None and code not in {one.field for one in kind.questions}:
            continue
        row = Row(
            code, question.short.say(tongue), unit_words(question.unit or ""),
            mask(question, value) if code in hidden else _said(question, value, known),
            mask(question, old) if code in hidden else _said(question, old, known), changed=last is not None and value != old, remarks=remarks.get(code, []),
            typed=typed.get(f"q_{code}", ""),
        )  # fmt: skip
        if question.type in ("integer", "decimal"):
            row.delta = delta(value, old)
        for check, text in sent.explanations.items():
            place = checks[check].at if check in checks else None
            if text and (place == code or (place is None and check in checks and code == _first(checks[check], kind))):
                row.explained.append((checks[check].say.say(tongue), text))
        made.append(row)
    return made


def _first(check: Any, kind: Any) -> str:
    """The first question that a rule names."""
    from commercebrain.engine.expressions import parse

    return next((term.name for term in parse(check.rule).terms if term.name in kind.by_code), "")


def delta(value: Any, old: Any) -> str:
    """How a number moved, with its sign; empty where one of the two is missing."""
    try:
        moved = Decimal(str(value)) - Decimal(str(old))
    except (InvalidOperation, TypeError):
        return ""
    if value is None or old is None or not moved.is_finite():
        return ""
    if moved == 0:
        return "="
    text = f"{abs(moved):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"▲ +{text}" if moved > 0 else f"▼ −{text}"


def _said(one: Question, value: Any, known: Known) -> str:
    """The answer in words, without its unit, which stands beside the question."""
    if value is None:
        return ""
    text = said(one, value, known, reader.language())
    if one.type == PRODUCTS:
        return f"{text} {chapter_in_short(text, reader.language())}".strip()
    return text.removesuffix(one.unit).rstrip() if one.unit else text


def lines_of(report: Report, kind: Any, sent: Submission, last: Submission | None, typed: dict[str, str]) -> list[Line]:
    """The lines with what is new or changed since last time, by the lines' key."""
    known = Known(None)
    earlier = {_key(kind, line): line for line in masked_lines(kind, last.lines if last else ())}
    remarks: dict[int, list[str]] = {}
    for one in report.remarks.filter(settled_in=None, line__isnull=False):
        remarks.setdefault(one.line or 0, []).append(one.text)
    made = []
    for number, line in enumerate(masked_lines(kind, sent.lines[:MOST]), start=1):
        old = earlier.get(_key(kind, line))
        cells = [
            (_said(one, line.get(one.field), known), old is not None and line.get(one.field) != old.get(one.field))
            for one in kind.lines.fields
        ]
        mark = "" if last is None else _t("new") if old is None else _t("changed") if any(c for _x, c in cells) else ""
        made.append(Line(number, cells, mark, remarks.get(number, []), typed.get(f"l_{number}", "")))
    return made


def _key(kind: Any, line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line.get(code) for code in kind.lines.key)


def history_of(report: Report) -> list[dict[str, Any]]:
    """What was sent and what each unit did with it, the latest first."""
    found: list[dict[str, Any]] = [
        {
            "at": one.sent_at, "what": _t("sent (no. %(n)s)") % {"n": one.number}, "who": one.sent_by, "where": one.get_channel_display(),
            "text": _t("unchanged") if one.unchanged else "", "order": (one.sent_at, 0, one.number),
        }
        for one in Submission.objects.filter(report=report).select_related("sent_by")
    ]  # fmt: skip
    for step in report.steps.select_related("unit", "by"):
        found.append(
            {
                "at": step.at, "what": step.get_verdict_display(), "who": step.by, "where": step.unit,
                "text": step.sentence, "order": (step.at, 1, step.pk),
            }
        )  # fmt: skip
    return sorted(found, key=lambda one: one["order"], reverse=True)


def _way(report: Report) -> list[dict[str, Any]]:
    """The steps of the report: who has it, who had it, who comes after."""
    from commercebrain.desk.forms.board.declared import STEPS

    done = report.state == Report.State.PASSED
    found = []
    current = steps.current(report)
    for step in steps.steps_of(report):
        behind = done or step.place < report.step
        here = not done and current is not None and step.place == current.place
        found.append({"name": STEPS[step.name], "unit": step.unit, "behind": behind, "here": here})
    return found


# --- decisions ---------------------------------------------------------------------------------------------------------
def _seen(request: HttpRequest) -> int | None:
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _enterable(request: HttpRequest, pk: int) -> Report:
    """A report in sight on which the reader may decide."""
    report = find(request, pk)
    if not steps.may_decide(request.user, report):
        raise PermissionDenied
    return report


@require_POST
def pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Passes a report on and leads to the next one that waits."""
    report = _enterable(request, pk)
    following = _neighbours(request, report)[0]
    try:
        done = steps.pass_on(report, request.user, request.POST.get("sentence", ""), seen=_seen(request))
    except UserError as fault:
        return _again(request, pk, fault)
    if done.state == Report.State.PASSED:
        messages.success(request, _t("%(firm)s: passed.") % {"firm": report.enterprise})
    else:
        messages.success(
            request, _t("%(firm)s: passed on to %(unit)s.") % {"firm": report.enterprise, "unit": done.unit}
        )
    return redirect(following or reverse("forms:reports"))


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends a report back with a sentence and remarks; nothing typed is lost where that is refused."""
    report = _enterable(request, pk)
    following = _neighbours(request, report)[0]
    remarks: list[dict[str, Any]] = []
    for name, text in request.POST.items():
        if name.startswith("q_"):
            remarks.append({"field": name[2:], "text": text})
        elif name.startswith("l_") and name[2:].isdigit():
            remarks.append({"line": int(name[2:]), "text": text})
    try:
        steps.send_back(report, request.user, request.POST.get("sentence", ""), remarks, seen=_seen(request))
    except UserError as fault:
        return _again(request, pk, fault)
    messages.success(request, _t("%(firm)s: sent back; its users are told.") % {"firm": report.enterprise})
    return redirect(following or reverse("forms:reports"))


def _again(request: HttpRequest, pk: int, fault: UserError) -> HttpResponse:
    """The page as it is now, with the reason and everything that was typed."""
    report = find(request, pk)
    typed = {name: text for name, text in request.POST.items() if name[:2] in ("q_", "l_")}
    context = {
        "thing": report,
        "page_heading": f"{report.enterprise} · {form_name(report.round)}",
        "answer": _answer(report),
        "back": (reverse("forms:reports"), _("Reports of firms")),
        "tabs": [],
        "tab": None,
        "fault": fault.say(reader.language()),
        "sentence": request.POST.get("sentence", ""),
        **context_of(request, report, typed),
    }
    status = getattr(fault, "status", 400) or 400
    return render(request, "forms/review.html", context, status=422 if status == 400 else status)


@require_POST
def excuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Excuses a firm from this round."""
    report = find(request, pk)
    try:
        rounds.excuse(report, request.user, request.POST.get("reason", ""))
    except UserError as fault:
        return _again(request, pk, fault)
    messages.success(request, _t("%(firm)s is excused from this round.") % {"firm": report.enterprise})
    return redirect("forms:report", pk)


@require_POST
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Reminds one firm at once."""
    from commercebrain.desk.core.jobs import start

    report = find(request, pk)
    if not reminders.may_remind(request.user, report):
        raise PermissionDenied
    try:
        done = reminders.remind(request.user, [report], request.POST.getlist("ways"), request.POST.get("text", ""))
    except UserError as fault:
        return _again(request, pk, fault)
    if done.refused:
        zh, en = done.refused[0][1:]
        messages.warning(request, zh if reader.chinese() else en)
    else:
        start("forms.remind", request.user, reminders=done.written)
        waits = not reminders.working_hours(now())
        messages.success(
            request,
            _t("The reminder goes out on the next working morning.") if waits else _t("The reminder is under way; its log stands below."),
        )  # fmt: skip
    return redirect("forms:report", pk)


__all__ = ["ReviewPage", "excuse", "pass_on", "remind", "send_back"]

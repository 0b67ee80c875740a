"""Pages of the firm's side: what is asked, filling it in, the receipt, the trend, leave to report late."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core import drafts, memo, reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, ListPage, Page
from commercebrain.desk.forms.filing import actions, posted, queries, trend
from commercebrain.desk.forms.filing.closed import Closed, closed
from commercebrain.desk.forms.filing.files import read_file, template_of
from commercebrain.desk.forms.filing.listing import burdens_of, open_now, period_words, report_state, state_words
from commercebrain.desk.forms.filing.reading import Refused, known_before
from commercebrain.desk.forms.filing.sheet import Sheet, told_answers
from commercebrain.desk.forms.models import LockException, Report, Submission
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.personal import masked_answers
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.errors import UserError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def report_or_404(request: HttpRequest, pk: int) -> Report:
    """The report, within sight."""
    report = queries.find(request.user, pk)
    if report is None:
        raise Http404
    return report


def to_fill(request: HttpRequest, pk: int) -> Report:
    """The report, for whoever may fill it in; seen only is 403."""
    report = report_or_404(request, pk)
    if not queries.may_file(request.user, report):
        raise PermissionDenied
    return report


def _link(report: Report) -> str:
    return reverse("filing:sent" if report.first_sent_at else "filing:report", args=[report.pk])


class Filings(ListPage):
    """What is asked of the firms whose user one is: first what is open, then how often, then all of it."""

    title = gettext_lazy("What is asked of me")
    template_name = "forms/filing.html"
    columns: ClassVar[Any] = (
        Column("form", gettext_lazy("Form"), lambda row: queries.declared(row.round).name.say(reader.language()), link=_link),
        Column("period", gettext_lazy("Period"), lambda row: period_words(row.round), sort="round__opens_at"),
        Column("enterprise", gettext_lazy("Firm"), "enterprise", hidden=True),
        Column("state", gettext_lazy("State"), lambda row: state_words(report_state(row))),
        Column("due", gettext_lazy("Due"), "round.due_at", sort="round__due_at"),
        Column("sent", gettext_lazy("Sent"), "first_sent_at", sort="first_sent_at"),
        Column("approval", gettext_lazy("Approval number"), "round.approval", hidden=True),
    )  # fmt: skip
    empty_title = gettext_lazy("Nothing is asked of you")
    empty_hint = gettext_lazy("Reports that a bureau asks of your firm stand here with the day that they are due.")

    def rows(self, request: HttpRequest) -> QuerySet[Report]:
        """Those of the own firms, whatever office asked."""
        return queries.own_reports(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many wait, and until when the first."""
        waiting = [one for one in open_now(request.user) if one.pressing]
        if not waiting:
            return _("Nothing waits to be filled in. %(n)s reports were asked so far.") % {"n": total} if total else ""
        said = ngettext(
            "%(n)s report waits for you, the first %(until)s.",
            "%(n)s reports wait for you, the first %(until)s.",
            len(waiting),
        )
        return said % {"n": len(waiting), "until": waiting[0].until}

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The open ones as cards, and the burden."""
        return {
            "open": open_now(request.user),
            "several": len(queries.firms_of(request.user)) > 1,
            "burdens": burdens_of(request.user),
        }


class Filing(Page):
    """Filling in one report: every way to leave the page keeps what was typed."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The questions with what is known filled in, or with the person's own draft."""
        report = to_fill(request, pk)
        held = drafts.drafts_of(request.user, request.path)
        asked = request.GET.get("draft", "")
        chosen = next(iter(held), 0) if asked == "take" else int(asked) if asked.isascii() and asked.isdigit() else 0
        draft = held.get(chosen)
        if draft is not None:
            sheet = Sheet(report, request.user, drafts.as_data(draft.values))
            return self._page(request, sheet, place=chosen, taken=draft)
        return self._page(request, Sheet(report, request.user), place=drafts.free_place(held), offered=held)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sends, keeps a draft, or changes the lines on the page.

        Up to the sending the request only reads, so it asks for the date and the person's rights once.
        """
        with memo.remembering():
            today()
            return self._post(request, pk)

    def _post(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = to_fill(request, pk)
        said = drafts.read_ticket(request.POST.get(drafts.TICKET, "")) or {}
        if said.get("person") != request.user.pk or said.get("address") != request.path:
            said = {}
        place, draft = int(said.get("place", 1)), request.POST.get("_draft")
        if draft == "discard":
            given = request.POST.get("_place", "1")
            drafts.discard(request.user, request.path, int(given) if given.isascii() and given.isdigit() else 1)
            return redirect(request.path)
        if draft == "keep":
            return self._keep(request, said, place)
        wanted, name = request.POST.get("_do", "send"), ""
        if wanted.startswith("remove:"):
            wanted, name = "remove", wanted.removeprefix("remove:")
        data, taken = request.POST, None
        if "lines-file" in request.FILES:
            data, taken = read_file(report, request.POST, request.FILES["lines-file"])
        if wanted in ("send", "unchanged") and not (taken and taken.faults):
            return self._send(request, report, data, said, place, wanted == "unchanged", bool(taken))
        return self._page(
            request, Sheet(report, request.user, self._changed(data, wanted, name), file=taken), place=place
        )

    @staticmethod
    def _changed(data: QueryDict, wanted: str, name: str) -> QueryDict:
        """What was typed with a line more or less, for a browser without scripts."""
        if wanted not in ("add_line", "remove", "clear_lines"):
            return data
        changed = data.copy()
        if wanted == "add_line":
            changed["_empty_line"] = str(max(posted.numbered(data), default=0) + 1)
        if wanted == "clear_lines":
            changed.pop("lines-packed", None)
        for key in [key for key in changed if wanted == "remove" and key.startswith(f"l{name}-")]:
            del changed[key]
        return changed

    def _send(
        self, request: HttpRequest, report: Report, data: QueryDict, said: dict[str, Any], place: int, unchanged: bool,
        from_file: bool,
    ) -> HttpResponse:  # fmt: skip
        opened = (said.get("opened") or {}).get("at")
        kind = queries.declared(report.round)
        try:
            lines, numbers = posted.lines(data)
            sent = actions.send(
                report, request.user, posted.answers(kind, data), lines, posted.explanations(data),
                channel=Submission.Channel.FILE if from_file else Submission.Channel.PAGE,
                seconds=int(time.time() - opened) if isinstance(opened, (int, float)) else None,
                unchanged=unchanged, draft_at=request.path,
            )  # fmt: skip
        except Refused as refused:
            sheet = Sheet(report, request.user, data, refused=refused, numbers=numbers, unchanged=unchanged)
        except Closed as fault:  # what was typed stays on the page, and in the person's draft
            self._keep(request, said, place)
            report = report_or_404(request, report.pk)
            sheet = Sheet(report, request.user, data, fault=fault)
            return self._page(request, sheet, place=place, status=fault.status)
        except UserError as fault:
            sheet = Sheet(report, request.user, data, fault=fault)
        else:
            address = reverse("filing:sent", args=[report.pk])
            if getattr(sent, "repeated", False):
                address += "?again=1"
            if getattr(request, "htmx", False):
                return HttpResponse(status=204, headers={"HX-Redirect": address})
            return redirect(address)
        return self._page(request, sheet, place=place, status=422)

    @staticmethod
    def _keep(request: HttpRequest, said: dict[str, Any], place: int) -> HttpResponse:
        """Keeps what is typed and says when."""
        try:
            values = drafts.raw_values(request.POST)
            kept = drafts.keep(request.user.pk, request.path, values, said.get("opened") or {}, None, place)
        except drafts.TooLargeError:
            kept = None
        return render(request, "core/form_kept.html", {"kept": kept})

    @staticmethod
    def _page(request: HttpRequest, sheet: Sheet, *, place: int, status: int = 200, **more: Any) -> HttpResponse:
        # The ticket tells when the page was opened first: what is sent from it tells how long it took.
        said = drafts.read_ticket(request.POST.get(drafts.TICKET, "")) or {}
        opened = said.get("opened") or {"at": int(time.time())}
        context = {
            "sheet": sheet,
            "report_pk": sheet.report.pk,
            "place": place,
            "ticket": drafts.ticket(request.user, request.path, opened, None, place),
            **more,
        }
        return render(request, "forms/filing_report.html", context, status=status)


class Sent(Page):
    """The receipt."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Number and time, what was sent, what of it was known already; the trend comes by itself."""
        report = report_or_404(request, pk)
        sent = queries.latest(report)
        if sent is None:
            raise Http404
        kind, language = queries.declared(report.round), reader.language()
        words = {"n": sent.asked, "known": sent.reused}
        own = queries.for_own_firm(request.user, report)
        answers = sent.answers if own else masked_answers(kind, sent.answers)
        context = {
            "report": report,
            "sent": sent,
            "title": f"{kind.name.say(language)} · {period_words(report.round)}",
            "answer": _("Received as no. %(number)s on %(at)s.") % {
                "number": receipt_number(sent), "at": sent.sent_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"),
            },
            "number": receipt_number(sent),
            "state": state_words(report_state(report)),
            "reused": _("%(known)s of %(n)s answers were filled in already and left so.") % words,
            "told": told_answers(kind, answers, language),
            "lines": len(sent.lines),
            "again": "again" in request.GET,
            "draft_key": draft_key(request.user.pk, report.pk),
            "may_correct": queries.may_file(request.user, report) and closed(report, now()) is None,
        }  # fmt: skip
        return render(request, "forms/filing_sent.html", context)


def receipt_number(sent: Submission) -> str:
    """The number of a receipt: the round's, the report's and the sending's own."""
    return f"{sent.report.round.period}-{sent.report_id:06d}-{sent.number}"


def draft_key(person: int, report: int) -> str:
    """Under which name a browser keeps a draft: nobody else's, no other report's."""
    return f"filing:{person}:{report}"


class Trend(Page):
    """The firm's own numbers beside the median of firms like it; a part of the receipt, and a page without scripts."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The trend; nothing of any single other firm."""
        report = report_or_404(request, pk)
        kind, language = queries.declared(report.round), reader.language()
        context = {
            "report": report,
            "trends": trend.trends(report, kind, language),
            "title": f"{kind.name.say(language)} · {period_words(report.round)}",
        }
        part = getattr(request, "htmx", False)
        return render(request, "forms/filing_trend.html" if part else "forms/filing_trend_page.html", context)


class Template(Page):
    """The workbook to fill lines into."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file, made from the declaration."""
        report = to_fill(request, pk)
        kind = queries.declared(report.round)
        if kind.lines is None:
            raise Http404
        answer = HttpResponse(
            template_of(kind, known_before(report, kind, own=False).lines, reader.language()), content_type=XLSX
        )
        answer["Content-Disposition"] = f'attachment; filename="{kind.code}-{report.round.period}.xlsx"'
        return answer


class ExceptionForm(forms.Form):
    """Why, and until when."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea({"rows": 3}))
    until = forms.DateField(label=gettext_lazy("I will have sent it by the end of"), widget=forms.DateInput())


class AskException(FormPage):
    """Leave to report after the lock: asked by the firm, granted by an office."""

    form_class = ExceptionForm
    title = gettext_lazy("Ask for leave to report late")
    save_label = gettext_lazy("Ask")
    saved_message = gettext_lazy("Asked. You are told when it is decided; until then what you typed stays as it is.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Report:
        """A report that the person may fill in."""
        return to_fill(request, kwargs["pk"])

    def version(self, thing: Report) -> int | None:
        """Nothing of the report is changed."""
        return None

    def heading(self, thing: Report) -> str:
        """What is asked."""
        return str(self.title)

    def answer(self, request: HttpRequest, thing: Report) -> str:
        """Why it is needed."""
        reason = closed(thing, now())
        if reason is None:
            return _("This report is open: it can be sent without leave.")
        return reason.say(reader.language())

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("filing:filings"), gettext_lazy("What is asked of me")

    def save(self, request: HttpRequest, thing: Report, data: dict[str, Any], version: int | None) -> LockException:
        """Through the action of exceptions."""
        reason = closed(thing, now())
        if reason is None or not reason.locked:
            raise UserError(
                "filing.not_locked",
                "本期报表没有锁定，不需要申请。",
                "This report is not locked, so no leave is needed.",
            )
        return actions.ask_exception(thing, request.user, data["reason"], data["until"])

    def done(self, request: HttpRequest, thing: LockException) -> str:
        """Back to the report."""
        report = Report.objects.get(round=thing.round_id, enterprise=thing.enterprise_id)
        return reverse("filing:report", args=[report.pk])

"""The declared forms and their rounds: what is asked, under which approval, how often; opening and closing by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.fields import ChooserField
from commercebrain.desk.core.formatting import unit_words
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage, Panel
from commercebrain.desk.core.tabs import ListTab
from commercebrain.desk.forms import queries, rounds
from commercebrain.desk.forms.board.board import missing_at, sentence
from commercebrain.desk.forms.board.chase import FORM, Reports
from commercebrain.desk.forms.board.words import form_name, period_name, share
from commercebrain.desk.forms.filing.queries import declared
from commercebrain.desk.forms.filing.words import say_moment
from commercebrain.desk.forms.models import Round
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.telling import declared_forms
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.engine.forms.kinds import FormKind

EVERY = {
    "once": _("at once"), "day": _("every day"), "week": _("every week"), "month": _("every month"),
    "quarter": _("every quarter"), "year": _("every year"),
}  # fmt: skip
STEPS = {"firm": _("firm"), "township": _("township office"), "county": _("county"), "city": _("city")}


def approval_words(number: str) -> Any:
    """The approval, or what it means that there is none."""
    return number or _t("no approval number: nobody is reminded, nothing is scored")


def opening_units(person: Any) -> Any:
    """The units for which a person may open rounds: those that they may enter for."""
    extent = extent_of(person, Right.ENTER, today())
    rows = Unit.objects.filter(closed_on=None)
    return rows if extent.everything else rows.filter(pk__in=extent.units)


class Forms(ListPage):
    """Every declared form."""

    title = _("Forms")
    columns = (
        Column("name", _("Form"), lambda one: one.name.say(reader.language()), sort=lambda one: one.code, link=lambda one: reverse("forms:form", args=[one.code])),
        Column("every", _("How often"), lambda one: EVERY[one.every], sort=lambda one: list(EVERY).index(one.every)),
        Column("questions", _("questions"), lambda one: len(one.questions), number=True, decimals=0, sort=lambda one: len(one.questions)),
        Column("seconds", _("Takes"), lambda one: one.seconds, unit=_("seconds"), number=True, decimals=0),
        Column("approval", _("Approval number"), lambda one: approval_words(one.approval)),
        Column("rounds", _("rounds in sight"), "rounds", number=True, decimals=0, sort=lambda one: one.rounds),
        Column("last", _("Last opened"), "last", sort=lambda one: one.last or datetime.min.replace(tzinfo=timezone.get_current_timezone())),
    )  # fmt: skip
    search_fields = ("name.zh", "name.en", "code")
    search_hint = _("name of a form")
    empty_title = _("No form is declared")
    empty_hint = _("A form is a file below catalogue/forms/.")

    def rows(self, request: HttpRequest) -> list[Any]:
        """Each with how many of its rounds the reader sees."""
        held = {
            row["form"]: row
            for row in queries.rounds(request.user)
            .order_by()
            .values("form")
            .annotate(n=Count("pk", distinct=True), last=Max("opens_at"))
        }
        return [_Counted(one, held.get(code)) for code, one in sorted(declared_forms().items())]

    def found(self, row: Any, text: str) -> bool:
        """Whether a form's name or code holds the text."""
        return text.lower() in f"{row.name.zh} {row.name.en} {row.code}".lower()

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """How many forms, and how many of them without an approval."""
        bare = sum(not one.approval for one in rows)
        text = ngettext("%(n)s declared form, %(bare)s without an approval number.", "%(n)s declared forms, %(bare)s without an approval number.", int(total))  # fmt: skip
        return text % {"n": total, "bare": bare}


class _Counted:
    """A form with how many of its rounds are in sight."""

    def __init__(self, one: FormKind, row: Any) -> None:
        self.one = one
        self.rounds = row["n"] if row else 0
        self.last = row["last"] if row else None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.one, name)


def form_or_404(code: str) -> FormKind:
    """The declared form."""
    found = declared_forms().get(code)
    if found is None:
        raise Http404
    return found


class RoundsOf(ListPage):
    """The rounds of one form in sight."""

    columns = (
        Column("period", _("Period"), lambda row: period_name(row.period), sort="opens_at", link=lambda row: reverse("forms:round", args=[row.pk])),
        Column("unit", _("Opened by"), "unit", sort="unit__path"),
        Column("opens", _("Opens"), "opens_at", sort="opens_at"),
        Column("due", _("Due"), "due_at", sort="due_at"),
        Column("locks", _("Locked from"), "locks_at", sort="locks_at"),
        Column("approval", _("Approval number"), lambda row: approval_words(row.approval)),
    )  # fmt: skip
    empty_title = _("No round of this form is in sight")
    empty_hint = _("A bureau opens a form once; from then on its rounds open by themselves until it ends them.")

    def rows(self, request: HttpRequest) -> Any:
        """The newest first."""
        return queries.rounds(request.user).filter(form=self.within.code).order_by("-opens_at", "unit")


class FormDetail(DetailPage):
    """One declared form: what is asked, of whom, under which approval; its rounds."""

    template_name = "forms/form.html"
    history = False

    def find(self, request: HttpRequest, **kwargs: Any) -> FormKind:
        """A form of the catalogue."""
        return form_or_404(kwargs["code"])

    def heading(self, thing: FormKind) -> str:
        """Its name."""
        return thing.name.say(reader.language())

    def answer(self, request: HttpRequest, thing: FormKind) -> Any:
        """How often, how long, under which approval."""
        told = {
            "every": EVERY[thing.every], "n": len(thing.questions), "seconds": thing.seconds,
            "approval": approval_words(thing.approval),
        }  # fmt: skip
        return _t("%(every)s, %(n)s questions, about %(seconds)s seconds. Approval: %(approval)s.") % told

    def back(self) -> tuple[str, Any]:
        """To the forms."""
        return reverse("forms:forms"), _("Forms")

    def fields(self, request: HttpRequest, thing: FormKind) -> list[Field]:
        """What the declaration says."""
        return [
            Field(_("Who reports"), thing.who),
            Field(_("Opens"), thing.opens),
            Field(_("Due"), thing.due),
            Field(_("Locked after"), thing.locks_after),
            Field(_("Steps"), " → ".join(str(STEPS[one]) for one in thing.steps)),
            Field(_("Source"), "、".join(str(one.quote or one.clause or one.doc) for one in thing.source)),
        ]

    def panels(self, request: HttpRequest, thing: FormKind) -> list[Panel]:
        """The questions and the checks."""
        said = reader.language()
        asked = [
            [
                one.ask.say(said),
                unit_words(one.unit or "") or "—",
                _t("required") if one.required else _t("optional"),
                one.datum or "—",
            ]
            for one in thing.questions
        ]
        checks = [
            [one.say.say(said), _t("stops") if one.severity == "stop" else _t("asks for an explanation")]
            for one in thing.checks
        ]
        return [
            Panel(_("Questions"), (_("Question"), _("Unit of the figure"), "", _("Datum")), asked),
            Panel(_("Checks"), (_("What the reporter is told"), _("What it does")), checks, _("This form checks nothing.")),
        ]  # fmt: skip

    def tabs(self, request: HttpRequest, thing: FormKind) -> list[ListTab]:
        """Its rounds."""
        return [ListTab("rounds", _("Rounds"), RoundsOf)]

    def extra(self, request: HttpRequest, thing: FormKind) -> dict[str, Any]:
        """Whether the reader may open it, and where it goes on by itself."""
        own = set(opening_units(request.user).values_list("pk", flat=True))
        running = [(unit, row) for unit, row in rounds.running(thing.code) if unit.pk in own]
        ended = [
            row.unit
            for row in queries.rounds(request.user).filter(form=thing.code, unit__in=own).order_by("unit")
            if rounds.ended(thing.code, row.unit)
        ]
        return {
            "may_open": bool(own),
            "running": [(unit, period_name(row.period)) for unit, row in running] if thing.every != "once" else [],
            "ended": list(dict.fromkeys(ended)) if thing.every != "once" else [],
        }


class OpenForm(forms.Form):
    """Where, under which number, why; for what is asked at once also a name and an end."""

    unit = ChooserField(Unit.objects.none(), label=_("Bureau"), search_fields=("name_zh", "name_en"))
    approval = forms.CharField(label=_("Approval number"), max_length=100, required=False, help_text=_("Without it nobody is reminded and nothing is scored."))  # fmt: skip
    period = forms.CharField(label=_("Name of the round"), max_length=20, required=False, help_text=_("Left empty: the form's own period of today."))  # fmt: skip
    due = forms.DateTimeField(label=_("Due"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"), help_text=_("Left empty: as the form says."))  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, units: Any, once: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].queryset = units
        self.fields["due"].required = once
        self.fields["period"].required = once


class Open(FormPage):
    """Opening a round by hand, at once, with a reason."""

    template_name = "core/form.html"
    title = _("Open a round")
    form_class = OpenForm
    save_label = _("Open")
    saved_message = _("The round is open.")

    def find(self, request: HttpRequest, **kwargs: Any) -> FormKind:
        """The form, for who may enter somewhere."""
        self.kind = form_or_404(kwargs["code"])
        if not opening_units(request.user).exists():
            raise PermissionDenied
        return self.kind

    def heading(self, thing: FormKind) -> str:
        """Which form."""
        return _t("Open %(form)s") % {"form": thing.name.say(reader.language())}

    def back(self) -> tuple[str, Any]:
        """To the form."""
        return reverse("forms:form", args=[self.kind.code]), self.kind.name.say(reader.language())

    def version(self, thing: Any) -> None:
        """A declaration is edited by nobody here."""
        return

    def initial(self, request: HttpRequest, thing: FormKind) -> dict[str, Any]:
        """The own unit and the number of the declaration where it holds there."""
        units = list(opening_units(request.user).select_related("region")[:2])
        first = units[0] if len(units) == 1 else None
        return {"unit": first, "approval": rounds.own_approval(thing, first) if first else ""}

    def form_arguments(self, request: HttpRequest, thing: FormKind) -> dict[str, Any]:
        """The units to choose from; whether a name and an end are needed."""
        return {"units": opening_units(request.user), "once": rounds.current_dates(thing) is None}

    def save(self, request: HttpRequest, thing: FormKind, data: dict[str, Any], version: int | None) -> Round:
        """One action."""
        return rounds.open_by_hand(request.user, thing, **data)

    def done(self, request: HttpRequest, thing: Any) -> str:
        """The round."""
        return reverse("forms:round", args=[thing.pk])


@require_POST
def switch(request: HttpRequest, code: str, unit: int, end: bool) -> HttpResponse:
    """Ends or resumes the regular rounds of a form at a unit."""
    form = form_or_404(code)
    where = opening_units(request.user).filter(pk=unit).first()
    if where is None:
        raise PermissionDenied
    if end:
        rounds.end_form(request.user, form, where, request.POST.get("reason", ""))
        messages.success(request, _t("No further round opens by itself; the open one goes on until its lock."))
    else:
        rounds.resume_form(request.user, form, where)
        messages.success(request, _t("The rounds open by themselves again."))
    return redirect("forms:form", code)


# --- one round ---------------------------------------------------------------------------------------------------------
class ReportsOf(Reports):
    """The reports of one round."""

    columns = tuple(column for column in Reports.columns if column.key not in ("form", "period"))
    filters = tuple(one for one in Reports.filters if one is not FORM and one.key != "period")
    bulk = ()

    def rows(self, request: HttpRequest) -> Any:
        """Those in sight."""
        return queries.reports(request.user).filter(round=self.within).order_by("county__code", "enterprise__name_zh", "pk")  # fmt: skip


class RoundPage(DetailPage):
    """One round: until when, who opened it, what share has reported, its reports."""

    template_name = "forms/round.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Round | None:
        """A round that concerns the reader as one of the administration."""
        if not queries.bureau_reader(request.user):
            return None
        return queries.rounds(request.user).filter(pk=kwargs["pk"]).first()

    def heading(self, thing: Round) -> str:
        """Form and period."""
        return f"{form_name(thing)} · {period_name(thing.period)}"

    def answer(self, request: HttpRequest, thing: Round) -> Any:
        """The board's sentence, for this round."""
        if thing.opens_at > now():
            return _t("It opens on %(moment)s.") % {"moment": say_moment(thing.opens_at, reader.language())}
        self.board = queries.board(request.user, thing.form, thing.unit, [thing.period], thing.period)
        return sentence(self.board)

    def back(self) -> tuple[str, Any]:
        """To the forms."""
        return reverse("forms:forms"), _("Forms")

    def fields(self, request: HttpRequest, thing: Round) -> list[Field]:
        """Its days, its approval, its steps."""
        kind = declared(thing)
        board = getattr(self, "board", None)
        rates = board.now() if board else None
        scored = bool(rates and thing.approval)
        return [
            Field(_("Form"), form_name(thing), reverse("forms:form", args=[thing.form]) if thing.form in declared_forms() else None),
            Field(_("Opened by"), thing.unit),
            Field(_("Opens"), thing.opens_at),
            Field(_("Due"), thing.due_at),
            Field(_("Locked from"), thing.locks_at),
            Field(_("Approval number"), approval_words(thing.approval)),
            Field(_("Steps"), " → ".join(str(STEPS[one]) for one in kind.steps)),
            Field(_("on time"), share(rates.on_time_rate) if rates and scored else "—"),
            Field(_("reported unchanged"), share(rates.unchanged_rate) if rates and scored else "—"),
        ]  # fmt: skip

    def tabs(self, request: HttpRequest, thing: Round) -> list[ListTab]:
        """Its reports."""
        return [ListTab("reports", _("Reports"), ReportsOf)]

    def extra(self, request: HttpRequest, thing: Round) -> dict[str, Any]:
        """What the reader may do with it."""
        moment = now()
        return {
            "may_close": queries.enters_for(request.user, thing.unit_id) and thing.opens_at <= moment < thing.locks_at,
            "locked": moment >= thing.locks_at,
            "chase_url": missing_at(thing),
        }


class Closing(forms.Form):
    """Why it is closed."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class Close(FormPage):
    """Closing a round early."""

    title = _("Close the round")
    form_class = Closing
    save_label = _("Close it now")
    saved_message = _("The round is closed.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Round:
        """A round in sight that the reader may close."""
        row = queries.rounds(request.user).filter(pk=kwargs["pk"]).first()
        if row is None or not queries.bureau_reader(request.user):
            raise Http404
        if not queries.enters_for(request.user, row.unit_id):
            raise PermissionDenied
        self.row = row
        return row

    def back(self) -> tuple[str, Any]:
        """To the round."""
        return reverse("forms:round", args=[self.row.pk]), str(self.row)

    def save(self, request: HttpRequest, thing: Round, data: dict[str, Any], version: int | None) -> Round:
        """One action."""
        return rounds.close(request.user, thing, data["reason"])

    def done(self, request: HttpRequest, thing: Round) -> str:
        """The round."""
        return reverse("forms:round", args=[thing.pk])

"""Whether the rules were evaluated at all, and the quiet periods in which nobody is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.columns import choice
from commercebrain.desk.core.fields import ChooserField
from commercebrain.desk.core.filters import DateRange, Filter, UnitFilter, YesNo
from commercebrain.desk.core.formatting import DASH
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, ListPage
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.warnings import kinds, pages, quiet, words
from commercebrain.desk.warnings.models import Evaluation, Quiet

SHAPES = {Evaluation.State.RUNNING: "◔", Evaluation.State.DONE: "✔", Evaluation.State.FAILED: "▲"}


def _state(row: Evaluation, value: Any) -> Any:
    return words.shaped(row.state, value, SHAPES[Evaluation.State(row.state)], "evaluation")


def _told_state(row: Evaluation, value: Any) -> Any:
    """The state, and below it why the run failed."""
    told = _state(row, value)
    return format_html('{}<div class="warnings-wide">{}</div>', told, row.fault) if row.fault else told


def _wide(_row: Evaluation, value: Any) -> Any:
    """A cell that breaks between rules, not within one."""
    return format_html('<span class="warnings-wide">{}</span>', value)


def _unknown(row: Evaluation) -> str:
    """Which rules could not judge how many subjects."""
    told = [
        _t("%(rule)s: %(n)s") % {"rule": code, "n": f"{n:,}"} for code, n in sorted((row.unknown or {}).items()) if n
    ]
    shown = "、".join(told[:4]) if reader.chinese() else ", ".join(told[:4])
    return (shown + (" …" if len(told) > 4 else "")) or DASH


def _seconds(row: Evaluation) -> float | None:
    return None if row.ended_at is None else (row.ended_at - row.started_at).total_seconds()


class Evaluations(ListPage):
    """When the rules were evaluated, over how much, what came of it."""

    template_name = "warnings/evaluations.html"
    title = _("Evaluations of rules")
    columns = (
        Column("on", _("Business date"), "on", sort="on"),
        Column("unit", _("Unit"), "unit", sort="unit__name_zh"),
        Column("state", _("State"), choice("state"), sort="state", show=_told_state),
        Column("rules", _("Rules evaluated"), "rules", sort="rules", number=True, decimals=0),
        Column("subjects", _("Subjects judged"), "subjects", sort="subjects", number=True, decimals=0),
        Column("hits", _("Rules held"), "hits", sort="hits", number=True, decimals=0),
        Column("opened", _("Signals raised"), "opened", sort="opened", number=True, decimals=0),
        Column("closed", _("Signals closed"), "closed", sort="closed", number=True, decimals=0),
        Column("inhibited", _("Muted by a wider one"), "inhibited", sort="inhibited", number=True, decimals=0),
        Column("unknown", _("Could not be judged"), _unknown, show=_wide),
        Column("began", _("Began at"), "started_at", sort="started_at"),
        Column("took", _("Took"), _seconds, unit=_("seconds"), number=True, decimals=1),
        Column("fault", _("Why it failed"), lambda e: e.fault or None, hidden=True),
    )
    filters = (
        Filter("state", _("State"), Evaluation.State.choices),
        UnitFilter("unit", _("Unit")),
        DateRange("on", _("Business date")),
    )
    empty_title = _("No rule was evaluated yet")
    empty_hint = _(
        "Once a bureau has approved a rule, its rules are evaluated every working day; each run stands here."
    )

    def allowed(self, request: HttpRequest) -> bool:
        """Who works with signals, and who runs the installation."""
        return pages.watches(request.user)

    def rows(self, request: HttpRequest) -> Any:
        """Of the units in sight."""
        return pages.evaluations(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """The last run, and whether one is missing."""
        last = pages.evaluations(request.user).exclude(state=Evaluation.State.RUNNING).first()
        missing = len(pages.alarms(request.user))
        told = ""
        if missing:
            told = ngettext(
                "%(n)s bureau was not evaluated when it should have been. ",
                "%(n)s bureaus were not evaluated when they should have been. ",
                missing,
            ) % {"n": missing}
        if last is None:
            return told.strip()
        if last.state == Evaluation.State.FAILED:
            return told + _t("The last evaluation, of %(day)s, failed: %(fault)s") % {
                "day": last.on,
                "fault": last.fault,
            }
        return told + _t(
            "Last evaluated for %(day)s: %(rules)s rules over %(subjects)s subjects, %(opened)s signals raised, %(closed)s closed."
        ) % {
            "day": last.on, "rules": last.rules, "subjects": f"{last.subjects:,}", "opened": last.opened, "closed": last.closed,
        }  # fmt: skip

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The alarms."""
        return {"alarms": pages.alarms(request.user), "office": pages.office(request.user)}


# --- quiet periods -----------------------------------------------------------------------------------------------------
def _entered(request: HttpRequest) -> Any:
    """The units for which the reader may declare a quiet period."""
    extent = extent_of(request.user, Right.ENTER, today())
    rows = Unit.objects.filter(closed_on=None).order_by("path")
    return rows if extent.everything else rows.filter(pk__in=extent.units)


def _of_rule(row: Quiet) -> str:
    return f"{row.rule} {pages.rule_name(row.rule)}" if row.rule else _t("all rules")


def _running(row: Quiet) -> bool:
    day = today()
    return row.starts <= day <= row.ends and (row.ended_on is None or row.ended_on > day)


def _running_rows(rows: Any, value: bool) -> Any:
    from django.db.models import Q

    day = today()
    held = Q(starts__lte=day, ends__gte=day) & (Q(ended_on=None) | Q(ended_on__gt=day))
    return rows.filter(held) if value else rows.exclude(held)


class QuietPeriods(ListPage):
    """Days on which signals are raised and kept and nobody is told until they are over."""

    template_name = "warnings/quiet.html"
    title = _("Quiet periods")
    columns = (
        Column("reason", _("Reason"), "reason"),
        Column("unit", _("Unit"), "unit", sort="unit__name_zh"),
        Column("rule", _("Rule"), _of_rule, sort="rule"),
        Column("starts", _("From"), "starts", sort="starts"),
        Column("ends", _("To"), "ends", sort="ends"),
        Column("now", _("In force now"), _running),
        Column("ended", _("Taken back on"), "ended_on", sort="ended_on"),
        Column("by", _("Declared by"), "by"),
        Column(
            "act",
            _("Take back"),
            lambda q: _t("end it") if q.may_end else None,
            link=lambda q: reverse("warnings:quiet_end", args=[q.pk]) if q.may_end else None,
        ),
    )
    filters = (YesNo("now", _("In force now"), apply=_running_rows), UnitFilter("unit", _("Unit")))
    empty_title = _("No quiet period")
    empty_hint = _("Days that are no working days are quiet by themselves; a bureau may declare others, with a reason.")

    def allowed(self, request: HttpRequest) -> bool:
        """Who works with signals."""
        return pages.office(request.user)

    def rows(self, request: HttpRequest) -> Any:
        """In sight."""
        return pages.quiet_periods(request.user)

    def prepare(self, rows: Any) -> Any:
        """Whether each may be ended by the reader."""
        extent = extent_of(self.request.user, Right.ENTER, today())
        for row in rows:
            row.may_end = (
                (extent.everything or row.unit_id in extent.units) and row.ended_on is None and row.ends >= today()
            )
        return rows

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many run now."""
        running = _running_rows(pages.quiet_periods(request.user), True).count()
        if not running:
            return _t("No quiet period is in force today; days that are no working days are quiet by themselves.")
        return ngettext(
            "%(n)s quiet period is in force today: its signals are kept and told when it is over.",
            "%(n)s quiet periods are in force today: their signals are kept and told when they are over.",
            running,
        ) % {"n": running}

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the reader may declare one."""
        return {"may_declare": _entered(request).exists()}


class QuietForm(forms.Form):
    """Where, for which rule, from when to when, why."""

    unit = ChooserField(Unit.objects.none(), label=_("Unit"), search_fields=("name_zh", "name_en"))
    rule = forms.ChoiceField(label=_("Rule"), required=False)
    starts = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    ends = forms.DateField(
        label=_("To"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("The last quiet day.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, units: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].queryset = units
        found = [(code, f"{code} {reader.said(rule.name)}") for code, rule in sorted(kinds.rules().items())]
        self.fields["rule"].choices = [("", _t("all rules")), *found]


class Declare(FormPage):
    """Declaring a quiet period."""

    title = _("Declare a quiet period")
    form_class = QuietForm
    save_label = _("Declare")
    saved_message = _("The quiet period is declared.")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """A new one, for who enters somewhere."""
        if not _entered(request).exists():
            raise PermissionDenied

    def answer(self, request: HttpRequest, thing: Any) -> str:
        """What it does and does not."""
        return _t(
            "Signals are raised and kept all the same; people are told of them on the first working morning after."
        )

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("warnings:quiet"), _("Quiet periods")

    def initial(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The own unit, from today for a week."""
        return {
            "unit": pages.own_unit(request.user, _entered(request)),
            "starts": today().isoformat(),
            "ends": (today() + timedelta(days=6)).isoformat(),
        }

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The units to choose from."""
        return {"units": _entered(request)}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Any:
        """One action."""
        return quiet.declare(
            data["unit"], request.user, data["starts"], data["ends"], data["reason"], rule=data["rule"]
        )

    def done(self, request: HttpRequest, thing: Any) -> str:
        """The list."""
        return reverse("warnings:quiet")


class Ending(forms.Form):
    """Nothing is asked."""


class End(FormPage):
    """Takes a quiet period back: what waited is told on the next working morning."""

    title = _("End the quiet period")
    form_class = Ending
    keeps_draft = False
    save_label = _("End it")
    saved_message = _("The quiet period is over.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Quiet:
        """One in sight, of a unit for which the reader enters."""
        row: Quiet | None = pages.quiet_periods(request.user).filter(pk=kwargs["pk"]).first()
        if row is None:
            raise Http404
        if not pages.enters(request.user, row.unit):
            raise PermissionDenied
        return row

    def answer(self, request: HttpRequest, thing: Quiet) -> str:
        """Which one."""
        return f"{thing.unit} · {_of_rule(thing)} · {thing.starts} – {thing.ends} · {thing.reason}"

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("warnings:quiet"), _("Quiet periods")

    def version(self, thing: Quiet) -> None:
        """Nothing is edited."""
        return

    def save(self, request: HttpRequest, thing: Quiet, data: dict[str, Any], version: int | None) -> Quiet:
        """One action."""
        quiet.end(thing, request.user)
        return thing

    def done(self, request: HttpRequest, thing: Quiet) -> str:
        """The list."""
        return reverse("warnings:quiet")

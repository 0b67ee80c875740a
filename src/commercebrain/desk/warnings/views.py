"""The list of signals by cause, and the few lines of it on the first page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.cases import queries as cases
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core import reader
from commercebrain.desk.core.bulk import BulkAction, Outcome
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.filters import Filter, RegionFilter, YesNo
from commercebrain.desk.core.formatting import DASH
from commercebrain.desk.core.generic import Choices, Column, ListPage
from commercebrain.desk.core.levels import level_cell, level_word
from commercebrain.desk.core.page import Page
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.warnings import pages, queries, words
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.errors import UserError
from commercebrain.engine.rules.kinds import SUBJECTS

#: Lines of the panel on the first page.
NAMED = 3


class Standing(Filter):
    """Where signals stand; open ones where nothing is asked."""

    def choices(self, request: Any) -> list[tuple[str, str]]:
        """Open, where an open one may stand, closed, all."""
        found = [("open", str(_("still open")))]
        found += [(code, str(word)) for code, (word, _shape) in words.STANDINGS.items()]
        return [*found, ("all", str(_("all")))]

    def shown(self, params: Any, request: Any, value: Any, fault: str) -> dict[str, Any]:
        """What is shown where nothing was asked is told."""
        drawn = super().shown(params, request, value, fault)
        return drawn if drawn["value"] else {**drawn, "value": "open"}


def _standing(rows: Any, value: str) -> Any:
    return rows.filter(pages.at(value, now()))


def _firm(rows: Any, value: str) -> Any:
    from django.db.models import Q

    return rows.filter(
        Q(enterprise__name_zh__icontains=value) | Q(enterprise__name_en__icontains=value)
        | Q(enterprise__uscc__iexact=value) | Q(subject_zh__icontains=value) | Q(subject_en__icontains=value)
    )  # fmt: skip


def _muted(rows: Any, value: bool) -> Any:
    return rows.filter(inhibited_by__isnull=not value)


def _standing_cell(row: Signal, _value: Any) -> Any:
    code, word, shape = words.standing_words(row, now())
    return words.shaped(code, word, shape, "standing")


def _whole(_row: Signal, value: Any) -> Any:
    """A day on one line."""
    return format_html('<span class="text-nowrap">{}</span>', DASH if value is None else str(value))


def _sentence(_row: Signal, value: Any) -> Any:
    """A sentence wide enough to be read."""
    return format_html('<span class="warnings-sentence">{}</span>', value)


class AcknowledgeForm(forms.Form):
    """One sentence, and until when it holds."""

    sentence = forms.CharField(label=_("What will be done"), max_length=500)
    until = forms.DateField(
        label=_("The acknowledgement holds until"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("On that day the signal asks again; left empty: five working days."),
    )  # fmt: skip


def acknowledge_all(request: HttpRequest, rows: Any, data: dict[str, Any]) -> Outcome:
    """Acknowledges many signals with one sentence; what cannot be is told row by row."""

    from commercebrain.desk.warnings.actions import signals

    outcome = Outcome()
    for row in rows:
        try:
            signals.acknowledge(row, request.user, data["sentence"], data["until"])
        except UserError as fault:
            outcome.refuse(row, fault.say(reader.language()))
        else:
            outcome.done += 1
    return outcome


def enters_somewhere(request: HttpRequest) -> bool:
    """Whether the reader deals with signals of any unit."""
    extent = extent_of(request.user, Right.ENTER, today())
    return extent.everything or bool(extent.units)


class Signals(ListPage):
    """Signals in sight, the gravest first, grouped by what they come from."""

    template_name = "warnings/signals.html"
    title = _("Warnings")
    search_hint = _("firm, goods, cause or number of a rule")
    # Not the sentence: who is not cleared for its figures could find them by asking.
    search_fields = ("subject_zh", "subject_en", "subject", "rule", "cause_zh", "cause_en")
    page_size = 50
    reads = ("warnings.signals", "预警", "signals")
    columns = (
        Column("level", _("Level of the signal"), lambda s: level_word(s.level), sort="weight",
               show=lambda s, _v: level_cell(s.level)),
        Column("subject", _("Whom it concerns"), lambda s: words.of_row(s, "subject"), sort="subject_zh",
               link=words.signal_address),
        Column("sentence", _("What is the matter"), pages.sentence, show=_sentence),
        Column("standing", _("State"), lambda s: words.standing_words(s, now())[1], show=_standing_cell),
        Column("due", _("Acknowledge by"), lambda s: words.due_said(s.due_at) if s.due_at else None, sort="due_at", show=_whole),
        Column("unit", _("Unit"), "unit", sort="unit__name_zh"),
        Column("county", _("Region"), "region", sort="region__code", hidden=True),
        Column("rule", _("Rule"), lambda s: f"{s.rule} {pages.rule_name(s.rule, s.declaration)}", sort="rule",
               link=lambda s: reverse("warnings:rule", args=[s.rule])),
        Column("opened", _("Raised on"), "opened_on", sort="opened_on", show=_whole),
        Column("period", _("Period"), "period", hidden=True),
        Column("cause", _("Cause"), lambda s: words.of_row(s, "cause"), sort="cause_zh", hidden=True),
        Column("kind", _("Kind of subject"), lambda s: reader.said(SUBJECTS.get(s.subject_kind)) or s.subject_kind,
               hidden=True),
        Column("held", _("Last held on"), "last_held_on", sort="last_held_on", hidden=True),
        Column("case", _("Case"), lambda s: s.case.number if s.case else None, hidden=True,
               link=lambda s: words.case_address(s)),
        Column("number", _("Number"), "pk", sort="pk", hidden=True),
    )  # fmt: skip
    filters = (
        Standing("state", _("State"), apply=_standing),
        Choices("level", _("Level of the signal"), words.level_choices),
        Filter("rule", _("Rule"), lambda request: pages.rules_of_signals(request.user)),
        RegionFilter("county", _("Region"), lookup="region"),
        Filter("firm", _("Firm or subject"), apply=_firm),
        YesNo("inhibited", _("A wider signal speaks for it"), apply=_muted),
        Filter("cause", _("Cause"), lambda request: pages.causes(request.user)),
    )
    bulk = (
        BulkAction(
            "acknowledge", _("Acknowledge"), acknowledge_all, form=AcknowledgeForm, allowed=enters_somewhere,
            confirm=_("One sentence is kept with each of these signals."),
        ),
    )  # fmt: skip
    empty_title = _("No signal is open")
    empty_hint = _("When a rule in use holds for a firm, goods, a market or a county in your sight, it stands here.")

    def allowed(self, request: HttpRequest) -> bool:
        """Signals are internal to the administration."""
        return pages.office(request.user)

    def rows(self, request: HttpRequest) -> Any:
        """In sight; open ones where no state is asked."""
        rows = pages.in_sight(request.user)
        return rows if request.GET.get("state") else rows.filter(closed_at=None)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """“9 new since 2025-07-21, 4 past their clock”."""
        return pages.first_line(pages.headline(request.user))

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The groups by cause, and whether the rules were evaluated at all."""
        asked = set(request.GET) - {"view", "columns", "sort"}
        groups = pages.Groups() if asked else pages.groups(request.user)
        return {"groups": groups, "alarms": pages.alarms(request.user), "counts": pages.headline(request.user)}


class SignalPanel(Page):
    """The signals, and the cases past their clock, in a few lines on the first page; asked for once that page is open,
    empty where there are none."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The panel alone."""
        if not pages.office(request.user):
            return HttpResponse("")
        found = pages.headline(request.user)
        alarms = pages.alarms(request.user)
        late = cases.past_clock(request.user).filter(state=Case.State.OPEN).count()
        if not (found.open or found.inhibited or alarms or late):
            return HttpResponse("")
        first = pages.in_sight(request.user).filter(closed_at=None)[:NAMED]
        context = {
            "line": pages.first_line(found), "alarms": alarms, "groups": pages.groups(request.user).shown[:NAMED],
            "signals": [(row, level_cell(row.level), pages.sentence(row)) for row in first],
            "late_cases": late,
        }  # fmt: skip
        return render(request, "warnings/panel.html", context)


class Count(Page):
    """How many signals wait for the reader's own units: the number beside the page's name in the navigation."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The number alone; empty for none."""
        waiting = queries.waiting_for(request.user).count() if pages.office(request.user) else 0
        return render(request, "warnings/count.html", {"waiting": waiting})

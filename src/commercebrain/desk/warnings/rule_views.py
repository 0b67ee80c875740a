"""The declared rules with how a bureau uses them, and the page of one: its sentence, its record, its back-test, its use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.fields import ChooserField
from commercebrain.desk.core.filters import Filter
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Choices, Column, DetailPage, ListPage
from commercebrain.desk.core.levels import level_cell
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.warnings import conditions, kinds, pages, queries, testing, words
from commercebrain.desk.warnings.actions import use as actions
from commercebrain.desk.warnings.models import RuleUse
from commercebrain.desk.warnings.pages import Line
from commercebrain.engine.errors import UserError
from commercebrain.engine.rules.kinds import DEALT_WITH, GROUPS, SUBJECTS, Rule


def rule_or_404(code: str) -> Rule:
    """A declared rule."""
    found = kinds.rules().get(code)
    if found is None:
        raise Http404
    return found


def bureau_of(request: HttpRequest) -> Unit | None:
    """The bureau that the address asks for; 404 where it does not concern the reader."""
    text = request.GET.get("unit", "").strip()
    found = pages.bureau_asked(request.user, text)
    if text and found is None:
        raise Http404
    return found


def _with_unit(address: str, unit: Unit | None) -> str:
    return address if unit is None else f"{address}?{urlencode({'unit': unit.pk})}"


def _address(line: Line) -> str:
    unit = line.use.unit_id if line.use else line.proposed.unit_id if line.proposed else None
    address = reverse("warnings:rule", args=[line.rule.code])
    return address if unit is None else f"{address}?{urlencode({'unit': unit})}"


def _state(line: Line) -> tuple[str, str, str]:
    if line.proposed is not None and (line.use is None or line.use.state != RuleUse.State.ON):
        return words.state_words(line.proposed)
    return words.state_words(line.use)


def _state_cell(line: Line, _value: Any) -> Any:
    code, word, shape = _state(line)
    return words.shaped(code, word, shape, "use")


def _share(key: str) -> Callable[[Line], float | None]:
    return lambda line: None if line.tested.get(key) is None else float(line.tested[key]) * 100


def _by_state(line: Line, value: str) -> bool:
    return _state(line)[0] == value


class Rules(ListPage):
    """All declared rules, how the bureau uses each, and what came of it."""

    template_name = "warnings/rules.html"
    title = _("Rules")
    search_hint = _("number or name")
    search_fields = ("name",)
    page_size = 100
    columns = (
        Column("code", _("Number"), lambda r: r.rule.code, sort=lambda r: r.rule.code, link=_address),
        Column("name", _("Rule"), lambda r: reader.said(r.rule.name), sort=lambda r: reader.said(r.rule.name), link=_address),
        Column("group", _("Group"), lambda r: reader.said(GROUPS[r.rule.group]), sort=lambda r: list(GROUPS).index(r.rule.group)),
        Column("subject", _("Speaks of"), lambda r: reader.said(SUBJECTS[r.rule.subject]), sort=lambda r: r.rule.subject),
        Column("state", _("State"), lambda r: _state(r)[1], show=_state_cell, sort=lambda r: _state(r)[1]),
        Column("opened", _("Open signals"), "opened", number=True, decimals=0, sort="opened",
               link=lambda r: f"{reverse('warnings:signals')}?{urlencode({'rule': r.rule.code})}" if r.opened else None),
        Column("raised", _("Raised so far"), "raised", number=True, decimals=0, sort="raised"),
        Column("handled", _("Handled"), "handled", number=True, decimals=0, sort="handled"),
        Column("false", _("False alarms"), "false_alarms", number=True, decimals=0, sort="false_alarms"),
        Column("precision", _("Precision"), _share("precision"), unit="%", number=True, decimals=0, sort=_share("precision")),
        Column("recall", _("Recall"), _share("recall"), unit="%", number=True, decimals=1, sort=_share("recall")),
        Column("since", _("In use since"), lambda r: r.use.since if r.use else None, hidden=True),
        Column("case", _("Opens a case"), lambda r: bool(r.rule.case), hidden=True),
    )  # fmt: skip
    filters = (
        Choices("group", _("Group"), lambda request: [(code, reader.said(said)) for code, said in GROUPS.items()], lookup="rule.group"),
        Filter("state", _("State"), lambda request: [
            ("unused", words.state_words(None)[1]), *((code, str(said[0])) for code, said in words.STATES.items())
        ], test=_by_state),
        Filter("subject", _("Speaks of"), lambda request: [(code, reader.said(said)) for code, said in SUBJECTS.items()], lookup="rule.subject"),
    )  # fmt: skip
    empty_title = _("No rule is declared")
    empty_hint = _("Rules are files of the catalogue; docs/how-to/declare-a-rule.md says how one is written.")

    def allowed(self, request: HttpRequest) -> bool:
        """Rules are internal to the administration."""
        return pages.office(request.user)

    def rows(self, request: HttpRequest) -> Any:
        """Every rule at the bureau that is asked for: those that wait for approval, those in use, then by group and number."""
        found, first = pages.lines(request.user, bureau_of(request)), ("proposed", "on")
        return sorted(found, key=lambda line: (
            first.index(_state(line)[0]) if _state(line)[0] in first else len(first), list(GROUPS).index(line.rule.group), line.rule.code,
        ))  # fmt: skip

    def found(self, row: Any, text: str) -> bool:
        """By number or name in either language."""
        wanted = text.casefold()
        return any(wanted in told.casefold() for told in (row.rule.code, row.rule.name.zh, row.rule.name.en))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are in use, and how many wait for approval."""
        unit = bureau_of(request)
        found = pages.lines(request.user, unit)
        on = sum(line.use is not None and line.use.state == RuleUse.State.ON for line in found)
        waiting = sum(line.proposed is not None for line in found)
        told = _t("%(unit)s uses %(on)s of %(all)s rules.") % {
            "unit": unit or _t("Nobody"),
            "on": on,
            "all": len(found),
        }
        if waiting:
            told += " " + ngettext("%(n)s waits for approval.", "%(n)s wait for approval.", waiting) % {"n": waiting}
        return told

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The bureaus to choose from."""
        return {"bureaus": pages.bureaus(request.user), "bureau": bureau_of(request)}


class RulePage(DetailPage):
    """One rule at one bureau."""

    template_name = "warnings/rule.html"
    history = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Rule:
        """A declared rule; the bureau stands in the query."""
        if not pages.office(request.user):
            raise PermissionDenied
        found = pages.rule_shown(request.user, kwargs["code"])
        if found is None:
            raise Http404
        self.unit = bureau_of(request)
        return found

    def heading(self, thing: Rule) -> str:
        """Number and name."""
        return f"{thing.code} {reader.said(thing.name)}"

    def back(self) -> tuple[str, Any]:
        """To the rules."""
        return _with_unit(reverse("warnings:rules"), self.unit), _("Rules")

    def answer(self, request: HttpRequest, thing: Rule) -> str:
        """How it is used, and how good it was on history."""
        self.use, self.proposed = _uses(thing, self.unit)
        self.test = testing.latest(request.user, thing.code, self.unit)
        use = self.use or self.proposed
        parts = [_t("%(unit)s: %(state)s.") % {"unit": self.unit or _t("Nobody"), "state": words.state_words(use)[1]}]
        if self.use is not None and self.use.state == RuleUse.State.ON and kinds.declared_anew(self.use):
            parts.append(_t("Its declaration has changed since: it runs as it was approved until it is proposed anew."))
        if self.test is not None and self.test.point is not None:
            parts.append(testing.sentence(self.test))
        return " ".join(parts)

    def extra(self, request: HttpRequest, thing: Rule) -> dict[str, Any]:
        """Its sentence, condition, thresholds, record, back-test, and what the reader may do."""
        unit, use = self.unit, self.use or self.proposed
        values = kinds.parameters_of(use) if use else {}
        may = unit is not None and pages.enters(request.user, unit)
        declared = thing.code in kinds.rules()
        running = testing.running(request.user, thing.code)
        return {
            "rule": thing, "unit": unit, "bureaus": pages.bureaus(request.user),
            "say": conditions.sentence(thing), "conditions": conditions.parts(thing, values),
            "levels": [(level_cell(code), told) for code, told in conditions.level_parts(thing, values)],
            "parameters": [
                {
                    "name": reader.said(one.name), "now": conditions.of_parameter(thing, name, values.get(name)),
                    "own": conditions.of_parameter(thing, name),
                    "low": conditions.of_parameter(thing, name, one.from_), "high": conditions.of_parameter(thing, name, one.to),
                }
                for name, one in thing.parameters.items()
            ],
            "hold": conditions.hold(thing), "related": _related(thing), "source": [
                (reader.said(catalogue().title(one.doc)), one.clause, one.quote) for one in thing.source
            ], "practice": reader.said(thing.practice), "group": reader.said(GROUPS[thing.group]),
            "subject": f"{reader.said(SUBJECTS[thing.subject])} · {reader.said(DEALT_WITH[thing.subject])}", "measures": pages.measures({"proposes": list(thing.proposes)}),
            "acknowledge": conditions.span(thing.acknowledge),
            "escalation": [(conditions.span(one.after), one.to) for one in thing.escalation],
            "use": self.use, "proposed": self.proposed, "state": words.state_words(use),
            "record": queries.record_of_rule(thing.code, unit) if unit is not None and pages.oversees(request.user, unit) else None,
            "test": self.test, "tests": testing.earlier(request.user, thing.code, unit), "running": running,
            "truth": words.TRUTHS.get(thing.backtest.truth, ""), "may_test": may and declared and thing.backtest.truth != "none",
            "may_propose": may and declared and self.proposed is None, "needs_test": thing.backtest.truth != "none",
            "may_approve": self.proposed is not None and actions.may_decide(request.user, self.proposed),
            "may_decline": self.proposed is not None and may,
            "may_off": may and self.use is not None and self.use.state == RuleUse.State.ON,
            "own": self.proposed is not None and self.proposed.proposed_by_id == request.user.pk,
            "signals_url": f"{reverse('warnings:signals')}?{urlencode({'rule': thing.code})}",
        }  # fmt: skip


def _uses(rule: Rule, unit: Unit | None) -> tuple[RuleUse | None, RuleUse | None]:
    """How a bureau uses a rule, and what is proposed there."""
    if unit is None:
        return None, None
    rows = RuleUse.objects.filter(rule=rule.code, unit=unit).select_related("unit", "proposed_by", "decided_by")
    found = list(rows.order_by("-pk")[:20])
    proposed = next((row for row in found if row.state == RuleUse.State.PROPOSED), None)
    on = next((row for row in found if row.state == RuleUse.State.ON), None)
    return on or next((row for row in found if row.state == RuleUse.State.OFF), None), proposed


def _related(rule: Rule) -> list[tuple[str, list[tuple[str, str]]]]:
    """Rules that silence it, in words, with their pages."""
    known = kinds.rules()

    def told(codes: Any) -> list[tuple[str, str]]:
        return [
            (
                f"{code} {reader.said(known[code].name)}" if code in known else code,
                reverse("warnings:rule", args=[code]),
            )
            for code in codes
        ]

    found = [
        (_t("not raised where one of these holds for the same subject"), told(rule.exclusive_of)),
        (_t("muted where one of these speaks for it"), told(rule.inhibited_by)),
    ]
    return [one for one in found if one[1]]


# --- back-test ---------------------------------------------------------------------------------------------------------
def _entered(request: HttpRequest) -> Any:
    extent = extent_of(request.user, Right.ENTER, today())
    rows = Unit.objects.filter(closed_on=None).order_by("path")
    return rows if extent.everything else rows.filter(pk__in=extent.units)


class TestForm(forms.Form):
    """Where, and over which months."""

    __test__ = False
    unit = ChooserField(Unit.objects.none(), label=_("Unit"), search_fields=("name_zh", "name_en"))
    first = forms.CharField(label=_("First month"), max_length=7, widget=forms.TextInput(attrs={"type": "month"}))
    last = forms.CharField(
        label=_("Last month"), max_length=7, widget=forms.TextInput(attrs={"type": "month"}),
        help_text=_("What came after it must be known: three months for a fall of exports."),
    )  # fmt: skip

    def __init__(self, *args: Any, units: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].queryset = units


class Test(FormPage):
    """Begins the back-test of a rule as a job."""

    __test__ = False
    title = _("Back-test")
    form_class = TestForm
    keeps_draft = False
    save_label = _("Begin the back-test")
    saved_message = _("The back-test is under way; it can be cancelled.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Rule:
        """A rule, for who may enter for a bureau."""
        self.rule = rule_or_404(kwargs["code"])
        if not _entered(request).exists():
            raise PermissionDenied
        return self.rule

    def heading(self, thing: Any) -> str:
        """Which rule."""
        return _t("Back-test of %(rule)s") % {"rule": f"{self.rule.code} {reader.said(self.rule.name)}"}

    def answer(self, request: HttpRequest, thing: Any) -> str:
        """What is done, and against what it is held."""
        return _t("Each month sees what was published by then and nothing later; it is held against: %(truth)s.") % {
            "truth": words.TRUTHS.get(self.rule.backtest.truth, "")
        }

    def back(self) -> tuple[str, Any]:
        """To the rule."""
        return reverse("warnings:rule", args=[self.rule.code]), f"{self.rule.code} {reader.said(self.rule.name)}"

    def version(self, thing: Any) -> None:
        """A declaration is edited by nobody here."""
        return

    def initial(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The own unit, and the months that usually serve."""
        asked = request.GET.get("unit", "")
        chosen = _entered(request).filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 18 else None
        first, last = testing.usual_months(today())
        return {"unit": chosen or pages.own_unit(request.user, _entered(request)), "first": first, "last": last}

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The units to choose from."""
        return {"units": _entered(request)}

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Any:
        """Begins the job."""
        return testing.begin(request.user, self.rule, data["unit"], data["first"], data["last"])

    def done(self, request: HttpRequest, thing: Any) -> str:
        """The job with its progress."""
        return reverse("core:job", args=[thing.pk])


# --- use ---------------------------------------------------------------------------------------------------------------
def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@require_POST
def propose(request: HttpRequest, code: str, unit: int) -> HttpResponse:
    """Proposes that a bureau uses the rule with the threshold that the slider picked."""
    rule = rule_or_404(code)
    where = _entered(request).filter(pk=unit).select_related("region").first()
    if where is None:
        raise PermissionDenied
    try:
        test = testing.find(request.user, request.POST.get("test", ""), rule, where)
        parameters, tested = testing.picked(rule, test, request.POST.get("value", ""))
        actions.propose(rule, where, parameters, tested, request.user, request.POST.get("reason", ""))
    except UserError as fault:
        messages.warning(request, fault.say(reader.language()))
    else:
        messages.success(request, _t("Proposed; another person approves it."))
    return redirect(_with_unit(reverse("warnings:rule", args=[code]), where))


def _decide(request: HttpRequest, pk: int, act: Callable[[RuleUse], Any], told: str) -> HttpResponse:
    use = RuleUse.objects.visible_to(request.user).filter(pk=pk).select_related("unit").first()
    if use is None:
        raise Http404
    if not pages.enters(request.user, use.unit):
        raise PermissionDenied
    try:
        act(use)
    except UserError as fault:
        messages.warning(request, fault.say(reader.language()))
    else:
        messages.success(request, told)
    return redirect(_with_unit(reverse("warnings:rule", args=[use.rule]), use.unit))


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves what another person proposed."""
    return _decide(
        request, pk, lambda use: actions.approve(use, request.user, _version(request)),
        _t("The rule is in use; it is evaluated from the next working morning on."),
    )  # fmt: skip


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Declines a proposal, or takes one's own back, with a reason."""
    reason = request.POST.get("reason", "")
    return _decide(
        request,
        pk,
        lambda use: actions.decline(use, request.user, reason, _version(request)),
        _t("The proposal is declined."),
    )


@require_POST
def switch_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Switches a rule off, with a reason; its open signals are closed."""
    reason = request.POST.get("reason", "")
    return _decide(
        request,
        pk,
        lambda use: actions.switch_off(use, request.user, reason, _version(request)),
        _t("The rule is switched off."),
    )


__all__ = ["RulePage", "Rules", "Test", "approve", "decline", "propose", "switch_off"]

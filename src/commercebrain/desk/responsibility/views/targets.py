"""Break-down, nature and adjustments of targets."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.http import require_POST

from commercebrain.desk.access.uploads import download
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import number, unit_words
from commercebrain.desk.core.generic import Column, DetailPage, Field, Filter, ListPage, Panel
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.plans import queries as plans
from commercebrain.desk.plans.lines import promise, promised_for, subject
from commercebrain.desk.plans.models import Target
from commercebrain.desk.plans.outlook import bare, outlook
from commercebrain.desk.plans.views.targets import read_as_of
from commercebrain.desk.responsibility import actions, queries
from commercebrain.desk.responsibility.forms import ApprovalForm, GridForm, NatureForm, ProposalForm, cell
from commercebrain.desk.responsibility.models import Adjustment, Allocation
from commercebrain.desk.responsibility.queries import Breakdown
from commercebrain.desk.responsibility.views.common import OfTarget, allow, find_in, find_target
from commercebrain.desk.responsibility.words import adjusted
from commercebrain.engine.errors import UserError


class BreakdownPage(View):
    """A target's parts: counties and years in a table, the sum against the parent; typed in where one may."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The table."""
        target = find_target(request, pk)
        return self._page(request, target, queries.breakdown(request.user, target, self._view(request)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Writes the parts; what is wrong is said above the table, and nothing typed is lost."""
        target = find_target(request, pk, enter=True)
        found = queries.breakdown(request.user, target, outlook(request.user))
        form = GridForm(found, request.POST)
        if form.is_valid():
            seen = request.POST.get("version", "")
            try:
                actions.allocate(
                    request.user, target, form.values(found), reason=form.cleaned_data["reason"],
                    seen=int(seen) if seen.isascii() and seen.isdigit() else target.version,
                )  # fmt: skip
            except Conflict as fault:
                form.add_error(None, fault.say(reader.language()))
                target.refresh_from_db(fields=["version"])
                return self._page(request, target, found, form, 409)
            except UserError as fault:
                form.add_error(None, fault.say(reader.language()))
            else:
                return redirect("responsibility:breakdown", pk)
        return self._page(request, target, found, form, 422)

    def _view(self, request: HttpRequest) -> Any:
        return outlook(request.user, read_as_of(request))

    def _page(
        self, request: HttpRequest, target: Target, found: Breakdown, form: GridForm | None = None, status: int = 200
    ) -> HttpResponse:
        changeable = plans.may_change(request.user, target) and bool(found.rows)
        form = form or (GridForm(found) if changeable else None)
        sums = {s.year: s for s in found.sums}
        context = {
            "target": target, "found": found, "form": form, "subject": subject(found.target),
            "promise": promise(found.target), "due": promised_for(found.target), "answer": breakdown_answer(found),
            "unit": unit_words(found.target.unit_text),
            "lines": [
                {
                    "row": row,
                    "cells": [
                        {"year": y, "value": row.values.get(y), "field": form[cell(row.region.code, y)] if form else None}
                        for y in found.years
                    ],
                    "place": found.places.get(row.region.code),
                }
                for row in found.rows
            ],
            "sums": [sums.get(year) for year in found.years],
        }  # fmt: skip
        return render(request, "responsibility/breakdown.html", context, status=status)


def breakdown_answer(found: Breakdown) -> str:
    """The first line: what the parts lack to the target, or why they have no sum."""
    unit = unit_words(found.target.unit_text)
    parts = sum(bool(row.values) for row in found.rows)
    if not found.rows:
        return _t("This target has no counties below it to be broken down to.")
    if not found.whole:
        return _t("You see the parts of your own region and its place.")
    if not found.adds:
        return _t(
            "Shares, ratios, growth and ranks do not add up over places: the parts have no sum, each stands by itself."
        )
    if not parts:
        return _t("This target is not broken down yet.")
    last = found.last
    if last is None or last.parent is None:
        return _t("%(n)s of %(all)s counties have a part.") % {"n": parts, "all": len(found.rows)}
    words: dict[str, Any] = {
        "year": last.year, "total": number(last.total), "unit": unit, "parent": number(last.parent),
        "short": number(last.shortfall or 0), "over": number(last.excess or 0),
    }  # fmt: skip
    if last.shortfall:
        return (
            _t(
                "The parts for %(year)s add up to %(total)s %(unit)s, %(short)s %(unit)s short of the target of %(parent)s."
            )
            % words
        )
    if last.excess:
        return (
            _t(
                "The parts for %(year)s add up to %(total)s %(unit)s, %(over)s %(unit)s more than the target of %(parent)s."
            )
            % words
        )
    return _t("The parts for %(year)s add up to the target of %(parent)s %(unit)s exactly.") % words


class Parts(ListPage):
    """Every part of a target that the reader answers for or oversees."""

    title = _("Parts of targets")
    search_fields = ("target__indicator_text", "region__name_zh", "reason")
    search_hint = _("indicator or place")
    order = "region"
    empty_title = _("No target is broken down yet")
    empty_hint = _("Open a target and choose “Break down”: each county's part then stands here.")
    columns = (
        Column("region", _("region"), value=lambda row: str(row.region), sort="region__code"),
        Column("indicator", _("indicator"), value=lambda row: subject(row.target), sort="target__indicator_text", link=lambda row: reverse("responsibility:breakdown", args=[row.target_id]) if row.target_in_sight else None),
        Column("year", _("year"), value=lambda row: str(row.year), sort="year"),
        Column("value", _("value"), sort="value", number=True),
        Column("unit", _("unit"), value=lambda row: unit_words(row.unit_text)),
        Column("whole", _("target"), value=lambda row: promise(row.target)),
        Column("reason", _("reason"), hidden=True),
        Column("entered_on", _("entered on"), sort="entered_on", hidden=True),
    )  # fmt: skip
    filters = (Filter("region", _("region"), options=lambda request: _part_regions(request), lookup="region__code"),)

    def rows(self, request: HttpRequest) -> Any:
        """The parts in scope, each with whether its target is: a county sees its part, not always the whole."""
        targets = Target.objects.visible_to(request.user).filter(pk=OuterRef("target_id")).order_by()
        return queries.allocations(request.user).annotate(target_in_sight=Exists(targets))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return _t("As of %(day)s: %(n)s parts of targets.") % {"day": today(), "n": total} if total else ""


def _part_regions(request: HttpRequest) -> list[tuple[str, str]]:
    rows = Allocation.objects.visible_to(request.user).order_by("region__code").select_related("region")
    return list(dict.fromkeys((row.region.code, str(row.region)) for row in rows))


class NaturePage(OfTarget):
    """Binding or expected, said by a person with clause and reason."""

    form_class = NatureForm
    title = _("Binding or expected")

    def find(self, request: HttpRequest, **kwargs: Any) -> Target:
        """The target."""
        self.target = find_target(request, kwargs["pk"], enter=True)
        return self.target

    def initial(self, request: HttpRequest, thing: Target) -> dict[str, Any]:
        """As it is."""
        return {"nature": thing.nature_set, "clause": thing.nature_clause, "reason": thing.nature_reason}

    def answer(self, request: HttpRequest, thing: Target) -> Any:
        """What hangs on it."""
        return _("A binding target must be met; an expected one has a gap and never fails.")

    def save(self, request: HttpRequest, thing: Target, data: dict[str, Any], version: int | None) -> Target:
        """One action."""
        return actions.set_nature(request.user, thing, data["nature"], data["clause"], data["reason"], version)


class Propose(OfTarget):
    """A proposal to adjust a target."""

    form_class = ProposalForm
    title = _("Propose an adjustment")
    save_label = _("Propose")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """The target in force today."""
        self.printed = find_target(request, kwargs["pk"], enter=True)
        self.target = self.printed.in_force(today())

    def form_arguments(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """The years of the schedule."""
        return {"target": self.target}

    def initial(self, request: HttpRequest, thing: Any) -> dict[str, Any]:
        """What is in force, and who issued the plan."""
        place = self.target.document.region.name_zh
        return {"value": bare(self.target.value), "year": self.target.target_year, "asked_of": f"{place}人民政府"}

    def answer(self, request: HttpRequest, thing: Any) -> Any:
        """Nothing changes before the approval."""
        return _("The target stays as it is until the issuing organ's approval number is entered by somebody else.")

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Adjustment:
        """One action."""
        return actions.propose(
            request.user, self.printed, reason=data["reason"], asked_of=data["asked_of"], value=data["value"],
            year=data["year"], schedule=data["schedule"], evidence=data["evidence"],
        )  # fmt: skip

    def done(self, request: HttpRequest, thing: Adjustment) -> str:
        """The proposal."""
        return reverse("responsibility:adjustment", args=[thing.pk])


class Adjustments(ListPage):
    """All proposals to adjust targets, whatever became of them."""

    title = _("Adjustments")
    search_fields = ("target__indicator_text", "reason", "approval_number", "asked_of")
    search_hint = _("indicator, reason or approval number")
    order = "-proposed_on"
    empty_title = _("No adjustment has been proposed")
    empty_hint = _(
        "Open a target and choose “Propose an adjustment”; it counts only once the issuing organ has approved it."
    )
    columns = (
        Column("target", _("target"), value=lambda row: f"{row.target.region or row.target.region_text} {subject(row.target)}", sort="target__indicator_text", link=lambda row: reverse("responsibility:adjustment", args=[row.pk])),
        Column("state", _("state"), value="get_state_display", sort="state"),
        Column("change", _("change"), value=lambda row: "; ".join(f"{old} → {new}" for _label, old, new in adjusted(row))),
        Column("proposed_on", _("proposed on"), sort="proposed_on"),
        Column("proposed_by", _("proposed by"), sort="proposed_by__username"),
        Column("asked_of", _("issuing organ"), sort="asked_of", hidden=True),
        Column("approval_number", _("approval number"), sort="approval_number"),
        Column("effective_on", _("in force from"), sort="effective_on"),
        Column("reason", _("reason"), hidden=True),
    )  # fmt: skip
    filters = (Filter("state", _("state"), options=Adjustment.State.choices),)

    def rows(self, request: HttpRequest) -> Any:
        """The adjustments in scope."""
        return queries.adjustments(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many wait."""
        if not total:
            return ""
        waiting = rows.filter(state=Adjustment.State.PROPOSED).count()
        return _t("%(n)s adjustments; %(waiting)s await the issuing organ.") % {"n": total, "waiting": waiting}


class AdjustmentPage(DetailPage):
    """One proposal with what became of it."""

    template_name = "responsibility/adjustment.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Adjustment:
        """In scope, or 404."""
        found: Adjustment = find_in(queries.adjustments(request.user), kwargs["pk"])
        return found

    def heading(self, thing: Adjustment) -> str:
        """What is adjusted."""
        return f"{thing.target.region or thing.target.region_text} · {subject(thing.target)}"

    def answer(self, request: HttpRequest, thing: Adjustment) -> str:
        """How it stands."""
        words = {
            "number": thing.approval_number,
            "day": thing.effective_on,
            "organ": thing.asked_of,
            "on": thing.closed_on,
        }
        match thing.state:
            case Adjustment.State.APPROVED:
                return _t("Approved by %(number)s; in force from %(day)s.") % words
            case Adjustment.State.DECLINED:
                return _t("Declined by %(organ)s, recorded on %(on)s; the target stays as it was.") % words
            case Adjustment.State.WITHDRAWN:
                return _t("Withdrawn on %(on)s; the target stays as it was.") % words
        return _t("Awaits the approval of %(organ)s; until then the target stays as it is.") % words

    def fields(self, request: HttpRequest, thing: Adjustment) -> list[Field]:
        """Who, why, since when."""
        paper = reverse("responsibility:approval_document", args=[thing.pk]) if thing.document else None
        return [
            Field(_("target"), promise(thing.target), reverse("plans:target", args=[thing.target_id])),
            Field(_("words of the plan"), thing.target.quote),
            Field(_("state"), thing.get_state_display()),
            Field(_("reason"), thing.reason),
            Field(_("evidence"), thing.evidence),
            Field(_("issuing organ"), thing.asked_of),
            Field(_("proposed by"), thing.proposed_by),
            Field(_("proposed on"), thing.proposed_on),
            Field(_("approval number"), thing.approval_number),
            Field(_("approved on"), thing.approved_on),
            Field(_("in force from"), thing.effective_on),
            Field(_("approving document"), thing.document_name, paper),
            Field(_("recorded by"), thing.closed_by),
            Field(_("opinion"), thing.closing_note),
        ]

    def panels(self, request: HttpRequest, thing: Adjustment) -> list[Panel]:
        """Before and after."""
        return [Panel(_("What changes"), ("", _("before"), _("after")), [list(row) for row in adjusted(thing)])]

    def back(self) -> tuple[str, Any]:
        """The list."""
        return reverse("responsibility:adjustments"), _("Adjustments")

    def extra(self, request: HttpRequest, thing: Adjustment) -> dict[str, Any]:
        """What the reader may do."""
        may = thing.state == Adjustment.State.PROPOSED and plans.may_change(request.user, thing)
        return {"may_withdraw": may, "may_record": may and thing.proposed_by_id != request.user.pk}


class Approve(OfTarget):
    """Records the issuing organ's approval."""

    form_class = ApprovalForm
    title = _("Record the approval")
    save_label = _("Put into force")
    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Adjustment:
        """An open proposal of somebody else."""
        found: Adjustment = find_in(queries.adjustments(request.user), kwargs["pk"])
        allow(plans.may_change(request.user, found))
        if found.state != Adjustment.State.PROPOSED:
            raise Http404
        self.target = found.target
        return found

    def save(self, request: HttpRequest, thing: Adjustment, data: dict[str, Any], version: int | None) -> Adjustment:
        """One action."""
        return actions.approve(
            request.user, thing, number=data["number"], approved_on=data["approved_on"], document=data["document"],
            effective_on=data["effective_on"],
        )  # fmt: skip

    def done(self, request: HttpRequest, thing: Adjustment) -> str:
        """The adjustment."""
        return reverse("responsibility:adjustment", args=[thing.pk])


@require_POST
def close(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Declines or withdraws a proposal."""
    found = find_in(queries.adjustments(request.user), pk)
    act = actions.decline if step == "decline" else actions.withdraw
    act(request.user, found, request.POST.get("note", ""))
    return redirect("responsibility:adjustment", pk)


def approval_document(request: HttpRequest, pk: int) -> HttpResponse:
    """The approving document, as a file to keep; never opened in the page."""
    found = find_in(queries.adjustments(request.user), pk)
    if not found.document:
        raise Http404
    return download(found.document, found.document_name)

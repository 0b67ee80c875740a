"""The page of a case: what is missing for the next stage, its clocks, fields, firms, papers, people, notes, results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.cases import forms, pages, queries
from commercebrain.desk.cases.causes import causes_of
from commercebrain.desk.cases.edit_views import Fill, case_or_404, fill_form
from commercebrain.desk.cases.lost import lost_shown
from commercebrain.desk.cases.models import Case, CaseFirm, Note, Paper, Participant
from commercebrain.desk.cases.results import follow_ups
from commercebrain.desk.cases.rights import acts, may_withdraw, reads_inside
from commercebrain.desk.cases.standing import Standing, standing
from commercebrain.desk.cases.ways import days_here, first_line, onward, ways
from commercebrain.desk.core import conflicts, drafts, looks, reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.fields import dress
from commercebrain.desk.core.formatting import number, unit_words
from commercebrain.desk.core.generic import DetailPage, Field
from commercebrain.desk.core.levels import level_cell
from commercebrain.desk.people.models import Role
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.engine.cases import remedies
from commercebrain.engine.cases.kinds import CaseField, Template
from commercebrain.engine.catalogue.registers import NUMBERS
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.registers import masked, plain, said

#: Shapes of the approval of papers, beside the word.
APPROVALS = {"none": "", "draft": "○", "asked": "◔", "approved": "✔", "refused": "✕"}
MOST_FIRMS = 200
#: Among how many of the first cases of the list the neighbours of one are looked for.
NEIGHBOURS = 500


@dataclass(frozen=True)
class Stop:
    """A stage on the line: behind, here or ahead, with the day on which the case came into it."""

    name: str
    state: str
    day: str


class CasePage(DetailPage):
    """One case, for whoever works on it, reads it, or is the firm that it is about."""

    template_name = "cases/case.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> Case:
        """A case in sight. A firm's user reads no log: it tells what was said among the administration."""
        case = case_or_404(request, kwargs["pk"])
        self.inside = reads_inside(request.user, case)
        if not self.inside:
            self.history = False
        self.stands = standing(case)
        self.moves = self.stands.moves(request.user)
        return case

    def heading(self, thing: Case) -> str:
        """Its title."""
        return pages.title_of(thing)

    def answer(self, request: HttpRequest, thing: Case) -> Any:
        """What is missing for the next stage, and how long it has been in this one."""
        if not self.inside:
            return firm_line(thing)
        return first_line(self.stands, self.moves, days_here(thing, today()), pages.next_due(thing))

    def back(self) -> tuple[str, Any]:
        """To the cases; a firm's user to its requests."""
        return (reverse("cases:cases"), _("Cases")) if self.inside else (reverse("cases:requests"), _("My requests"))

    def tabs(self, request: HttpRequest, thing: Case) -> Sequence[Any]:
        """None of its own: everything that one works with stands on the first."""
        return ()

    def extra(self, request: HttpRequest, thing: Case) -> dict[str, Any]:
        """Everything that the template draws."""
        if request.GET.get("tab"):
            return {"inside": self.inside, "case": thing}
        works = acts(request.user, thing)
        return {
            "case": thing,
            "inside": self.inside,
            "works": works,
            "above": acts(request.user, thing, superior=True),
            "writes": acts(request.user, thing, superior=True, firm=True),
            "open": thing.state == Case.State.OPEN,
            "may_withdraw": thing.state == Case.State.OPEN and may_withdraw(request.user, thing),
            "kind": pages.kind_of(thing),
            "level_cell": pages.level_cell(thing),
            "stops": stops(self.stands),
            "ways": ways(self.stands, self.moves),
            "lacking": lacking(self.stands, self.moves, firm_names(thing) if self.inside and self.stands.firms else ()),
            "clocks": clocks_of(thing, works, self.stands.template),
            **self._filling(request, thing),
            **parts(request, thing, self.stands, inside=self.inside),
            **neighbours(request, thing),
        }

    def _filling(self, request: HttpRequest, thing: Case) -> dict[str, Any]:
        """The form of the stage's fields in place; it posts to the form page, which answers what is wrong."""
        hidden = not looks.is_open(request, thing)
        if thing.state != Case.State.OPEN or not acts(request.user, thing, firm=True):
            return {"form": None, "facts": facts(self.stands, request.user, (), inside=self.inside, hidden=hidden)}
        path = reverse("cases:fill", args=[thing.pk])
        initial = forms.initial_values(self.stands.template.by_code.values(), thing.values)
        form = fill_form(request, thing)(initial=initial, use_required_attribute=False)
        if not form.fields:
            return {"form": None, "facts": facts(self.stands, request.user, (), inside=self.inside, hidden=hidden)}
        dress(form)
        wanted = forms.next_fields(self.stands.template, thing.stage, onward(self.stands, self.moves)[0])
        pressing = tuple(code for code in form.fields if code in wanted and thing.values.get(code) in (None, ""))
        held = drafts.drafts_of(request.user, path)
        place = drafts.free_place(held)
        return {
            "form": form,
            "pressing": [form[code] for code in pressing],
            "other_fields": [form[code] for code in form.fields if code not in pressing],
            "fill_url": path,
            "kept_drafts": len(held),
            "ticket": drafts.ticket(request.user, path, conflicts.shown_values(form), thing.version, place),
            "optional": [name for name, field in form.fields.items() if not field.required],
            "facts": facts(self.stands, request.user, pressing, inside=self.inside, hidden=hidden),
            "fill_label": Fill.title,
        }


def firm_line(case: Case) -> str:
    """Where its request stands, for a firm."""
    told = {"number": case.number, "stage": pages.stage_name(case), "unit": case.unit}
    if case.state != Case.State.OPEN:
        outcome = pages.outcome_name(case)
        ended = _("%(number)s is withdrawn.") if case.state == Case.State.WITHDRAWN else _("%(number)s is closed.")
        return str(ended % told) + (f" {outcome}" if outcome else "")
    due = pages.next_due(case)
    if due:
        return str(_("%(number)s: %(stage)s, with %(unit)s; %(due)s.") % {**told, "due": due})
    return str(_("%(number)s: %(stage)s, with %(unit)s.") % told)


def stops(stands: Standing) -> list[Stop]:
    """The stages in the order of the declaration; those that were never entered and lie before the present one are left
    out, since the case went another way."""
    case, template = stands.case, stands.template
    entered: dict[str, Any] = {}
    for change in case.changes.order_by("at", "pk"):
        entered[change.target] = change.at
    order = list(template.stages)
    at = order.index(case.stage) if case.stage in order else 0
    found = []
    for place, code in enumerate(order):
        day = entered[code].astimezone(BEIJING).strftime("%Y-%m-%d") if code in entered else ""
        state = "here" if code == case.stage else "behind" if day and place < at else "ahead"
        if state == "ahead" and (place < at or case.state != Case.State.OPEN):
            continue
        found.append(Stop(reader.said(template.stages[code].name), state, day if state != "ahead" else ""))
    return found


def lacking(stands: Standing, moves: Sequence[Any], names: Sequence[str]) -> list[dict[str, str]]:
    """What is missing for each way that is not ready, once each; ``names`` are those of the firms in the case, in order."""
    found: dict[str, dict[str, str]] = {}
    for move in moves:
        for one in move.missing:
            text = one.say(reader.language())
            if one.firm is not None and one.firm < len(names):
                colon = "：" if reader.chinese() else ": "
                text = f"{names[one.firm]}{colon}{replace(one, firm=None).say(reader.language())}"
            held = found.setdefault(text, {"text": text, "for": ""})
            comma = "、" if reader.chinese() else ", "
            held["for"] = comma.join(filter(None, [held["for"], reader.said(move.transition.name)]))
    return list(found.values())


def firm_names(case: Case) -> list[str]:
    """The firms that a case names, in the order in which the engine counts them."""
    return [
        str(row.enterprise)
        for row in CaseFirm.objects.filter(case=case).select_related("enterprise").order_by("enterprise")
    ]


def clocks_of(case: Case, works: bool, template: Template) -> list[pages.Shown]:
    """The clocks: those that run first, then the latest."""
    rows = case.clocks.prefetch_related("pauses").order_by(F("met_at").asc(nulls_first=True), "due_at", "pk")
    found = []
    for clock in rows:
        clock.case = case
        declared = template.clocks.get(clock.code)
        fixed = declared is not None and declared.until is not None  # a day set from outside does not stand still
        may = works and not fixed and case.state == Case.State.OPEN
        found.append(pages.shown_clock(clock, list(clock.pauses.all()), may))
    order = {"running": 0, "paused": 1, "met": 2, "met_late": 2, "dropped": 3}
    return sorted(found, key=lambda one: order[one.state])


def value_words(one: CaseField, value: Any, known: DeskLookups, *, hidden: bool) -> str:
    """A value in words, a personal one masked until somebody gave a reason."""
    if value in (None, ""):
        return ""
    if one.personal and hidden:
        return masked(one, value) or ""
    return said(one, value, known, reader.language())


def cell_words(one: CaseField, value: Any, known: DeskLookups, *, hidden: bool) -> str:
    """A value as a cell has it: numbers without their unit, which stands in the header."""
    if one.type in NUMBERS and value not in (None, ""):
        return number(plain(one, value))
    return value_words(one, value, known, hidden=hidden)


def facts(stands: Standing, person: Any, left_out: Sequence[str], *, inside: bool, hidden: bool) -> dict[str, Any]:
    """The fields that are filled in and not in the form, in words."""
    known, lines, personal = DeskLookups(person), [], False
    for code, one in stands.template.by_code.items():
        value = stands.case.values.get(code)
        if value in (None, "") or (one.internal and not inside):
            continue
        personal = personal or one.personal
        if code in left_out and not one.personal:
            continue
        link = None
        lines.append(Field(reader.said(one.name), value_words(one, value, known, hidden=hidden), link))
    return {"lines": lines, "personal": personal and hidden}


def parts(request: HttpRequest, case: Case, stands: Standing, *, inside: bool) -> dict[str, Any]:
    """Firms, papers, people, notes, changes and results."""
    template = stands.template
    papers = case.papers.select_related("attachment", "attachment__person", "asked_by", "decided_by")
    notes = Note.objects.filter(case=case).select_related("by").order_by("-at", "-pk")
    if not inside:
        papers, notes = papers.filter(internal=False), notes.filter(internal=False)
    found = {
        "papers": [paper_line(one, request.user) for one in papers],
        "notes": [(one, note_words(one)) for one in notes],
        "may_add_paper": bool(template.papers),
        "firm_sees": template.firm_sees,
    }
    if not inside:
        return {
            **found,
            "firms": None,
            "own_rows": own_rows(request, case, stands),
            "changes": changes(stands, request.user),
        }
    people = Participant.objects.filter(case=case, left_at=None).select_related("unit", "person")
    return {
        **found,
        "firms": firms(request, case, stands) if template.firm_fields else None,
        "people": [(one, pages.role_name(case, one.role)) for one in people],
        "may_join": bool(template.participants),
        "causes": causes_shown(case, request.user),
        "results": follow_ups(queries.follow_ups(case, request.user), request.user),
        "lost": lost_shown(case, request.user),
        "changes": changes(stands, request.user, inside=True),
        "told": escalated(case),
        "more_cases": earlier(request, case),
    }


def escalated(case: Case) -> list[tuple[Any, str, str]]:
    """What went up, in order: the escalation, the clock that was late, the role that was told."""
    rows = list(case.escalations.select_related("unit", "clock").order_by("at", "pk"))
    roles = {one.code: one for one in Role.objects.filter(code__in={row.to for row in rows})}
    found = []
    for row in rows:
        row.clock.case = case
        role = roles.get(row.to)
        name = (role.name_zh if reader.chinese() else role.name_en or role.name_zh) if role is not None else row.to
        found.append((row, pages.clock_name(row.clock), name))
    return found


def causes_shown(case: Case, person: Any) -> dict[str, Any] | None:
    """What the case came from and what joined it since; none where nothing is known of it."""
    found = causes_of(case, person)
    if not found.seen and not found.hidden:
        return None
    lines = [(one, level_cell(one.level), reader.said(one.sentence), one.facts) for one in found.seen]
    return {"lines": lines, "hidden": found.hidden}


def own_rows(request: HttpRequest, case: Case, stands: Standing) -> list[dict[str, Any]]:
    """What a firm's user reads of its own firm in a case that names it, and whether there is something to fill in."""
    known = DeskLookups(request.user)
    shown = [one for one in stands.template.firm_fields if not one.internal]
    return [
        {
            "row": row,
            "lines": [
                Field(reader.said(one.name), value_words(one, row.values.get(one.code), known, hidden=False))
                for one in shown
                if row.values.get(one.code) not in (None, "")
            ],
            "enters": any(one.firm_enters for one in shown) and case.state == Case.State.OPEN,
        }
        for row in queries.firms(case, request.user)
    ]


def note_words(note: Note) -> str:
    """What was said. A note that nobody signed was written by a clock, in Chinese and English: the reader's half of it."""
    if note.by_id is not None:
        return note.text
    zh, both_ways, en = note.text.partition(" / ")
    return en if both_ways and not reader.chinese() else zh


def paper_line(paper: Paper, person: Any) -> dict[str, Any]:
    """A document with its state and what the reader may do about it."""
    waits = paper.approval == Paper.Approval.ASKED
    return {
        "paper": paper,
        "purpose": pages.purpose_name(paper.case, paper.purpose),
        "shape": APPROVALS.get(paper.approval, ""),
        "may_ask": paper.foreign and paper.approval in (Paper.Approval.DRAFT, Paper.Approval.REFUSED),
        "may_decide": waits and paper.asked_by_id != person.pk,
        "own": waits and paper.asked_by_id == person.pk,
        "may_send": paper.foreign and paper.approval == Paper.Approval.APPROVED,
    }


def changes(stands: Standing, person: Any, *, inside: bool = False) -> list[dict[str, Any]]:
    """The stages as the case went through them, the latest first, with what stood in the fields that began anew."""
    found, known = [], DeskLookups(person)
    for one in stands.case.changes.select_related("by").order_by("-at", "-pk"):
        way = stands.template.transitions.get(one.transition)
        found.append({
            "at": one.at, "by": one.by, "sentence": one.sentence, "to": pages.stage_name(stands.case, one.target),
            "how": reader.said(way.name) if way else "",
            "earlier": [
                Field(reader.said(field.name), value_words(field, one.renewed[code], known, hidden=True), None)
                for code, field in stands.template.by_code.items()
                if code in one.renewed and (inside or not field.internal)
            ],
        })  # fmt: skip
    return found


def firms(request: HttpRequest, case: Case, stands: Standing) -> dict[str, Any]:
    """The firms that the case names, by the fields of the template that any of them has or lacks."""
    rows = list(queries.firms(case, request.user).select_related("enterprise__region"))
    lacks: dict[int, list[str]] = defaultdict(list)
    codes = set()
    for one in onward(stands, [])[1]:
        if one.firm is not None and one.firm < len(rows):
            lacks[rows[one.firm].pk].append(reader.said(one.name))
            codes.add(one.code)
    known, hidden = DeskLookups(request.user), not looks.is_open(request, case)
    held = codes | {code for row in rows for code, value in row.values.items() if value not in (None, "")}
    shown = [one for one in stands.template.firm_fields if one.listed and one.code in held]
    lines = [
        {
            "row": row,
            "cells": [(cell_words(one, row.values.get(one.code), known, hidden=hidden), one.type in NUMBERS) for one in shown],
            "lacks": lacks[row.pk],
        }
        for row in rows[:MOST_FIRMS]
    ]  # fmt: skip
    untold = sum(1 for row in rows if row.told_at is None)
    return {
        "heads": [(reader.said(one.name), unit_words(one.display_unit), one.type in NUMBERS) for one in shown],
        "lines": lines, "total": len(rows), "untold": untold, "words": firms_line([row.values for row in rows], stands), "more": max(0, len(rows) - MOST_FIRMS),
    }  # fmt: skip


def firms_line(values: Sequence[Mapping[str, Any]], stands: Standing) -> str:
    """“3 firms named, 2 respond (66.67%), the response cost 135 万元, of which 20 were given.”"""
    parts = [ngettext("%(n)s firm named", "%(n)s firms named", len(values)) % {"n": len(values)}]
    fields = stands.template.firm_by_code
    if values and "responds" in fields:
        told = remedies.responding(values)
        parts.append(_t("%(n)s respond (%(rate)s%%)") % {"n": told.responding, "rate": number(told.rate, 1)})
        if told.undecided:
            parts.append(_t("%(n)s undecided") % {"n": told.undecided})
    if values and "response_cost" in fields and (spent := remedies.costs(values)).told:
        unit = unit_words(fields["response_cost"].display_unit)
        parts.append(_t("cost of the response %(n)s %(unit)s") % {"n": number(spent.cost), "unit": unit})
        if spent.subsidy:
            parts.append(_t("subsidy %(n)s %(unit)s") % {"n": number(spent.subsidy), "unit": unit})
    return pages.joined(parts).rstrip("。.")


def earlier(request: HttpRequest, case: Case) -> list[dict[str, str]]:
    """Other cases of the same firm in sight, the latest first."""
    if not case.enterprise_id:
        return []
    rows = queries.cases(request.user).filter(enterprise=case.enterprise_id).exclude(pk=case.pk)
    return [
        {
            "url": pages.address(one),
            "number": one.number,
            "title": pages.title_of(one),
            "state": pages.state_word(one.state),
        }
        for one in rows.order_by("-opened_at")[:5]
    ]


def neighbours(request: HttpRequest, case: Case) -> dict[str, str]:
    """The next and the previous open case in sight, in the order of the list."""
    rows = queries.in_order(queries.cases(request.user)).filter(state=Case.State.OPEN)
    order = list(rows.values_list("pk", flat=True)[:NEIGHBOURS])
    if case.pk in order:
        at = order.index(case.pk)
        after, before = order[at + 1 : at + 2], order[max(0, at - 1) : at]
    else:
        after, before = order[:1], []
    links = [reverse("cases:case", args=[pks[0]]) if pks else "" for pks in (after, before)]
    return {"next": links[0], "previous": links[1]}


__all__ = ["CasePage"]

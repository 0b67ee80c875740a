"""The parts of a firm's page as a whole: each is read in its reader's scope, and says so where there is nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t

from commercebrain.desk.cases import pages as case_pages
from commercebrain.desk.cases import queries as cases
from commercebrain.desk.cases.models import Case, StageChange
from commercebrain.desk.core import reader
from commercebrain.desk.core.events import record_read
from commercebrain.desk.forms import burden
from commercebrain.desk.lists import queries as lists
from commercebrain.desk.lists.exposure.tabs import hits
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry.models import Code, Enterprise
from commercebrain.desk.registry.queries import codes
from commercebrain.desk.warnings import pages, words
from commercebrain.desk.warnings.firm import standing
from commercebrain.desk.warnings.firm.months import course
from commercebrain.desk.warnings.firm.standing import Reader
from commercebrain.desk.warnings.models import Signal
from commercebrain.engine.cases import read_declaration

#: Rows of each part; the whole stands on its own tab.
SHOWN = 5
#: The edition in which the register keeps industries.
INDUSTRY = "GB/T 4754-2017"


def whole(request: HttpRequest, firm: Enterprise) -> dict[str, Any]:
    """Everything that the page draws."""
    who = standing.reader(request.user, firm)
    found = list(standing.signals(who, firm).order_by("-opened_at", "-pk"))
    seen = visits(who, firm)
    months = course(request.user, firm, own=who.own, signals=found, visits=[one["on"] for one in seen])
    if who.office and (found or seen):
        record_read(firm, request.user, (firm.name_zh, firm.name_en or firm.name_zh), unit=firm.unit)
    address = reverse("registry:enterprise", args=[firm.pk])
    return {
        "who": who,
        "firm": firm,
        "address": address,
        "open": standing.open_on(request, firm),
        "identity": identity(firm),
        "months": months,
        "signals": [_signal(row) for row in found if row.closed_at is None][:SHOWN],
        "signals_open": sum(row.closed_at is None for row in found),
        "signals_all": len(found),
        "cases": [_case(row) for row in cases.in_order(cases.of_firm(firm, request.user))[:SHOWN]],
        "cases_all": cases.of_firm(firm, request.user).count(),
        "exposure": hits(request.user, firm),
        "lists": lists.listed(request.user, firm.pk).filter(now=True).count(),
        "visits": seen[:SHOWN],
        "asked": _asked(who, firm),
    }


def identity(firm: Enterprise) -> list[tuple[str, Any]]:
    """Who it is, in a line or two; the whole of it stands on the first tab."""
    industry = firm.industry and (
        codes.code(Code.List.INDUSTRY, INDUSTRY, firm.industry)
        or codes.code(Code.List.INDUSTRY, INDUSTRY, firm.industry[:2])
    )
    return [
        (_t("Credit code"), firm.uscc),
        (_t("County"), firm.region),
        (_t("Industry"), f"{firm.industry} {industry}" if industry else firm.industry),
        (_t("Size class"), firm.get_size_display()),
        (_t("Unit in charge"), firm.unit),
        (_t("Status"), firm.get_status_display()),
    ]


def _signal(row: Signal) -> dict[str, Any]:
    return {"row": row, "level": row.level, "sentence": pages.sentence(row), "url": words.signal_address(row)}


def _case(row: Case) -> dict[str, Any]:
    return {
        "row": row, "title": case_pages.title_of(row), "kind": case_pages.kind_of(row), "stage": case_pages.stage_cell(row),
        "due": case_pages.due_cell(row), "url": case_pages.address(row),
    }  # fmt: skip


def visits(who: Reader, firm: Enterprise) -> list[dict[str, Any]]:
    """When somebody met or called the firm, by the stages of its cases in which that happens; the latest first. What a
    person said there stays in the case."""
    seen = cases.of_firm(firm, who.person).order_by()
    held = {row.pk: row for row in seen.filter(enterprise=firm)}
    found: list[dict[str, Any]] = []
    rows = StageChange.objects.filter(case__in=list(held)).order_by("-at", "-pk")
    for change in rows.values("case", "target", "on"):
        row = held[change["case"]]
        template = read_declaration(row.declaration)
        stage = template.stages.get(change["target"])
        if stage is None or not stage.contact:
            continue
        told = {code: row.values.get(code) for code in ("contacted_on", "contact_way", "finding")}
        way, finding = template.by_code.get("contact_way"), template.by_code.get("finding")
        day = date.fromisoformat(told["contacted_on"]) if told["contacted_on"] else change["on"]
        found.append(
            {
                "on": day, "case": row, "url": case_pages.address(row),
                "way": _choice(way, told["contact_way"]), "finding": _choice(finding, told["finding"]),
            }
        )  # fmt: skip
    return sorted(found, key=lambda one: one["on"], reverse=True)


def _choice(one: Any, value: Any) -> str:
    words_ = one.choices.get(value) if one is not None and value else None
    return words_.say(reader.language()) if words_ else ""


def _asked(who: Reader, firm: Enterprise) -> dict[str, Any] | None:
    """What it was asked in twelve months; for offices that follow the firm, and for the firm itself."""
    from commercebrain.desk.forms.queries import follows

    if not who.own and not (who.office and follows(who.person, firm)):
        return None
    found, language = burden.burden_of(firm), reader.language()
    offices: dict[str, str] = {}
    if not language.startswith("zh"):
        rows = Unit.objects.filter(name_zh__in=[one.by for one in found.forms])
        offices = {row.name_zh: str(row) for row in rows}
    forms = [
        {
            "name": one.name.say(language),
            "by": offices.get(one.by, one.by),
            "times": one.times,
            "answered": one.answered,
        }
        for one in found.forms
    ]
    return {"reports": found.reports, "questions": found.questions, "spared": found.could_be_reused, "forms": forms}

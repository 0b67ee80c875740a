"""The left-hand navigation: the eight steps of the loop, each with the pages that exist for it and that one has a use for.

It offers, it does not permit: every page asks its own rights. What a person is offered follows from the roles held
today (:func:`audience`): a firm's user finds the own firm and little else, an administrator without business sight the
units and accounts, and whoever reads plans the whole loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.scopes import delegations_held, memberships_held

READS, ENTERS, MANAGES, FIRM, OUTSIDE = "reads", "enters", "manages", "firm", "outside"
EVERYONE = (READS, ENTERS, MANAGES, FIRM, OUTSIDE)
OFFICE = (READS, MANAGES)


@dataclass(frozen=True)
class Item:
    """A page: its view's name, its label, its icon; ``also`` names views that belong below it.

    ``offered`` names the kinds of reader (:func:`audience`) that have a use for it; ``address`` makes an address that
    depends on the reader, none where there is no such page for that reader. ``count`` names the view of the number beside
    it, which is asked for once the page is open.
    """

    view: str
    label: Any
    icon: str
    also: tuple[str, ...] = ()
    offered: tuple[str, ...] = (READS,)
    address: Callable[[Any], str | None] | None = None
    count: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the loop, or a group beside it.

    ``folded`` groups are closed until one of their pages is open, but for the readers named in ``open_for``.
    """

    code: str
    label: Any
    items: tuple[Item, ...]
    folded: bool = False
    open_for: tuple[str, ...] = ()


def firms_of(person: Any) -> list[int]:
    """The firms whose user a person is today."""
    return [row.firm_id for row in memberships_held(person.pk, today()) if row.firm_id is not None]


def audience(person: Any) -> frozenset[str]:
    """What kinds of reader a person is today: reads or enters business, manages accounts, is a firm's user, or none.

    ``outside`` is whoever reads no business: there the first page is a start page and not the cockpit.
    """
    if not isinstance(person, Person) or not person.is_active:
        return frozenset()
    found = set()
    for row in memberships_held(person.pk, today()):
        if row.firm_id is not None or row.role.for_firms:
            found.add(FIRM)
            continue
        found |= {kind for kind, has in ((READS, row.role.see), (ENTERS, row.role.enter)) if has}
        if row.role.runs_system:
            found.add(MANAGES)
    if not {READS, ENTERS} <= found:
        for lent in delegations_held(person.pk, today()):
            if lent.membership.firm_id is None:
                found |= {READS} | ({ENTERS} if lent.enter and lent.membership.role.enter else set())
    return frozenset(found if READS in found else found | {OUTSIDE})


def _own_firm(person: Any) -> str | None:
    """The page of the firm whose user one is; none for a user of several, who finds them in the list."""
    firms = firms_of(person)
    return reverse("registry:enterprise", args=firms) if len(firms) == 1 else None


STEPS = (
    Step(
        "overview",
        "",
        (
            Item("web:cockpit", _("Cockpit"), "layout-dashboard"),
            Item("web:cockpit", _("Start page"), "home", offered=(OUTSIDE,)),
            Item("responsibility:work", _("My work"), "inbox", offered=EVERYONE),
            Item(
                "filing:filings",
                _("What is asked of me"),
                "clipboard-text",
                ("filing:report", "filing:sent", "filing:trend", "filing:exception"),
                offered=(FIRM,),
            ),
            Item(
                "cases:requests",
                _("My requests"),
                "message-question",
                ("cases:request_new", "cases:case", "cases:firm_edit", "cases:withdraw"),
                (FIRM,),
            ),
            Item(
                "registry:enterprise",
                _("My firm"),
                "building-factory-2",
                ("registry:changes", "registry:change"),
                (FIRM,),
                _own_firm,
            ),
        ),
    ),
    Step(
        "plan",
        _("Plan"),
        (
            Item("plans:documents", _("Plans"), "file-text", ("plans:document", "plans:upload"), (READS, FIRM)),
            Item("audits:findings", _("Checks"), "scale", ("audits:finding", "audits:document", "audits:pair")),
            Item("plans:targets", _("Targets"), "target-arrow", ("plans:target", "responsibility:breakdown")),
            Item("responsibility:parts", _("Parts of targets"), "sitemap"),
            Item("responsibility:adjustments", _("Adjustments"), "adjustments", ("responsibility:adjustment",)),
            Item("plans:tasks", _("Tasks"), "checklist", ("plans:task",)),
            Item("responsibility:updates", _("Monthly updates"), "traffic-lights", ("responsibility:update",)),
            Item("responsibility:assignments", _("Assignments"), "user-check", ("responsibility:assignment",)),
            Item("responsibility:needs", _("Requests to units"), "messages", ("responsibility:need",)),
            Item("plans:facts", _("Facts"), "quote"),
        ),
    ),
    Step(
        "collect",
        _("Collect"),
        (
            Item("web:intake", _("Intake"), "database-import", ("web:batch",), (ENTERS,)),
            Item("forms:board", _("Reporting board"), "checkup-list", ("forms:burden",)),
            Item("forms:chase", _("Who has not reported"), "bell-ringing", ("forms:reminders",)),
            Item(
                "forms:reports",
                _("Reports of firms"),
                "clipboard-check",
                ("forms:report", "forms:exceptions", "forms:exception"),
            ),
            Item(
                "forms:forms",
                _("Forms"),
                "forms",
                ("forms:form", "forms:round", "forms:open", "forms:close", "forms:exception_ask"),
            ),
        ),
    ),
    Step(
        "measure",
        _("Measure"),
        (
            Item("web:explorer", _("Explorer"), "chart-dots-3"),
            Item("web:indicators", _("Indicators"), "list-search", ("web:indicator",)),
            Item("web:figures", _("Figures"), "chart-line", ("web:series",)),
            Item("bulletins:releases", _("Release calendar"), "calendar-stats"),
            Item("bulletins:circulation", _("Two circulations"), "arrows-split-2", offered=(READS, FIRM)),
        ),
    ),
    Step(
        "foresee",
        _("Foresee"),
        (Item("foresight:quality", _("Forecast quality"), "chart-dots", ("foresight:outlook",)),),
    ),
    Step(
        "warn",
        _("Warn"),
        (
            Item(
                "warnings:signals",
                _("Warnings"),
                "alert-circle",
                ("warnings:signal", "warnings:quiet", "warnings:quiet_new", "warnings:quiet_end"),
                count="warnings:count",
            ),
            Item("warnings:rules", _("Rules"), "ruler-2", ("warnings:rule", "warnings:rule_test")),
            Item("warnings:evaluations", _("Evaluations of rules"), "heartbeat", offered=OFFICE),
            Item("foresight:anomalies", _("Anomalies"), "alert-triangle", ("foresight:anomaly",)),
            Item(
                "exposure:exposure",
                _("Exposure to a list"),
                "target",
                ("exposure:firms", "exposure:counties", "exposure:products", "exposure:newly"),
            ),
        ),
    ),
    Step(
        "respond",
        _("Respond"),
        (
            Item(
                "cases:cases",
                _("Cases"),
                "clipboard-list",
                (
                    "cases:board",
                    "cases:calendar",
                    "cases:map",
                    "cases:start",
                    "cases:case",
                    "cases:fill",
                    "cases:edit",
                    "cases:move",
                    "cases:hand_over",
                    "cases:withdraw",
                    "cases:reveal",
                    "cases:pause",
                    "cases:join",
                    "cases:paper_add",
                    "cases:paper_decide",
                    "cases:firm_add",
                    "cases:firm_edit",
                ),
            ),
            Item("cases:requests", _("Requests of firms"), "message-question"),
        ),
    ),
    Step(
        "evaluate",
        _("Evaluate"),
        (
            Item(
                "ranking:rankings",
                _("Ranking of counties"),
                "trophy",
                ("ranking:ranking", "ranking:compute", "ranking:appeal"),
            ),
            Item("web:systems", _("Founding systems"), "table-options", ("web:system",)),
            Item(
                "people:annotations",
                _("Annotations"),
                "message-2",
                ("people:annotation", "people:annotate", "people:annotation_withdraw"),
            ),
        ),
    ),
    Step(
        "report",
        _("Report"),
        (
            Item("web:briefing", _("Briefing"), "file-description"),
            Item("bulletins:bulletins", _("Monthly bulletins"), "news", ("bulletins:bulletin", "bulletins:new")),
        ),
    ),
    Step(
        "base",
        _("Registers"),
        (
            Item(
                "registry:enterprises",
                _("Enterprises"),
                "building-factory-2",
                (
                    "registry:enterprise",
                    "registry:enterprise_add",
                    "registry:enterprise_edit",
                    "registry:change_ask",
                    "registry:changes",
                    "registry:change",
                    "registry:merges",
                    "registry:merge",
                    "registry:merging",
                    "registry:contacts",
                    "registry:contact_add",
                    "registry:officer_add",
                ),
            ),
            Item(
                "lists:kinds",
                _("Lists"),
                "list-check",
                (
                    "lists:books",
                    "lists:book",
                    "lists:rows",
                    "lists:version",
                    "lists:version_rows",
                    "lists:difference",
                    "lists:row",
                    "lists:new",
                    "lists:edit",
                    "lists:close",
                    "lists:build",
                    "lists:propose",
                    "lists:decide",
                    "lists:paste",
                    "lists:row_new",
                    "lists:row_edit",
                    "lists:row_remove",
                ),
                (READS, FIRM),
            ),
            Item("registry:zones", _("Zones and parks"), "map-2", ("registry:zone",)),
            Item(
                "registers:registers",
                _("Declared registers"),
                "table",
                ("registers:list", "registers:entry", "registers:new", "registers:edit", "registers:withdrawn"),
            ),
            Item("registry:regions", _("Regions"), "map-pin", ("registry:region", "registry:townships"), OFFICE),
        ),
    ),
    Step(
        "codes",
        _("Code lists"),
        (
            Item("registry:countries", _("Countries and regions"), "world", offered=OFFICE),
            Item("registry:industries", _("Industries"), "category", offered=OFFICE),
            Item("registry:products", _("Products"), "package", offered=OFFICE),
            Item("registry:trade_modes", _("Customs supervision modes"), "arrows-exchange", offered=OFFICE),
        ),
        folded=True,
        open_for=(FIRM,),
    ),
    Step(
        "system",
        _("People and system"),
        (
            Item(
                "people:units",
                _("Units"),
                "building-community",
                ("people:unit", "people:unit_new", "people:unit_edit", "people:unit_close"),
                OFFICE,
            ),
            Item(
                "people:persons",
                _("Persons"),
                "users",
                ("people:person", "people:person_new", "people:person_edit", "people:grant", "people:reset"),
                OFFICE,
            ),
            Item("people:roles", _("Roles"), "key", offered=OFFICE),
            Item("people:delegations", _("Delegations"), "user-share", ("people:delegate",), OFFICE),
            Item(
                "core:imports",
                _("Imports"),
                "table-import",
                ("core:import", "core:new_import", "core:import_rows"),
                (ENTERS, MANAGES),
            ),
            Item("core:jobs", _("Jobs"), "player-play", ("core:job", "core:schedule"), OFFICE),
            Item("core:events", _("Event log"), "history", ("core:chain",), OFFICE),
            Item("api_docs", _("Programming interface"), "api", offered=OFFICE),
            Item(
                "notices:endpoints",
                _("Receiving programs"),
                "webhook",
                ("notices:endpoint", "notices:new_endpoint"),
                (MANAGES,),
            ),
        ),
        folded=True,
        open_for=(MANAGES,),
    ),
)


@cache
def _address(view: str) -> str | None:
    """The address of a view; none while no such page exists."""
    try:
        return reverse(view)
    except NoReverseMatch:
        return None


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The steps with the pages offered to the reader, whether one of them is open, and whether the group is folded."""
    match = request.resolver_match
    here = match.view_name if match else ""
    readers = audience(request.user)
    shown = []
    for step in STEPS:
        items = [
            {
                "label": item.label,
                "icon": item.icon,
                "url": url,
                "active": here == item.view or here in item.also,
                "count": _address(item.count) if item.count else None,
            }
            for item in step.items
            if readers.intersection(item.offered)
            and (url := item.address(request.user) if item.address else _address(item.view))
        ]
        if items:
            unfolded = not step.folded or bool(readers.intersection(step.open_for))
            shown.append({
                "code": step.code,
                "label": step.label,
                "entries": items,
                "folds": not unfolded,
                "open": any(item["active"] for item in items),
            })  # fmt: skip
    return shown

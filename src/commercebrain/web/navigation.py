"""The left-hand navigation: the eight steps of the loop, each with the pages that exist for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.memo import once
from commercebrain.desk.people.queries import runs_system


@dataclass(frozen=True)
class Item:
    """A page: its view's name, its label, its icon; ``also`` names views that belong below it.

    ``system`` pages are offered to who runs the system only; the page itself refuses the others besides.
    """

    view: str
    label: Any
    icon: str
    also: tuple[str, ...] = ()
    system: bool = False


@dataclass(frozen=True)
class Step:
    """One step of the loop, or a group beside it."""

    code: str
    label: Any
    items: tuple[Item, ...]


STEPS = (
    Step(
        "overview",
        "",
        (Item("web:cockpit", _("Cockpit"), "layout-dashboard"), Item("responsibility:work", _("My work"), "inbox")),
    ),
    Step(
        "plan",
        _("Plan"),
        (
            Item("plans:documents", _("Plans"), "file-text", ("plans:document", "plans:upload")),
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
    Step("collect", _("Collect"), (Item("web:intake", _("Intake"), "database-import", ("web:batch",)),)),
    Step("measure", _("Measure"), (Item("web:figures", _("Figures"), "chart-line", ("web:series",)),)),
    Step("foresee", _("Foresee"), ()),
    Step("warn", _("Warn"), ()),
    Step("respond", _("Respond"), ()),
    Step(
        "evaluate",
        _("Evaluate"),
        (
            Item("web:systems", _("Founding systems"), "table-options", ("web:system",)),
            Item(
                "people:annotations",
                _("Annotations"),
                "message-2",
                ("people:annotation", "people:annotate", "people:annotation_withdraw"),
            ),
        ),
    ),
    Step("report", _("Report"), (Item("web:briefing", _("Briefing"), "file-description"),)),
    Step(
        "base",
        _("Registers and system"),
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
            Item("registry:regions", _("Regions"), "map-pin", ("registry:region", "registry:townships")),
            Item("registry:zones", _("Zones and parks"), "map-2", ("registry:zone",)),
            Item("registry:countries", _("Countries and regions"), "world"),
            Item("registry:industries", _("Industries"), "category"),
            Item("registry:products", _("Products"), "package"),
            Item("registry:trade_modes", _("Customs supervision modes"), "arrows-exchange"),
            Item(
                "registers:registers",
                _("Declared registers"),
                "table",
                ("registers:list", "registers:entry", "registers:new", "registers:edit", "registers:withdrawn"),
            ),
            Item(
                "people:units",
                _("Units"),
                "building-community",
                ("people:unit", "people:unit_new", "people:unit_edit", "people:unit_close"),
            ),
            Item(
                "people:persons",
                _("Persons"),
                "users",
                ("people:person", "people:person_new", "people:person_edit", "people:grant", "people:reset"),
            ),
            Item("people:roles", _("Roles"), "key"),
            Item("people:delegations", _("Delegations"), "arrows-exchange", ("people:delegate",)),
            Item("core:imports", _("Imports"), "table-import", ("core:import", "core:new_import", "core:import_rows")),
            Item("core:jobs", _("Jobs"), "player-play", ("core:job", "core:schedule")),
            Item("core:events", _("Event log"), "history", ("core:chain",)),
            Item(
                "notices:endpoints",
                _("Receiving programs"),
                "webhook",
                ("notices:endpoint", "notices:new_endpoint"),
                system=True,
            ),
        ),
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
    """The steps that have a page, each with its items and whether one of them is open."""
    match = request.resolver_match
    here = match.view_name if match else ""
    administers = once(("runs_system", request.user.pk), lambda: runs_system(request.user))
    shown = []
    for step in STEPS:
        items = [
            {
                "label": item.label,
                "icon": item.icon,
                "url": url,
                "active": here == item.view or here in item.also,
            }
            for item in step.items
            if (url := _address(item.view)) and (not item.system or administers)
        ]
        if items:
            shown.append({"code": step.code, "label": step.label, "entries": items})
    return shown

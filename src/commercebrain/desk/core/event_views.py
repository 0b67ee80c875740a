"""The pages of the event log: what happened, and the state of its chain of seals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core import queries
from commercebrain.desk.core.events import sentence, verbs
from commercebrain.desk.core.filters import Choices, DateRange, Filter, UnitFilter
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage, Panel
from commercebrain.desk.core.trail import anchors, state
from commercebrain.desk.people.models import Person
from commercebrain.desk.people.queries import runs_system


def _by_person(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Events of persons whose name holds the text: first the persons, then their events by index."""
    named = Q(username__icontains=text) | Q(name_zh__icontains=text) | Q(name_en__icontains=text)
    return rows.filter(person__in=list(Person.objects.filter(named).values_list("pk", flat=True)[:200]))


def _by_subject(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Events about a kind of thing (``registry.enterprise``) or one thing (``registry.enterprise 12``)."""
    kind, _space, key = text.partition(" ")
    rows = rows.filter(subject_type=kind.lower())
    return rows.filter(subject_id=key.strip()) if key.strip() else rows


class Events(ListPage):
    """What happened, who did it, when."""

    template_name = "core/events.html"
    title = gettext_lazy("Event log")
    columns = (
        Column("what", gettext_lazy("What happened"), sentence),
        Column("at", gettext_lazy("At"), "at", sort="at"),
        Column("day", gettext_lazy("Business date"), "business_date", sort="business_date"),
        Column("person", gettext_lazy("Person"), "person", sort="person__username"),
        Column("unit", gettext_lazy("Unit"), "unit", sort="unit__path"),
        Column("verb", gettext_lazy("Code"), "verb", sort="verb", hidden=True),
        Column("subject", gettext_lazy("Subject"), lambda e: f"{e.subject_type} {e.subject_id}", hidden=True),
    )
    filters = (
        Choices("verb", gettext_lazy("Kind"), lambda request: [(code, code) for code in sorted(verbs())]),
        Filter("person", gettext_lazy("Person"), apply=_by_person),
        UnitFilter("unit", gettext_lazy("Unit")),
        Filter("subject", gettext_lazy("Subject"), apply=_by_subject),
        DateRange("day", gettext_lazy("Business date"), lookup="business_date"),
    )
    search_fields = ("person__username", "person__name_zh", "subject_id", "verb")
    empty_title = gettext_lazy("Nothing has happened in your sight")
    empty_hint = gettext_lazy("Every change is written here with its time and its author; nothing is ever removed.")

    def rows(self, request: HttpRequest) -> Any:
        """Events in scope, the newest first."""
        return queries.events_visible_to(request.user)

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the state of the seals is open to the reader."""
        return {"runs_system": runs_system(request.user)}

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s event in your sight.", "%(n)s events in your sight.", total) % {"n": total}


def _minute(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


class Chain(DetailPage):
    """How the chain of seals stands: the newest seal, what is open, the last verification."""

    title = gettext_lazy("Seals of the event log")

    def allowed(self, request: HttpRequest) -> bool:
        """Who runs the system."""
        return runs_system(request.user)

    def find(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """What there is to tell."""
        return {"seal": state.newest_seal(), "open": state.open_events(), "verdict": state.last_verdict()}

    def heading(self, thing: Any) -> str:
        """The heading."""
        return str(self.title)

    def back(self) -> tuple[str, Any]:
        """To the log."""
        return reverse("core:events"), _("Event log")

    def answer(self, request: HttpRequest, thing: dict[str, Any]) -> str:
        """Whether the last verification found the log whole."""
        verdict = thing["verdict"]
        if verdict is None:
            return str(_("The event log has not been verified yet; it is verified every night."))
        words = {"n": f"{verdict.events:,}", "at": _minute(verdict.at), "faults": f"{verdict.faults:,}"}
        if verdict.faults:
            return str(_("%(faults)s faults in %(n)s events, verified %(at)s.") % words)
        return str(_("All %(n)s sealed events are as they were written, verified %(at)s.") % words)

    def fields(self, request: HttpRequest, thing: dict[str, Any]) -> list[Field]:
        """The head of the chain."""
        seal, verdict = thing["seal"], thing["verdict"]
        shown = [Field(_("Events not sealed yet"), thing["open"])]
        if seal:
            shown += [
                Field(_("Newest seal"), seal.number),
                Field(_("Sealed at"), seal.sealed_at),
                Field(_("Sealed events in all"), seal.total),
                Field(_("Hash of the newest seal"), seal.hash),
            ]
        shown.append(Field(_("Anchors are kept in"), str(anchors.place())))
        if verdict:
            shown.append(Field(_("Verified"), verdict.at))
            shown.append(Field(_("Anchors checked"), verdict.anchors))
        return shown

    def panels(self, request: HttpRequest, thing: dict[str, Any]) -> list[Panel]:
        """What the last verification found."""
        verdict = thing["verdict"]
        chinese = request.LANGUAGE_CODE.startswith("zh")
        found = [[zh if chinese else en] for zh, en in verdict.findings] if verdict else []
        return [Panel(_("Faults"), (), found, _("None."))]

"""On a firm's page: the lists that it stands on or stood on, each with the decision that brought it there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core import tabs
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.filters import YesNo
from commercebrain.desk.core.generic import Column, ListPage
from commercebrain.desk.lists import pages, queries
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.lists.models import ListVersion, Member
from commercebrain.desk.people.models import Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registers.pages import say
from commercebrain.desk.registry.models import Enterprise


def _kind(member: Member) -> Any:
    kind = declared(member.book.kind)
    return say(kind.name) if kind else member.book.kind


def _decision(member: Any, what: str) -> Any:
    version = member.decisions.get(what)
    return getattr(version, "document", None) or getattr(version, "reason", None)


class Listed(ListPage):
    """The lists of one firm."""

    title = gettext_lazy("Lists")
    columns = (
        Column(
            "book",
            gettext_lazy("The list"),
            lambda m: m.book,
            link=lambda m: pages.member_address(m) if m.open else None,
        ),
        Column("kind", gettext_lazy("Kind of list"), _kind),
        Column("now", gettext_lazy("Stands on it now"), lambda m: _("yes") if m.now else _("no")),
        Column("since", gettext_lazy("Came in"), "since", sort="since"),
        Column("why", gettext_lazy("By which decision"), lambda m: _decision(m, "in")),
        Column("by", gettext_lazy("Approved by"), lambda m: getattr(m.decisions.get("in"), "decided_by", None)),
        Column("until", gettext_lazy("Went out"), lambda m: getattr(m.decisions.get("out"), "effective_on", None)),
        Column("exit", gettext_lazy("Why it went out"), lambda m: m.exit_reason or _decision(m, "out")),
    )
    filters = (YesNo("now", gettext_lazy("Stands on it now"), lookup="now"),)
    empty_title = gettext_lazy("On no list")
    empty_hint = gettext_lazy("No list in your sight holds this firm.")

    def rows(self, request: HttpRequest) -> Any:
        """Memberships on lists in sight."""
        return queries.listed(request.user, self.within.pk)

    def prepare(self, rows: Any) -> Any:
        """The decisions of a page's rows at once; a firm's user opens no list of firms."""
        found = list(rows)
        alone = queries.firm_alone(extent_of(self.request.user, Right.SEE, today()))
        numbers = {(m.book_id, n) for m in found for n in (m.added, m.removed) if n is not None}
        versions = ListVersion.objects.filter(
            book__in={book for book, _n in numbers}, number__in={n for _b, n in numbers}
        )
        known = {
            (v.book_id, v.number): v
            for v in versions.filter(state=ListVersion.State.APPROVED).select_related("decided_by")
        }
        for row in found:
            decided = {"in": known.get((row.book_id, row.added)), "out": known.get((row.book_id, row.removed))}
            row.decisions = {what: version for what, version in decided.items() if version is not None}
            row.open = not alone
        return found


def _tab(request: HttpRequest, thing: Any) -> tabs.Tab | None:
    return tabs.ListTab("lists", gettext_lazy("Lists"), Listed)


tabs.register(lambda thing: isinstance(thing, Enterprise), _tab)

"""Pages of one version of a list: what it says, what came in and went out, and its difference to any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.filters import Filter
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage, Panel
from commercebrain.desk.core.tabs import Tab
from commercebrain.desk.lists import differences, pages, queries
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.lists.models import ListVersion
from commercebrain.desk.lists.views import RowsTab, undeclared
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.desk.registers.pages import say

State = ListVersion.State
SHOWN = 12  # rows in and out that the page itself shows


def version_or_404(request: HttpRequest, pk: int) -> ListVersion:
    """A version in sight."""
    found = queries.version(request.user, pk)
    if found is None:
        raise Http404
    return found


class VersionPage(DetailPage):
    """One version: its decision, what it brought in and took out, and what may be done with it."""

    template_name = "lists/version.html"
    documents = True

    def find(self, request: HttpRequest, **kwargs: Any) -> ListVersion:
        """In sight."""
        found = version_or_404(request, kwargs["pk"])
        self.kind = declared(found.book.kind)
        return found

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return pages.book_address(self.of.book), self.of.book

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The page."""
        self.of = version_or_404(request, kwargs["pk"])
        return super().get(request, *args, **kwargs)

    def heading(self, thing: ListVersion) -> str:
        """List and number."""
        return f"{thing.book} · {pages.numbered(thing.number)}"

    def answer(self, request: HttpRequest, thing: ListVersion) -> str:
        """How far it is, how many rows, how many in and out."""
        rows_in, rows_out = _counts(thing)
        state = _state(thing)
        words = {
            "state": state[:1].upper() + state[1:], "n": f"{queries.version_rows(thing).order_by().count():,}",
            "rows_in": f"{rows_in:,}", "rows_out": f"{rows_out:,}",
        }  # fmt: skip
        return _("%(state)s: %(n)s rows; %(rows_in)s in, %(rows_out)s out against the version before.") % words

    def tabs(self, request: HttpRequest, thing: ListVersion) -> list[Tab]:
        """Its rows."""
        return [] if queries.let_go(thing) else [RowsTab()]

    def fields(self, request: HttpRequest, thing: ListVersion) -> list[Field]:
        """The decision."""
        shown = [Field(_("The list"), thing.book, pages.book_address(thing.book)), Field(_("State"), _state(thing))]
        for label, value in (
            (_("In force from"), thing.effective_on), (_("Document"), thing.document), (_("Issued on"), thing.issued_on),
            (_("Reason"), thing.reason), (_("Built from"), thing.basis), (_("Proposed by"), thing.proposed_by),
            (_("Proposed at"), thing.proposed_at),
        ):  # fmt: skip
            if value:
                shown.append(Field(label, value))
        if thing.decided_by:
            label = _("Approved by") if thing.state == State.APPROVED else _("Declined by")
            shown += [Field(label, thing.decided_by), Field(_("Decided at"), thing.decided_at)]
            if thing.decision:
                shown.append(Field(_("Decision"), thing.decision))
        return shown

    def panels(self, request: HttpRequest, thing: ListVersion) -> list[Panel]:
        """The first rows in and out; the whole is the page of the difference."""
        if queries.let_go(thing):
            text = _("A later version was drafted after this one was declined; its rows are no longer kept.")
            return [Panel(_("Rows in"), empty=text)]
        rows = differences.rows_between(queries.before(thing), thing, self.kind, DeskLookups(request.user), most=SHOWN)
        cells: list[Any] = [
            [row.what_said, Field("", row.title, pages.member_address(row.member)), row.key, row.told] for row in rows
        ]
        headers = [_("In or out"), _("Row of the list"), _("Key"), _("Changed")]
        return [Panel(_("Against the version before (first rows)"), headers, cells, _("Nothing is different."))]

    def extra(self, request: HttpRequest, thing: ListVersion) -> dict[str, Any]:
        """What may be done with it, and by whom."""
        may = self.kind is not None and queries.may_keep(request.user, thing.book)
        own = thing.proposed_by_id == request.user.pk
        return {
            "kind": self.kind,
            "may_draft": may and thing.state == State.DRAFT,
            "may_decide": may and thing.state == State.PROPOSED and not own,
            "waits_for_others": may and thing.state == State.PROPOSED and own,
            "may_take_back": may
            and (thing.state == State.PROPOSED or (thing.state == State.DECLINED and not queries.let_go(thing))),
            "import_url": f"{reverse('core:new_import', args=['lists.rows'])}?target={thing.pk}",
            "others": queries.seen_versions(request.user, thing.book).exclude(pk=thing.pk)[:50],
        }


def _state(version: ListVersion) -> str:
    """How far a version is, in words."""
    if version.state == State.APPROVED:
        current = queries.in_force(version.book)
        if current is not None and current.pk == version.pk:
            return _("in force since %(day)s") % {"day": version.effective_on}
        if version.effective_on and version.effective_on > today():
            return _("approved, in force from %(day)s") % {"day": version.effective_on}
    return str(version.get_state_display())


def _counts(version: ListVersion) -> tuple[int, int]:
    """Rows in and out: as counted when it was proposed, or now for a draft."""
    if version.state == State.DRAFT:
        return queries.came_in(version).count(), queries.went_out(version).count()
    return version.rows_in, version.rows_out


@dataclass(frozen=True)
class _Other(Filter):
    """The version to compare with; the page chooses the rows by it."""

    def narrow(self, rows: Any, value: Any) -> Any:
        """All of them."""
        return rows


class DifferencePage(ListPage):
    """What one version has that another has not: rows in, rows out, rows changed with old and new values."""

    template_name = "lists/difference.html"
    columns = (
        Column("what", gettext_lazy("In or out"), "what_said", sort=lambda row: row.what),
        Column("title", gettext_lazy("Row of the list"), "title", sort=lambda row: row.title, link=lambda row: pages.member_address(row.member)),
        Column("key", gettext_lazy("Key"), "key", sort=lambda row: row.key),
        Column("told", gettext_lazy("Changed"), "told"),
        Column("covered", gettext_lazy("Covered before"), "covered"),
    )  # fmt: skip
    search_fields = ("title", "key")
    search_hint = gettext_lazy("name or key of a row")
    empty_title = gettext_lazy("Nothing is different")
    empty_hint = gettext_lazy("Both versions hold the same rows.")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Finds the version and the one that it is compared with: the approved one before it unless another is chosen."""
        super().setup(request, *args, **kwargs)
        self.version = version_or_404(request, kwargs["pk"])
        self.kind = declared(self.version.book.kind) or undeclared(self.version.book)
        others = list(queries.seen_versions(request.user, self.version.book).exclude(pk=self.version.pk)[:200])
        chosen = request.GET.get("to", "")
        self.other = next((one for one in others if str(one.pk) == chosen), None) or queries.before(self.version)
        own: Any = self
        own.title = _("Difference: %(list)s") % {"list": f"{self.version.book} · {pages.numbered(self.version.number)}"}
        own.filters = (
            _Other("to", gettext_lazy("Compared with"), [(str(o.pk), pages.numbered(o.number)) for o in others] or [("", "—")]),
            Filter(
                "what", gettext_lazy("In or out"), list(differences.WHAT.items()), test=lambda row, value: row.what == value
            ),
        )  # fmt: skip
        own.confidential = self.version.book.classification == "confidential"
        if self.kind.subject == "firm":
            own.reads = ("lists.member", self.kind.name.zh, self.kind.name.en)

    def rows(self, request: HttpRequest) -> Any:
        """Every row that differs."""
        if queries.let_go(self.version):
            return []
        return differences.rows_between(self.other, self.version, self.kind, DeskLookups(request.user))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many rows in, out and changed, against which version."""
        counted = {what: sum(1 for row in rows if row.what == what) for what in differences.WHAT}
        other = pages.numbered(self.other.number) if self.other else _("an empty list")
        words = {"other": other, "new": counted["in"], "out": counted["out"], "changed": counted["changed"]}
        said = _("Against %(other)s: %(new)s rows in, %(out)s out, %(changed)s changed.") % words
        fresh = sum(1 for row in rows if row.newly)
        if self.kind.subject == "product" and total:
            more = ngettext("%(n)s row covers anew.", "%(n)s rows cover anew.", fresh)
            said += " " + more % {"n": fresh}
        return said

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Where one is."""
        return {"version": self.version, "other": self.other, "kind_name": say(self.kind.name)}

"""The register of enterprises: its list, and all about one firm."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.columns import choice
from commercebrain.desk.core.events import record_read
from commercebrain.desk.core.filters import Choices, DateRange, Filter, RegionFilter, UnitFilter
from commercebrain.desk.core.generic import Column, DetailPage, Field, ListPage, Panel
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry import queries, standing
from commercebrain.desk.registry.models import Code, Enterprise, EnterpriseChange, EnterpriseMerge, Region
from commercebrain.desk.registry.queries import codes as code_queries
from commercebrain.desk.registry.queries import enterprises as reads

INDUSTRY_EDITION = "GB/T 4754-2017"
SECTIONS = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60), "H": (61, 62),
    "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79), "O": (80, 82),
    "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip


def link(enterprise: Enterprise) -> str:
    """The page of a firm."""
    return reverse("registry:enterprise", args=[enterprise.pk])


def _divisions(request: HttpRequest) -> list[tuple[str, str]]:
    rows = code_queries.codes_of(Code.List.INDUSTRY, INDUSTRY_EDITION).filter(level="section").order_by("code")
    return [(row.code, f"{row.code} {row}") for row in rows]


def _in_section(rows: Any, section: str) -> Any:
    first, last = SECTIONS.get(section, (100, 0))
    return rows.filter(industry__gte=f"{first:02d}", industry__lt=f"{last + 1:02d}")


def _counties(request: HttpRequest) -> list[tuple[str, str]]:
    """The regions of the units in sight and what lies in them, where firms stand; with the regions just above.

    Asked of the regions, of which there are few, and not of the firms: each is one look into an index.
    """
    extent = extent_of(request.user, Right.SEE, today())
    units = Unit.objects.order_by() if extent.everything else Unit.objects.filter(pk__in=extent.units).order_by()
    top = units.values("region")
    inside = Q(pk__in=top) | Q(parent__in=top) | Q(parent__parent__in=top)
    if extent.firms:
        inside |= Q(pk__in=Enterprise.objects.filter(pk__in=extent.firms).values("region"))
    here = Exists(Enterprise.objects.filter(region=OuterRef("pk"), merged_into=None).order_by())
    held = list(Region.objects.filter(here, inside).select_related("parent"))
    shown = {row.pk: row for row in held} | {row.parent.pk: row.parent for row in held if row.parent}
    return [(row.code, f"{row} {row.code}") for row in sorted(shown.values(), key=lambda row: (row.code, row.pk))]


def may_add(person: Any) -> bool:
    """Whether a person may enter firms at all: the right to enter for a unit."""
    extent = extent_of(person, Right.ENTER, today())
    return extent.everything or bool(extent.units)


def _named(enterprise: Enterprise, value: Any) -> Any:
    """The name in a list, with a mark where the firm is invented."""
    if not enterprise.synthetic:
        return value
    return format_html('{} <span class="badge badge-outline text-secondary">{}</span>', value, _("invented"))


class Enterprises(ListPage):
    """The firms in sight."""

    title = gettext_lazy("Enterprises")
    template_name = "registry/enterprises.html"
    columns = (
        Column("name", gettext_lazy("Enterprise"), lambda e: e, sort="name_zh", link=link, show=_named),
        Column("uscc", gettext_lazy("Credit code"), sort="uscc"),
        Column("region", gettext_lazy("County"), "region", sort="region__code"),
        Column("township", gettext_lazy("Township"), "township", hidden=True),
        Column("industry", gettext_lazy("Industry code"), sort="industry"),
        Column("size", gettext_lazy("Size class"), choice("size")),
        Column("status", gettext_lazy("Status"), choice("status")),
        Column("established", gettext_lazy("Established"), "established_on", sort="established_on", hidden=True),
        Column("closed", gettext_lazy("Closed"), "closed_on", sort="closed_on", hidden=True),
        Column("other", gettext_lazy("Name in English"), "name_en", sort="name_en", hidden=True),
        Column("unit", gettext_lazy("Unit in charge"), "unit", hidden=True),
        Column("synthetic", gettext_lazy("Invented"), "synthetic", hidden=True),
    )  # fmt: skip
    filters = (
        RegionFilter("region", gettext_lazy("County"), _counties, "region"),
        Choices("status", gettext_lazy("Status"), Enterprise.Status.choices),
        Choices("size", gettext_lazy("Size class"), Enterprise.Size.choices),
        Filter("section", gettext_lazy("Industry"), _divisions, apply=_in_section),
        UnitFilter("unit", gettext_lazy("Unit in charge"), lookup="unit"),
        DateRange("established", gettext_lazy("Established"), lookup="established_on"),
        Filter(
            "flag", gettext_lazy("Flag"), apply=lambda rows, code: rows.filter(flags__code=code).distinct()
        ),
    )  # fmt: skip
    fulltext = True
    reads = ("registry.enterprise", "企业", "enterprises")
    search_hint = gettext_lazy("name, former name, code or pinyin initials")
    order = "name"
    empty_title = gettext_lazy("No enterprises in sight")
    empty_hint = gettext_lazy("Enter one, bring in a file, or ask the administrator which counties you should see.")

    def rows(self, request: HttpRequest) -> Any:
        """Within scope."""
        return queries.enterprises_visible_to(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many there are."""
        said = ngettext("%(n)s enterprise in your sight.", "%(n)s enterprises in your sight.", total) % {"n": total}
        if total and self.rows(request).filter(synthetic=True).exists():
            said += " " + _("Those of the invented city 示例市 are there for demonstration only.")
        return said

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether one may be entered here."""
        return {"may_add": may_add(request.user)}


class EnterprisePage(DetailPage):
    """All about one firm. One that may only be found shows its name and the unit that holds it."""

    template_name = "registry/enterprise.html"
    documents = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page; a firm that was merged away leads to the one that it became."""
        gone = Enterprise.objects.visible_to(request.user).filter(pk=kwargs["pk"]).exclude(merged_into=None).first()
        if gone is not None:
            return redirect("registry:enterprise", pk=gone.merged_into_id)
        return super().get(request, *args, **kwargs)

    def find(self, request: HttpRequest, **kwargs: Any) -> Enterprise | None:
        """A firm in sight."""
        seen = queries.enterprises_visible_to(request.user).filter(pk=kwargs["pk"]).first()
        if seen is not None:
            record_read(seen, request.user, (seen.name_zh, seen.name_en or seen.name_zh), unit=seen.unit)
        return seen

    def heading(self, thing: Enterprise) -> str:
        """Its name."""
        return str(thing)

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registry:enterprises"), _("Enterprises")

    def answer(self, request: HttpRequest, thing: Enterprise) -> str:
        """What is open on it."""
        waiting = thing.change_requests.filter(state=EnterpriseChange.State.OPEN).count()
        told = standing.open_on(request, thing)
        if waiting:
            told.append(ngettext("%(n)s change request", "%(n)s change requests", waiting) % {"n": waiting})
        words = {"code": thing.uscc, "county": thing.region, "status": thing.get_status_display()}
        if not told:
            return _("%(code)s, %(county)s, %(status)s: nothing is open.") % words
        listed = _(", ").join(told)
        return _("%(code)s, %(county)s, %(status)s. Open: %(open)s.") % {**words, "open": listed}

    def fields(self, request: HttpRequest, thing: Enterprise) -> list[Field]:
        """Facts of the register first, then the bureau's own."""
        industry = code_queries.code(Code.List.INDUSTRY, INDUSTRY_EDITION, thing.industry) if thing.industry else None
        division = industry or (
            code_queries.code(Code.List.INDUSTRY, INDUSTRY_EDITION, thing.industry[:2]) if thing.industry else None
        )
        named = f"{thing.industry} {division}" if division else thing.industry
        return [
            Field(_("Name in Chinese"), thing.name_zh),
            Field(_("Name in English"), thing.name_en),
            Field(_("Credit code"), thing.uscc),
            Field(_("Status"), thing.get_status_display()),
            Field(_("Established"), thing.established_on),
            Field(_("Closed"), thing.closed_on),
            Field(_("Address"), thing.address),
            Field(_("Industry"), named),
            Field(_("County"), thing.region, reverse("registry:region", args=[thing.region.code])),
            Field(_("Township"), thing.township),
            Field(_("Size class"), thing.get_size_display()),
            Field(_("Tags"), "、".join(thing.tags)),
            Field(
                _("Unit in charge"), thing.unit, reverse("people:unit", args=[thing.unit_id]) if thing.unit_id else None
            ),
        ]

    def panels(self, request: HttpRequest, thing: Enterprise) -> list[Panel]:
        """Names, flags, requests, merges."""
        requests = queries.change_requests_visible_to(request.user).filter(enterprise=thing)[:20]
        merges = queries.merges_visible_to(request.user).filter(Q(kept=thing) | Q(merged=thing))[:20]
        return [
            Panel(
                _("Other names"),
                [_("Name"), _("Kind"), _("Valid until"), _("Source")],
                [[n.name, n.get_kind_display(), n.valid_to, n.source] for n in thing.names.all()],
                _("None."),
            ),
            Panel(
                _("Flags from lists"),
                [_("Flag"), _("Source"), _("From"), _("Until")],
                [[f.code, f.source, f.starts, f.ends] for f in thing.flags.all()],
                _("No list names this firm."),
            ),
            Panel(
                _("Change requests"),
                [_("Number"), _("What"), _("State"), _("Asked by"), _("Asked on"), _("Decided by")],
                [
                    [
                        Field("", r.pk, reverse("registry:change", args=[r.pk])), ", ".join(r.changes),
                        r.get_state_display(), r.asked_by, r.asked_on, r.decided_by,
                    ]
                    for r in requests
                ],
                _("None."),
            ),
            Panel(
                _("Merges"),
                [_("Merged"), _("Into"), _("Day"), _("By"), _("Undone on")],
                [[m.merged, m.kept, Field("", m.day, reverse("registry:merge", args=[m.pk])), m.person, m.undone_on] for m in merges],
                _("None."),
            ),
        ]  # fmt: skip

    def extra(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """Contacts by their first character, who looks after the firm, and what this person may do."""
        enterable = Enterprise.objects.enterable_by(request.user).filter(pk=thing.pk).exists()
        return {
            "contacts": list(reads.contacts(request.user, thing)),
            "officers": list(reads.officers(thing)),
            "may_enter": enterable,
            "may_decide": reads.of_the_bureau(request.user, thing),
        }


class Contacts(DetailPage):
    """A firm's contacts in full: personal data, shown on giving a reason, and the look is recorded."""

    template_name = "registry/contacts.html"
    history = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Enterprise | None:
        """A firm in sight."""
        return queries.enterprises_visible_to(request.user).filter(pk=kwargs["pk"]).first()

    def heading(self, thing: Enterprise) -> str:
        """Whose contacts."""
        return _("Contacts of %(firm)s") % {"firm": thing}

    def back(self) -> tuple[str, Any]:
        """To the list of firms."""
        return reverse("registry:enterprises"), _("Enterprises")

    def answer(self, request: HttpRequest, thing: Enterprise) -> str:
        """What the reader should know."""
        return _("Names and telephone numbers are personal data. Say what you need them for; your look is recorded.")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Shows them, once a reason is given."""
        thing = self.find(request, **kwargs)
        if thing is None:
            raise Http404
        reason = request.POST.get("reason", "").strip()[:200]
        if len(reason) >= 2:
            count = reads.contacts(request.user, thing).count()
            zh, en = f"{thing.name_zh}的联系人", f"contacts of {thing.name_en or thing.name_zh}"
            record_read(thing, request.user, (zh, en), count=count, reason=reason, unit=thing.unit)
        answer = self.get(request, *args, **kwargs)
        if len(reason) < 2:
            answer.status_code = 422
        return answer

    def extra(self, request: HttpRequest, thing: Enterprise) -> dict[str, Any]:
        """The contacts, when this is the answer to a reason."""
        reason = request.POST.get("reason", "").strip()
        shown = request.method == "POST" and len(reason) >= 2
        return {
            "asked": request.method == "POST" and not shown,
            "shown": shown,
            "contacts": list(reads.contacts(request.user, thing)) if shown else [],
            "may_enter": Enterprise.objects.enterable_by(request.user).filter(pk=thing.pk).exists(),
        }


class Changes(ListPage):
    """Requests to change register facts."""

    title = gettext_lazy("Change requests")
    columns = (
        Column("number", gettext_lazy("Number"), "pk", sort="pk", link=lambda r: reverse("registry:change", args=[r.pk])),
        Column("enterprise", gettext_lazy("Enterprise"), "enterprise", link=lambda r: link(r.enterprise)),
        Column("what", gettext_lazy("What"), lambda r: facts_named(r)),
        Column("state", gettext_lazy("State"), lambda r: state_of(r)),
        Column("by", gettext_lazy("Asked by"), "asked_by"),
        Column("on", gettext_lazy("Asked on"), "asked_on", sort="asked_on"),
        Column("decided", gettext_lazy("Decided by"), "decided_by"),
    )  # fmt: skip
    filters = (Choices("state", gettext_lazy("State"), EnterpriseChange.State.choices),)
    search_fields = ("enterprise.name_zh", "enterprise.uscc")
    order = "-on"
    empty_title = gettext_lazy("No change requests")
    empty_hint = gettext_lazy(
        "Facts that come from the market-supervision register are changed by request; ask on a firm's page."
    )

    def rows(self, request: HttpRequest) -> Any:
        """Within scope."""
        return queries.change_requests_visible_to(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many wait."""
        waiting = self.rows(request).filter(state=EnterpriseChange.State.OPEN).count()
        return ngettext("%(n)s change request is open.", "%(n)s change requests are open.", waiting) % {"n": waiting}


def state_of(row: EnterpriseChange) -> str:
    """Where a request stands, in words."""
    return _("awaiting a decision") if row.state == EnterpriseChange.State.OPEN else str(row.get_state_display())


def facts_named(row: EnterpriseChange) -> str:
    """The facts that a request would change, as the form names them."""
    from commercebrain.desk.registry.views.enterprise_forms import RegisterFacts

    known = RegisterFacts.base_fields
    names = [str(known[name].label) if name in known else name for name in row.changes]
    return ("、" if reader.chinese() else ", ").join(names)


class Merges(ListPage):
    """Rows that were one firm."""

    title = gettext_lazy("Merges")
    columns = (
        Column("number", gettext_lazy("Number"), "pk", sort="pk", link=lambda m: reverse("registry:merge", args=[m.pk])),
        Column("merged", gettext_lazy("Merged"), "merged"),
        Column("kept", gettext_lazy("Into"), "kept", link=lambda m: link(m.kept)),
        Column("day", gettext_lazy("Day"), "day", sort="day"),
        Column("by", gettext_lazy("By"), "person"),
        Column("score", gettext_lazy("Score"), "score", number=True, decimals=2, hidden=True),
        Column("undone", gettext_lazy("Undone on"), "undone_on", sort="undone_on"),
    )  # fmt: skip
    empty_title = gettext_lazy("Nothing was merged")
    empty_hint = gettext_lazy("Two rows of one firm are merged from the firm's page; a merge can be undone.")

    def rows(self, request: HttpRequest) -> Any:
        """Within scope."""
        return queries.merges_visible_to(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many."""
        return ngettext("%(n)s merge in your sight.", "%(n)s merges in your sight.", total) % {"n": total}


class MergePage(DetailPage):
    """One merge: what it stood on, what moved, and undoing it."""

    template_name = "registry/merge.html"

    def find(self, request: HttpRequest, **kwargs: Any) -> EnterpriseMerge | None:
        """A merge in sight."""
        return queries.merges_visible_to(request.user).filter(pk=kwargs["pk"]).first()

    def back(self) -> tuple[str, Any]:
        """To the list."""
        return reverse("registry:merges"), _("Merges")

    def answer(self, request: HttpRequest, thing: EnterpriseMerge) -> str:
        """What happened."""
        words = {"merged": thing.merged, "kept": thing.kept, "day": thing.day, "n": len(thing.journal)}
        if thing.undone_on:
            return _("%(merged)s was merged into %(kept)s on %(day)s; it has been undone.") % words
        return _("%(merged)s was merged into %(kept)s on %(day)s; %(n)s rows went along.") % words

    def fields(self, request: HttpRequest, thing: EnterpriseMerge) -> list[Field]:
        """Both, why, by whom."""
        return [
            Field(_("Merged"), f"{thing.merged} {thing.merged.uscc}"),
            Field(_("Into"), f"{thing.kept} {thing.kept.uscc}", link(thing.kept)),
            Field(_("Reason"), thing.reason),
            Field(_("By"), thing.person),
            Field(_("Day"), thing.day),
            Field(_("Undone on"), thing.undone_on),
            Field(_("Undone by"), thing.undone_by),
        ]

    def panels(self, request: HttpRequest, thing: EnterpriseMerge) -> list[Panel]:
        """The reasons of the score."""
        language = "zh" if reader.chinese() else "en"
        rows = [[row.get(language, ""), row.get("weight")] for row in thing.explanation]
        return [Panel(_("What it stood on"), [_("Reason"), _("Weight")], rows, _("The person’s own knowledge."))]

    def extra(self, request: HttpRequest, thing: EnterpriseMerge) -> dict[str, Any]:
        """Whether this person may undo it."""
        may = thing.undone_on is None and reads.of_the_bureau(request.user, thing.kept)
        return {"may_undo": may}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Undoes it."""
        from django.contrib import messages

        from commercebrain.desk.registry.actions import undo_merge
        from commercebrain.engine.errors import UserError

        thing = self.find(request, **kwargs)
        if thing is None:
            raise Http404
        if not reads.of_the_bureau(request.user, thing.kept):
            raise PermissionDenied
        try:
            undo_merge(request.user, thing)
        except UserError as fault:
            messages.error(request, fault.say(reader.language()))
        else:
            messages.success(request, _("The two are two again."))
        return redirect("registry:merge", pk=thing.pk)

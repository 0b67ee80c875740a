"""New cases: what may be begun, and the form for it; a firm's request and the window that takes it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms as django_forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.cases import actions, forms, pages, queries
from commercebrain.desk.cases.beginning import by_hand, of_firms, own_firms, units_to_start
from commercebrain.desk.cases.declared import templates
from commercebrain.desk.cases.edit_views import CaseForm
from commercebrain.desk.cases.models import Case
from commercebrain.desk.cases.views import FILTERS
from commercebrain.desk.core import reader
from commercebrain.desk.core.generic import Column, ListPage
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.errors import UserError


class Start(CaseForm):
    """A new case of a kind."""

    title = _("New case")
    save_label = _("Begin")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """A kind that the reader may begin."""
        found = templates().get(kwargs["template"])
        if found is None:
            raise Http404
        self.template = found
        self.units = units_to_start(request.user, found) if by_hand(found) else []
        if not self.units:
            raise PermissionDenied

    def heading(self, thing: Any) -> str:
        """The kind."""
        return _t("New case: %(kind)s") % {"kind": reader.said(self.template.name)}

    def answer(self, request: HttpRequest, thing: Any) -> Any:
        """What it is for."""
        return reader.said(self.template.definition)

    def back(self) -> tuple[str, Any]:
        """To the cases."""
        return reverse("cases:cases"), _("Cases")

    def form_type(self, request: HttpRequest, thing: Any) -> type[django_forms.Form]:
        """Title, place, firm, and what the first stages ask for."""
        codes = {unit.region_id for unit in self.units}
        below = Region.objects.filter(parent__in=codes, level="county")
        regions = Region.objects.filter(pk__in=[*codes, *below.values_list("pk", flat=True)]).order_by("code")
        units = Unit.objects.filter(pk__in=[unit.pk for unit in self.units]).order_by("path")
        return forms.start_form(self.template, request.user, regions, units if len(self.units) > 1 else None)

    def version(self, thing: Any) -> int | None:
        """There is none yet."""
        return None

    def act(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Case:
        """Begins it."""
        form: Any = self.posted
        values = {code: value for code, value in form.typed().items() if value not in (None, "")}
        self.case = actions.start(
            self.template.code, unit=data.get("unit") or self.units[0], region=data["region"],
            title=(data["title"], data.get("title_en") or data["title"]), person=request.user,
            enterprise=data.get("firm"), values=values,
        )  # fmt: skip
        self.saved_message = _t("%(number)s is begun.") % {"number": self.case.number}
        return self.case


class RequestNew(Start):
    """A firm's request to the bureau."""

    title = _("New request")
    save_label = _("Send")

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """For a firm's user."""
        codes = of_firms()
        self.firms = own_firms(request.user)
        if not codes:
            raise Http404
        if not self.firms:
            raise PermissionDenied
        self.template = templates()[codes[0]]

    def heading(self, thing: Any) -> str:
        """What it is."""
        return _t("New request")

    def answer(self, request: HttpRequest, thing: Any) -> Any:
        """What becomes of it."""
        first = next(iter(self.template.clocks.values()), None)
        text = _t("The bureau in charge of your firm answers; you follow it here.")
        if first is not None and first.within:
            from commercebrain.engine.cases.spans import Span

            within = Span.parse(first.within).words.say(reader.language())
            text += _t(" First step: %(name)s within %(span)s.") % {"name": reader.said(first.name), "span": within}
        return text

    def back(self) -> tuple[str, Any]:
        """To one's requests."""
        return reverse("cases:requests"), _("My requests")

    def form_type(self, request: HttpRequest, thing: Any) -> type[django_forms.Form]:
        """What the firm says."""
        return forms.request_form(self.template, request.user, self.firms)

    def act(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Case:
        """Sends it to the bureau in charge of the firm."""
        form: Any = self.posted
        firm = data.get("firm") or self.firms[0]
        if firm.unit is None:
            raise UserError(
                "cases.no_bureau", "您的企业尚未登记主管单位，请先联系当地商务局。",
                "No bureau is registered as in charge of your firm; contact the local bureau first.",
            )  # fmt: skip
        self.case = actions.start(
            self.template.code, unit=firm.unit, region=firm.region, title=data["title"], person=request.user,
            enterprise=firm, values={code: value for code, value in form.typed().items() if value not in (None, "")},
        )  # fmt: skip
        self.saved_message = _t("Sent: %(number)s.") % {"number": self.case.number}
        return self.case

    def done(self, request: HttpRequest, thing: Any) -> str:
        """To the request."""
        return pages.address(self.case)


class Requests(ListPage):
    """What firms ask: of a firm's user the own ones as cards, of the administration the window that takes them in."""

    template_name = "cases/requests.html"
    title = _("Requests of firms")
    filters = tuple(one for one in FILTERS if one.key not in ("template", "level"))
    search_fields = ("number", "title_zh", "enterprise__name_zh", "enterprise__uscc")
    columns = (
        Column("number", _("Number"), sort="number", link=pages.address, show=pages.one_line),
        Column("title", _("Title"), pages.title_of, link=pages.address),
        Column("firm", _("Enterprise"), "enterprise", sort="enterprise__name_zh", link=pages.firm_address),
        Column("stage", _("Stage"), lambda case: pages.stage_name(case), show=pages.stage_cell),
        Column("due", _("Due"), pages.due_of, sort="due", show=pages.due_cell),
        Column("officer", _("Officer"), "officer", sort="officer__username"),
        Column("unit", _("Unit"), "unit", sort="unit__path"),
        Column("opened", _("Sent"), "opened_on", sort="opened_on", show=pages.one_line),
    )
    reads = ("cases.case", "企业诉求", "requests of firms")
    firms: Sequence[Enterprise] = ()
    empty_title = _("No request yet")
    empty_hint = _("A firm sends a request here; its bureau takes it in within one working day.")

    def rows(self, request: HttpRequest) -> QuerySet[Case]:
        """Requests in sight, open ones first, those that wait longest at the top."""
        return queries.in_order(queries.cases(request.user)).filter(template__in=of_firms())

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """How many wait to be taken in, how many are open, how many late."""
        first = {templates()[code].first for code in of_firms()}
        told = rows.filter(state=Case.State.OPEN).order_by().values_list("stage", "late")
        new, late, open_ = sum(stage in first for stage, _late in told), sum(late for _stage, late in told), len(told)
        if self.firms:
            text = ngettext("%(n)s request is open", "%(n)s requests are open", open_) % {"n": open_}
            return pages.joined([text]) if open_ else _t("You have no open request.")
        if not open_:
            return ""
        parts = [
            ngettext("%(n)s request to take in", "%(n)s requests to take in", new) % {"n": new},
            ngettext("%(n)s open", "%(n)s open", open_) % {"n": open_},
            _t("%(n)s late") % {"n": late} if late else _t("none past its clock"),
        ]
        return pages.joined(parts)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Who reads: a firm's user is shown cards."""
        self.firms = own_firms(request.user)
        if self.firms:
            self.title = _("My requests")
        return super().get(request, *args, **kwargs)

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """What the cards of a firm say."""
        for case in rows if self.firms else ():
            case.card_stage, case.card_title = pages.stage_cell(case), pages.title_of(case)
        return rows

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the reader is a firm's user, and may ask."""
        return {"firm_reader": bool(self.firms), "may_ask": bool(self.firms) and bool(of_firms())}


__all__ = ["RequestNew", "Requests", "Start"]

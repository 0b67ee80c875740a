"""Pages of the ranking: which there are, one with its points by rule and event, computing, signing, appealing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue, indicator_name
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import number
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.generic import Column, ListPage
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry.models import Region
from commercebrain.desk.warnings.models import Ranking
from commercebrain.desk.warnings.ranking import actions, queries
from commercebrain.desk.warnings.ranking.declared import rankings
from commercebrain.engine.cases.ranking import ItemOf
from commercebrain.engine.errors import UserError

#: How many past periods may be computed.
OFFERED = {"month": 12, "quarter": 6, "year": 3}


def name_of(ranking: Ranking) -> str:
    """What the ranking is called."""
    return reader.said(ranking.declaration.get("name")) or _t("Ranking of counties")


def state_of(ranking: Ranking) -> str:
    """Signed, or not yet."""
    return _t("signed") if ranking.signed_at is not None else _t("not signed yet")


def state_cell(ranking: Ranking, _value: Any = None) -> Any:
    """The same with its shape."""
    return format_html(
        '<span><span aria-hidden="true">{}</span> {}</span>', "✔" if ranking.signed_at else "○", state_of(ranking)
    )


class Rankings(ListPage):
    """The rankings that concern a reader."""

    template_name = "ranking/rankings.html"
    title = _("Ranking of counties")
    columns = (
        Column(
            "period",
            _("Period"),
            lambda one: period_words(one.period),
            sort="period",
            link=lambda one: reverse("ranking:ranking", args=[one.pk]),
        ),
        Column("name", _("Ranking"), name_of),
        Column("unit", _("Unit"), "unit", sort="unit__path"),
        Column("state", _("State"), state_of, show=state_cell),
        Column("as_of", _("As known on"), "as_of", sort="as_of"),
        Column("made_by", _("Computed by"), "made_by"),
        Column("signed_by", _("Signed by"), "signed_by"),
        Column("signed_at", _("Signed at"), "signed_at", sort="signed_at"),
    )
    search_fields = ("period",)
    empty_title = _("No ranking yet")
    empty_hint = _(
        "The bureau computes it for a period; the leader in charge signs it. Until then a county sees its own row."
    )

    def rows(self, request: HttpRequest) -> QuerySet[Ranking]:
        """In sight of the reader."""
        return queries.rankings(request.user)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """How many, and how many wait."""
        waiting = rows.filter(signed_at=None).count()
        told = {"n": int(total), "waiting": waiting}
        if not told["n"]:
            return ""
        text = (
            ngettext(
                "%(n)s ranking, %(waiting)s not signed yet.", "%(n)s rankings, %(waiting)s not signed yet.", told["n"]
            )
            if waiting
            else ngettext("%(n)s ranking, signed.", "%(n)s rankings, all signed.", told["n"])
        )
        return text % told

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the reader may compute one."""
        return {"may_make": bool(bureaus(request.user)) and bool(rankings())}


def bureaus(person: Any) -> list[Unit]:
    """The bureaus with counties below for which a person may compute a ranking."""
    above = Region.objects.filter(level="county").values("parent")
    rows = Unit.objects.filter(closed_on=None, region__in=above).select_related("region").order_by("path")
    tops = [unit for unit in rows if unit.region.level == "city" and queries.may_make(person, unit.pk)]
    paths = {unit.path for unit in tops}
    return [unit for unit in tops if not any(unit.path != path and unit.path.startswith(path) for path in paths)]


def periods(every: str) -> list[str]:
    """The periods that may be computed, the latest that is over first, then the running one."""
    day, found = today(), []
    for back in range(OFFERED[every] + 1):
        if every == "year":
            found.append(str(day.year - back))
        elif every == "quarter":
            number_ = day.year * 4 + (day.month - 1) // 3 - back
            year, quarter = divmod(number_, 4)
            found.append(f"{year}-01..03" if quarter == 0 else f"{year}-Q{quarter + 1}")
        else:
            number_ = day.year * 12 + day.month - 1 - back
            found.append(f"{number_ // 12}-{number_ % 12 + 1:02d}")
    return [*found[1:], found[0]]


def period_words(period: str) -> str:
    """A period in words."""
    if period.endswith("-01..03"):
        period = f"{period[:4]}-Q1"
    if "-Q" in period:
        year, quarter = period.split("-Q")
        return _t("%(year)s, quarter %(q)s") % {"year": year, "q": quarter}
    return period


class Compute(FormPage):
    """Computes the ranking of a period."""

    title = _("Compute a ranking")
    save_label = _("Compute")
    saved_message = _("Computed; the leader in charge signs it.")
    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """For who enters for a bureau with counties."""
        self.bureaus = bureaus(request.user)
        if not self.bureaus:
            raise PermissionDenied

    def answer(self, request: HttpRequest, thing: Any) -> Any:
        """What it does."""
        return _t("Every point follows from a declared rule and the events behind it; logging in gives none.")

    def back(self) -> tuple[str, Any]:
        """To the rankings."""
        return reverse("ranking:rankings"), _("Ranking of counties")

    def form_type(self, request: HttpRequest, thing: Any) -> type[forms.Form]:
        """Which, of whom, when."""
        held = rankings()
        rules = [(code, one.name.say(reader.language())) for code, one in held.items()]
        offered: dict[str, str] = {}
        for one in held.values():
            offered |= {period: period_words(period) for period in periods(one.every)}
        units = Unit.objects.filter(pk__in=[unit.pk for unit in self.bureaus]).order_by("path")
        return type(
            "ComputeForm", (forms.Form,),
            {
                "rules": forms.ChoiceField(label=_("Scoring rules"), choices=rules),
                "unit": forms.ModelChoiceField(units, label=_("Unit"), empty_label=None),
                "period": forms.ChoiceField(label=_("Period"), choices=list(offered.items())),
            },
        )  # fmt: skip

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Ranking:
        """Computes it."""
        return actions.compute(data["unit"], data["rules"], data["period"], request.user)

    def done(self, request: HttpRequest, thing: Ranking) -> str:
        """To the ranking."""
        return reverse("ranking:ranking", args=[thing.pk])


def ranking_or_404(request: HttpRequest, pk: int) -> Ranking:
    """A ranking in sight."""
    found = queries.find(request.user, pk)
    if found is None:
        raise Http404
    return found


class RankingPage(ListPage):
    """One ranking: the rows in sight, every point with its rule and event."""

    template_name = "ranking/ranking.html"
    title = _("Ranking of counties")
    page_size = 200
    search_fields = ("name_zh", "name_en")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Which one."""
        super().setup(request, *args, **kwargs)
        self.pk = kwargs.get("pk")

    def rows(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The rows in sight."""
        self.ranking = ranking_or_404(request, self.pk)
        self.sight = queries.sight(request.user, self.ranking)
        self.title = f"{name_of(self.ranking)} {period_words(self.ranking.period)}"
        self.columns = self._columns()
        return self.sight.rows(self.ranking)

    def _columns(self) -> tuple[Column, ...]:
        declared = {one["code"]: one for one in self.ranking.declaration.get("items", [])}

        def points(code: str) -> Any:
            return lambda row: next((_dec(one["points"]) for one in row["items"] if one["code"] == code), None)

        return (
            Column("place", _("Rank"), "place", number=True, decimals=0, sort=lambda row: row["place"]),
            Column("county", _("County"), county_name, sort=lambda row: row["key"], show=county_cell(self.sight.own)),
            Column("total", _("Points of 100"), lambda row: _dec(row["total"]), number=True, decimals=2, sort=lambda row: _dec(row["total"])),
            *(
                Column(code, reader.said(one["name"]), points(code), unit=_t("of %(n)s") % {"n": number(_dec(one["points"]))}, number=True, decimals=2, sort=points(code))
                for code, one in declared.items()
            ),
        )  # fmt: skip

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """Own place and method; for the bureau the first and the last."""
        held = self.ranking.result.get("rows", [])
        placed = [row for row in held if row["place"] is not None]
        own = [row for row in held if row["key"] in self.sight.own]
        if own and own[0]["place"] is not None:
            told = {
                "name": county_name(own[0]),
                "place": own[0]["place"],
                "of": len(placed),
                "total": number(_dec(own[0]["total"]), 2),
            }
            text = _t("%(name)s: place %(place)s of %(of)s, %(total)s points.") % told
            if not self.sight.whole:
                text += " " + _t("The whole ranking appears once the leader in charge has signed it.")
            return text
        if not placed:
            return _t("Nothing could be scored; why is told with each item.")
        if not self.sight.whole:
            return _t("The whole ranking appears once the leader in charge has signed it.")
        told = {"name": county_name(placed[0]), "total": number(_dec(placed[0]["total"]), 2), "n": len(placed)}
        return (
            ngettext(
                "%(n)s county ranked, %(name)s with %(total)s points.",
                "%(n)s counties ranked, first %(name)s with %(total)s points.", len(placed),
            ) % told
        )  # fmt: skip

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Method, points with rule and event, appeals, and what the reader may do."""
        ranking, sight = self.ranking, self.sight
        shown = sight.rows(ranking)
        appeals = [one for one in ranking.result.get("appeals", []) if sight.inside or one["key"] in sight.own]
        names = {row["key"]: county_name(row) for row in ranking.result.get("rows", [])}
        items = {one["code"]: ItemOf.model_validate(one) for one in ranking.declaration.get("items", [])}
        return {
            "ranking": ranking,
            "sight": sight,
            "method": [method_line(one) for one in ranking.declaration.get("items", [])],
            "definition": reader.said(ranking.declaration.get("definition")),
            "help": reader.said(ranking.result.get("help")) if sight.whole else "",
            "approval": ranking.declaration.get("approval") or ranking.declaration.get("plan") or "",
            "details": [detail(row, items) for row in shown],
            "appeals": [{**one, "name": names.get(one["key"], one["key"])} for one in appeals],
            "may_sign": queries.may_sign(request.user, ranking),
            "own_made": ranking.made_by_id == request.user.pk and ranking.signed_at is None,
            "may_make": sight.inside and ranking.signed_at is None and queries.may_make(request.user, ranking.unit_id),
            "may_appeal": bool(queries.may_appeal(request.user, ranking)),
            "back": (reverse("ranking:rankings"), _("Ranking of counties")),
            "state": state_of(ranking),
        }


def _dec(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def county_name(row: dict[str, Any]) -> str:
    """A county by its name."""
    return str(row["name_zh"] if reader.chinese() else row["name_en"] or row["name_zh"])


def county_cell(own: frozenset[str]) -> Any:
    """The county, with a mark for the reader's own."""

    def show(row: dict[str, Any], value: Any) -> Any:
        if row["key"] not in own:
            return value
        return format_html('<strong>{}</strong> <span class="text-secondary">{}</span>', value, _t("own"))

    return show


def method_line(item: dict[str, Any]) -> dict[str, str]:
    """An item's rule in words."""
    known = catalogue().indicators.get(item["figure"])
    return {
        "name": reader.said(item["name"]),
        "figure": indicator_name(item["figure"]),
        "url": reverse("web:indicator", args=[item["figure"]]) if known else "",
        "event": reader.said(item["event"]),
        "rule": ItemOf.model_validate(item).rule.say(reader.language()),
        "least": str(item.get("least", 1)),
    }


def detail(row: dict[str, Any], declared: Mapping[str, ItemOf]) -> dict[str, Any]:
    """A county's points, each with what was measured, the events and the rule."""
    items = []
    for one in row["items"]:
        value, item = _dec(one["value"]), declared.get(one["code"])
        told = number(value) if value is None or item is None else item.say(value).say(reader.language())
        items.append({
            "name": indicator_name(one["figure"]), "value": told, "points": number(_dec(one["points"]), 2),
            "of": number(_dec(one["of"])), "why": reader.said(one["why"]), "events": one["events"],
            "which": one["which"], "beside": beside(one.get("beside"), item),
        })  # fmt: skip
    return {
        "name": county_name(row),
        "key": row["key"],
        "place": row["place"],
        "total": number(_dec(row["total"]), 2),
        "items": items,
    }


def beside(kept: Mapping[str, str] | None, item: ItemOf | None) -> dict[str, str]:
    """The figure that stands beside a measured one, with its name and its unit; nothing where there is none."""
    if not kept or item is None:
        return {}
    value = item.say(Decimal(kept["value"])).say(reader.language())
    return {"name": indicator_name(kept["figure"]), "value": value}


@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Signs it."""
    ranking = ranking_or_404(request, pk)
    if not queries.is_leader(request.user, ranking.unit.path):
        raise PermissionDenied
    try:
        actions.sign(ranking, request.user)
    except UserError as fault:
        messages.warning(request, fault.say(reader.language()))
    else:
        messages.success(request, _t("Signed: every county below sees the whole ranking now."))
    return redirect("ranking:ranking", pk)


class AppealForm(forms.Form):
    """What a county says against its points."""

    text = forms.CharField(label=_("Appeal"), max_length=500, widget=forms.Textarea({"rows": 3}))


class Appeal(FormPage):
    """A county's appeal."""

    title = _("Appeal")
    form_class = AppealForm
    save_label = _("Send")
    saved_message = _("The appeal stands beside the row; the bureau is told.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Ranking:
        """A ranking with a row of the own county."""
        ranking = ranking_or_404(request, kwargs["pk"])
        self.counties = queries.may_appeal(request.user, ranking)
        if not self.counties:
            raise PermissionDenied
        self.ranking = ranking
        return ranking

    def answer(self, request: HttpRequest, thing: Ranking) -> Any:
        """What it does."""
        return _t("It stands beside the row of %(county)s and changes no point by itself.") % {
            "county": self.counties[0]
        }

    def back(self) -> tuple[str, Any]:
        """To the ranking."""
        return reverse("ranking:ranking", args=[self.ranking.pk]), name_of(self.ranking)

    def save(self, request: HttpRequest, thing: Ranking, data: dict[str, Any], version: int | None) -> Ranking:
        """Keeps it."""
        actions.appeal(thing, self.counties[0], request.user, data["text"])
        return thing

    def done(self, request: HttpRequest, thing: Ranking) -> str:
        """To the ranking."""
        return reverse("ranking:ranking", args=[thing.pk])


__all__ = ["Appeal", "Compute", "RankingPage", "Rankings", "sign"]

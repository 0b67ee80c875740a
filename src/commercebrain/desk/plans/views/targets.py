"""Targets: the list with where each will land, and the page of one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views import View

from commercebrain.desk.core.catalogue import area_name, catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import number, percent, unit_words
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.plans import actions, queries
from commercebrain.desk.plans.answers import (
    answer,
    chance_words,
    decimals,
    in_language,
    notes,
    points,
    reason,
    signed_percent,
    summary,
)
from commercebrain.desk.plans.charts import moved_chart, path_chart, season_chart, through
from commercebrain.desk.plans.forms import KINDS, ScheduleForm
from commercebrain.desk.plans.lines import promise, promised_for, subject
from commercebrain.desk.plans.outlook import Outlook, TargetState, assessments, outlook
from commercebrain.desk.plans.panels import TARGET, parts
from commercebrain.desk.plans.views.documents import plan_choices
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators import Figure
from commercebrain.engine.outlook.history import Answer

STATES = (
    ("unmet", _("unmet")),
    ("off_path", _("gap")),
    ("at_risk", _("at risk")),
    ("on_path", _("on path")),
    ("met", _("met")),
    ("not_measurable", _("not measurable")),
)
_ORDER = [code for code, _label in STATES]


def read_as_of(request: HttpRequest) -> date:
    """The date in ``?as_of=``; the business date where there is none. UserError for one that is no past day."""
    text = request.GET.get("as_of", "").strip()
    if not text:
        return today()
    try:
        day = date.fromisoformat(text)
    except ValueError as fault:
        raise UserError(
            "as_of.unreadable",
            f"“{text[:20]}”不是日期，请写成 2025-06-30 的样子。",
            f"“{text[:20]}” is no date; write it like 2025-06-30.",
        ) from fault
    if day > today():
        raise UserError(
            "as_of.future",
            f"{day} 晚于业务日期 {today()}，那时的数据还不存在。",
            f"{day} is later than the business date {today()}; there are no figures of that day yet.",
        )
    return day


def _regions(request: HttpRequest) -> list[tuple[str, str]]:
    rows = queries.targets(request.user).order_by("region__code")
    seen = ((row.region.code, str(row.region)) for row in rows if row.region)
    return list(dict.fromkeys(seen))


def _areas(request: HttpRequest) -> list[tuple[str, str]]:
    areas = sorted(catalogue().areas.items(), key=lambda item: item[1].order)
    return [(code, area_name(code)) for code, _area in areas]


def _now(row: TargetState) -> Decimal | None:
    return row.assessment.value


def _landing(row: TargetState) -> Decimal | None:
    return row.assessment.landing.point if row.assessment.landing else None


def _best_schedule(row: TargetState) -> Decimal | None:
    return row.assessment.ahead


class Targets(ListPage):
    """All targets with their states, worst first."""

    title = _("Targets")
    template_name = "plans/list.html"
    search_fields = ("target.indicator_text", "target.region_text", "target.quote", "target.section")
    search_hint = _("indicator, place or words of the plan")
    order = "state"
    page_size = 100
    empty_title = _("No target is live yet")
    empty_hint = _("Take in a plan and review what was read: each accepted promise becomes a target here.")
    columns = (
        Column("indicator", _("indicator"), value=lambda row: subject(row.target), sort=lambda row: subject(row.target), link=lambda row: reverse("plans:target", args=[row.target.pk])),
        Column("region", _("region"), value=lambda row: str(row.target.region or row.target.region_text), sort=lambda row: row.target.region.code if row.target.region else "~"),
        Column("target", _("target"), value=lambda row: promise(row.target), show="plans/cells/nowrap.html"),
        Column("year", _("due"), value=lambda row: promised_for(row.target), sort=lambda row: row.target.target_year or 9999),
        Column("state", _("state"), value=lambda row: row.state, sort=lambda row: _ORDER.index(row.state), show="plans/cells/state.html"),
        Column("now", _("value now"), value=_now, unit=_("target's unit"), sort=_now, show="plans/cells/now.html", number=True),
        Column("attainment", _("attainment"), unit="%", value=lambda row: row.assessment.attainment, sort=lambda row: row.assessment.attainment, show="plans/cells/percent.html", number=True),
        Column("ahead", _("against schedule"), unit=_("percentage points"), value=_best_schedule, sort=_best_schedule, show="plans/cells/points.html", number=True),
        Column("landing", _("landing"), unit=_("target's unit"), value=_landing, sort=_landing, show="plans/cells/landing.html", number=True),
        Column("chance", _("chance"), value=lambda row: row.assessment.chance, sort=lambda row: row.assessment.chance, show="plans/cells/chance.html", number=True),
        Column("area", _("area"), value=lambda row: area_name(row.target.area) if row.target.area else "", sort=lambda row: row.target.area, hidden=True),
        Column("kind", _("kind"), value=lambda row: str(KINDS.get(row.target.kind, row.target.kind)), sort=lambda row: row.target.kind, hidden=True),
        Column("reason", _("reason"), value=reason, hidden=True),
        Column("plan", _("plan"), value=lambda row: row.target.document.title, link=lambda row: reverse("plans:document", args=[row.target.document_id]), hidden=True),
        Column("quote", _("words of the plan"), value=lambda row: row.target.quote, hidden=True),
    )  # fmt: skip
    filters = (
        Filter("state", _("state"), options=STATES, test=lambda row, value: row.state == value),
        Filter("region", _("region"), options=_regions, test=lambda row, value: bool(row.target.region and row.target.region.code == value)),
        Filter("area", _("area"), options=_areas, test=lambda row, value: row.target.area == value),
        Filter("document", _("plan"), options=plan_choices, test=lambda row, value: str(row.target.document_id) == value),
        Filter("kind", _("kind"), options=tuple(KINDS.items()), test=lambda row, value: row.target.kind == value),
    )  # fmt: skip

    def rows(self, request: HttpRequest) -> Any:
        """Every target in scope with its assessment: one query and what is in memory."""
        return assessments(request.user, read_as_of(request))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many can be measured."""
        return summary(list(rows)) if total else ""


class TargetPage(View):
    """One target: the answer, the promise word for word, the path, the figures behind."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        return self._page(request, pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Enters the agreed schedule."""
        target = self._find(request, pk)
        form = ScheduleForm(target, request.POST)
        if not form.is_valid():
            return self._page(request, pk, form, 400)
        actions.agree_schedule(request.user, target, form.values())
        return redirect("plans:target", pk)

    def _find(self, request: HttpRequest, pk: int) -> Any:
        target = queries.targets(request.user).filter(pk=pk).first()
        if target is None:
            raise Http404
        return target

    def _page(self, request: HttpRequest, pk: int, form: ScheduleForm | None = None, status: int = 200) -> HttpResponse:
        target = self._find(request, pk)
        day = read_as_of(request)
        view = outlook(request.user, day)
        state = view.state(target)
        figures = _table(view, state)
        moves = view.moved(state)
        changeable = queries.may_change(request.user, target)
        context = {
            "target": state.target,
            "printed": target if state.target is not target else None,
            "parts": parts(TARGET, request, state, view),
            "state": state,
            "found": state.assessment,
            "answer": answer(state),
            "reason": reason(state),
            "notes": notes(state),
            "subject": subject(state.target),
            "promise": promise(state.target),
            "due": promised_for(state.target),
            "printed_promise": promise(target),
            "measures": _measures(state),
            "missing": _missing(state),
            "rows": figures,
            "disagreements": _disagreements(state, figures),
            "other_calibres": _other_calibres(view, state),
            "path": path_chart(state),
            "season": season_chart(state),
            "moved": moved_chart(state, moves),
            "moves": _moves(state, moves),
            "as_of": day,
            "today": today(),
            "vintage": max((f.published for f in figures if f.published), default=None),
            "may_change": changeable,
            "form": form or (ScheduleForm(target) if changeable and target.target_year else None),
        }  # fmt: skip
        return render(request, "plans/target.html", context, status=status)


def _moves(state: TargetState, answers: list[Answer]) -> list[dict[str, Any]]:
    """The rows of the table “how the answer moved”, the latest first."""
    rows = []
    for one in reversed(answers):
        landing, chance = one.assessment.landing, one.assessment.chance
        row = {"through": through(one), "day": one.day, "state": one.assessment.state, "chance": chance_words(chance)}
        if landing is not None:
            row |= {
                key: number(getattr(landing, key), decimals(landing.point, state.unit))
                for key in ("point", "low80", "high80")
            }
        rows.append(row)
    return rows


def _other_calibres(view: Outlook, state: TargetState) -> list[Figure]:
    """What is known in another calibre than the target's, levels and growth alike: shown, never compared."""
    if state.indicator is None or state.target.region is None:
        return []
    known = view.history(state.indicator.code, state.target.region.code)
    return [
        figure
        for figure in known
        if figure.calibre != state.terms.calibre and (figure.value is not None or figure.growth is not None)
    ]


def _table(view: Outlook, state: TargetState) -> list[Figure]:
    """The figures behind a target: each year (the missing ones too), then the running total that counts."""
    if state.indicator is None or state.target.region is None:
        return []
    rows = view.years(state.indicator.code, state.target.region.code)
    for figure in (state.assessment.value_now, state.assessment.ytd):
        if figure is not None and figure.period not in {row.period for row in rows}:
            rows = [*rows, figure]
    return rows


def _disagreements(state: TargetState, figures: list[Figure]) -> list[Figure]:
    return [figure for figure in figures if figure.disagreements]


def _missing(state: TargetState) -> list[str]:
    """The series or years that are missing, the indicator by its name in the reader's language."""
    terms = state.terms
    name = in_language(terms.name_zh, terms.name_en)
    return [name if item == terms.name_zh else item for item in state.assessment.missing]


def _measures(state: TargetState) -> list[dict[str, str]]:
    """The numbers of a target in the order in which they are asked for; those that do not apply are left out."""
    found, unit = state.assessment, unit_words(state.unit)
    shown: list[dict[str, str]] = []

    def add(label: Any, value: Any, text: str, aside: str = "") -> None:
        if value is not None:
            shown.append({"label": str(label), "text": text, "aside": aside})

    def level(value: Decimal | None) -> str:
        return "" if value is None else f"{number(value, decimals(value, state.unit))} {unit}".strip()

    now = found.value_now
    said = in_language(now.period.say("zh"), now.period.say("en")) if now else ""
    add(_("value now"), found.value, level(found.value), said)
    straight = found.schedule_straight
    on_line = _t("straight line: %(n)s")
    add(
        _("attainment"), found.attainment, percent(found.attainment),
        on_line % {"n": percent(straight.attainment)} if straight and straight.attainment is not None else "",
    )  # fmt: skip
    add(
        _("progress of the increment"), found.progress, percent(found.progress),
        on_line % {"n": percent(straight.progress)} if straight and straight.progress is not None else "",
    )  # fmt: skip
    add(_("against schedule"), found.ahead, points(found.ahead), _t("percentage points"))
    season = found.schedule_season
    ytd = in_language(found.ytd.period.say("zh"), found.ytd.period.say("en")) if found.ytd else ""
    add(
        _("the year's own target so far"), found.ytd_attainment, percent(found.ytd_attainment),
        _t("%(period)s; by the own season: %(n)s") % {"period": ytd, "n": percent(season.attainment)}
        if season and season.attainment is not None
        else ytd,
    )  # fmt: skip
    add(_("required growth a year"), found.required_growth, signed_percent(found.required_growth))
    add(
        _("required in the rest of the year"), found.required_rest_growth,
        signed_percent(found.required_rest_growth), _t("against the same months of last year"),
    )  # fmt: skip
    add(_("growth so far, a year"), found.growth_so_far, signed_percent(found.growth_so_far))
    add(
        _("best three years on record, a year"), found.best_three_year_growth,
        signed_percent(found.best_three_year_growth),
    )  # fmt: skip
    landing = found.landing
    if landing is not None:
        add(
            _("landing"), landing.point, level(landing.point),
            _t("80%% band %(low)s to %(high)s") % {"low": level(landing.low80), "high": level(landing.high80)},
        )  # fmt: skip
    add(_("chance"), found.chance, chance_words(found.chance))
    return shown

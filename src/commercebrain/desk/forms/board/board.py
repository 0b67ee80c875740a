"""The reporting board: what share of the firms has reported, by county, township and chase list, week by week."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.filters import one_of
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.core.memo import once
from commercebrain.desk.forms import queries
from commercebrain.desk.forms.board.words import form_name, heat, period_name, share
from commercebrain.desk.forms.models import Round
from commercebrain.desk.forms.moment import now
from commercebrain.desk.forms.queries import Board, Line
from commercebrain.engine.forms.status import Rates

#: How many periods may be chosen from; an older one opens by its address.
OFFERED = 60
BY = ((queries.COUNTY, _("by county")), (queries.TOWNSHIP, _("by township")), (queries.LIST, _("by chase list")))


def _key(form: str, unit: int) -> str:
    return f"{form}.{unit}"


def _offered(request: HttpRequest) -> list[tuple[str, Any]]:
    return once(("forms offered", request.user.pk), lambda: queries.offered(request.user))


class Choice(Filter):
    """A part of the question of the page: it decides what the rows are, and shows what was asked where nothing was said."""

    def shown(self, params: Any, request: Any, value: Any, fault: str) -> dict[str, Any]:
        """As every filter is drawn, with what the page answers."""
        drawn = super().shown(params, request, value, fault)
        asked = getattr(request, "board_asked", None)
        if asked is not None and not fault:
            drawn["value"] = asked.get(self.key, "")
            drawn["used"] = False
        return drawn


class FormChoice(Choice):
    """The form, with the bureau that asks or by its code alone, as links from elsewhere have it."""

    def read(self, params: Any, request: Any = None) -> Any:
        """A code alone means the first bureau that asks it."""
        value = one_of(params, self.key)
        return value if value in {form for form, _unit in _offered(request)} else super().read(params, request)


class GroupingChoice(Choice):
    """What a line stands for; who sees no counties is shown the townships in their place."""

    def read(self, params: Any, request: Any = None) -> Any:
        """Any of the groupings, whether it is offered to the reader or not."""
        value = one_of(params, self.key)
        return value if value in dict(BY) else super().read(params, request)


def _forms(request: HttpRequest) -> list[tuple[str, str]]:
    found = _offered(request)
    several = len({unit.pk for _form, unit in found}) > 1
    named = {}
    for form, unit in found:
        row = Round.objects.filter(form=form, unit=unit).first()
        name = form_name(row) if row else form
        named[_key(form, unit.pk)] = f"{name} · {unit}" if several else name
    return list(named.items())


def _periods(request: HttpRequest) -> list[tuple[str, str]]:
    asked = getattr(request, "board_asked", None) or ask(request)
    if asked["unit"] is None:
        return []
    names = [row.period for row in reversed(queries.last_periods(asked["code"], asked["unit"], OFFERED))]
    return [(one, period_name(one)) for one in dict.fromkeys([*names, asked["period"]]) if one]


def _groupings(request: HttpRequest) -> list[tuple[str, Any]]:
    asked = getattr(request, "board_asked", None) or ask(request)
    return [(code, label) for code, label in BY if code in asked["groupings"]]


def ask(request: HttpRequest) -> dict[str, Any]:
    """What the page answers: form, bureau, rounds, period and grouping; what is not said is what is usual."""
    offered = _offered(request)
    wanted = request.GET.get("form", "")
    form, unit = next(
        ((form, unit) for form, unit in offered if _key(form, unit.pk) == wanted or form == wanted),
        offered[0] if offered else ("", None),
    )
    held = queries.last_periods(form, unit) if unit is not None else []
    period = request.GET.get("period", "")
    chosen = next((row for row in held if row.period == period), None)
    if chosen is None and period and unit is not None and (earlier := queries.round_at(form, unit, period)):
        chosen, held = earlier, queries.last_periods(form, unit, until=earlier.opens_at)
    chosen = chosen or queries.shown_first(held)
    groupings = queries.groupings(request.user, unit) if unit is not None else tuple(dict(BY))
    by = request.GET.get("by", "")
    found = {
        "form": _key(form, unit.pk) if unit is not None else "",
        "code": form,
        "unit": unit,
        "held": held,
        "period": chosen.period if chosen else "",
        "round": chosen,
        "by": by if by in groupings else groupings[0],
        "groupings": groupings,
    }
    request.board_asked = found
    return found


def board_of(request: HttpRequest) -> Board | None:
    """The board that is asked for; none where no round is in sight."""
    asked = ask(request)
    if asked["unit"] is None or not asked["held"]:
        return None
    periods = [row.period for row in asked["held"]]
    return queries.board(request.user, asked["code"], asked["unit"], periods, asked["period"], asked["by"])


class BoardPage(ListPage):
    """Who has reported: one sentence, the strip of the last rounds, and the table of the chosen one."""

    template_name = "forms/board.html"
    title = _("Reporting board")
    order = ""
    page_size = 200
    search_fields = ("name", "name_en")
    search_hint = _("place or list")
    filters = (
        FormChoice("form", _("Form"), _forms, test=lambda row, value: True),
        Choice("period", _("Period"), _periods, test=lambda row, value: True),
        GroupingChoice("by", _("Grouped"), _groupings, test=lambda row, value: True),
    )
    empty_title = _("No round has been opened yet")
    empty_hint = _("A bureau opens a form once, under Forms; from then on its rounds open by themselves.")
    board: Board | None = None

    def rows(self, request: HttpRequest) -> list[Line]:
        """One line a county, township or list."""
        self.board = board_of(request)
        self.columns = self._columns(request)
        return list(self.board.lines) if self.board else []

    def _columns(self, request: HttpRequest) -> tuple[Column, ...]:
        found = self.board
        period = found.period if found else ""
        scored = bool(found and period in found.scored)

        def number(what: str) -> Any:
            return lambda line: getattr(line.at(period), what)

        def part(what: str) -> Any:
            return lambda line: _percent(getattr(line.at(period), what)) if scored else None

        more = []
        if found and not found.whole and found.by == queries.COUNTY:
            more = [Column("place", _("place"), lambda line: f"{line.place} / {line.of}" if line.place else None)]
        return (
            Column("name", _("place or list"), _name, sort=lambda line: line.key, link=lambda line: _chase(request, line)),
            Column("asked", _("firms asked"), number("asked"), number=True, decimals=0, sort=number("asked")),
            Column("filed", _("filed"), number("filed"), number=True, decimals=0, sort=number("filed")),
            Column("missing", _("not filed"), number("missing"), number=True, decimals=0, sort=number("missing")),
            Column("rate", _("reporting rate"), part("rate"), unit="%", number=True, decimals=1, sort=part("rate")),
            Column("timely", _("on time"), part("on_time_rate"), unit="%", number=True, decimals=1, sort=part("on_time_rate")),
            Column("same", _("reported unchanged"), part("unchanged_rate"), unit="%", number=True, decimals=1, sort=part("unchanged_rate")),
            Column("returned", _("sent back"), number("returned"), number=True, decimals=0, sort=number("returned")),
            Column("passed", _("passed"), number("passed"), number=True, decimals=0, sort=number("passed")),
            *more,
        )  # fmt: skip

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """“Reporting rate 96.4%, 31 firms have not reported, 4 counties below 100%.”"""
        return sentence(self.board) if self.board else ""

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The strip, the tabs, and what belongs to the round."""
        found, asked = self.board, request.board_asked
        if found is None:
            return {"found": None}
        moment = now()
        running = {row.period for row in asked["held"] if row.due_at > moment}
        rows = [
            {
                "name": _name(line),
                "link": _chase(request, line),
                "cells": [_cell(line.at(one), one in found.scored, one in running) for one in found.periods],
            }
            for line in found.lines
        ]
        total = [_cell(found.total.get(one) or Rates(), one in found.scored, one in running) for one in found.periods]
        params = {"form": asked["form"], "period": asked["period"]}
        return {
            "found": found,
            "round": asked["round"],
            "strip": rows,
            "total_cells": total,
            "strip_heads": [
                {
                    "period": row.period, "short": row.period.split("-", 1)[-1], "name": period_name(row.period),
                    "chosen": row.period == found.period, "running": row.period in running, "url": "?" + urlencode({**params, "period": row.period, "by": asked["by"]}),
                }
                for row in asked["held"]
            ],
            "tabs_by": [
                {"label": label, "url": "?" + urlencode({**params, "by": code}), "active": code == asked["by"]}
                for code, label in BY
                if code in asked["groupings"]
            ],
            "timely": share(found.now().on_time_rate) if found.period in found.scored else "—",
            "same": share(found.now().unchanged_rate) if found.period in found.scored else "—",
            "period_name": period_name(found.period),
            "chase_url": missing_at(asked["round"]),
        }  # fmt: skip


def missing_at(row: Round) -> str:
    """Where the firms that have not reported stand: the chase while the round is open, all reports after that."""
    params = {"form": row.form, "period": row.period}
    if row.locks_at > now():
        return f"{reverse('forms:chase')}?{urlencode(params)}"
    return f"{reverse('forms:reports')}?{urlencode({**params, 'status': 'overdue'})}"


def _percent(value: float | None) -> float | None:
    return None if value is None else float(share(value).rstrip("%"))


def _name(line: Line) -> str:
    return line.name if reader.chinese() else line.name_en


def _cell(rates: Rates, scored: bool, running: bool) -> dict[str, Any]:
    if not rates.asked:
        return {"text": "—", "css": "heat-none", "hint": _t("nobody was asked")}
    told = {"filed": rates.filed, "asked": rates.asked}
    hint = _t("%(filed)s of %(asked)s reported") % told
    if not scored:
        return {"text": f"{rates.filed}/{rates.asked}", "css": "heat-none", "hint": hint}
    css = "heat-open" if running else heat(rates.rate)  # a round that is not due yet is judged by nobody
    return {"text": share(rates.rate).removesuffix("%"), "css": css, "hint": hint}


def _chase(request: HttpRequest, line: Line) -> str | None:
    asked = getattr(request, "board_asked", None)
    if asked is None or not line.key:
        return None
    key = {queries.COUNTY: "county", queries.TOWNSHIP: "township", queries.LIST: "list"}[asked["by"]]
    params = {"form": asked["code"], "period": asked["period"], key: line.key}
    return f"{reverse('forms:reports')}?{urlencode(params)}"


def sentence(found: Board) -> str:
    """The first line of the board."""
    rates = found.now()
    told: dict[str, Any] = {"period": period_name(found.period)}
    if not rates.asked:
        return _t("%(period)s: nobody was asked.") % told
    if found.period not in found.scored:
        told |= {"filed": rates.filed, "asked": rates.asked}
        return _t("%(period)s: %(filed)s of %(asked)s firms have reported. No approval number: nobody is reminded, nothing is scored.") % told  # fmt: skip
    told |= {"rate": share(rates.rate)}
    parts = [_t("%(period)s: reporting rate %(rate)s") % told]
    if rates.missing:
        text = ngettext("%(n)s firm has not reported", "%(n)s firms have not reported", rates.missing)
        parts.append(text % {"n": rates.missing})
    below = sum(1 for line in found.lines if (rate := line.at(found.period).rate) is not None and rate < 1)
    if found.by == queries.COUNTY and found.whole:
        text = ngettext("%(n)s county below 100%%", "%(n)s counties below 100%%", below)
        parts.append(text % {"n": below} if below else _t("all counties at 100%"))
    elif found.by == queries.COUNTY and len(found.lines) == 1 and found.lines[0].place:
        line = found.lines[0]
        parts.append(_t("place %(place)s of %(of)s counties") % {"place": line.place, "of": line.of})
    return ("，" if reader.chinese() else ", ").join(parts) + ("。" if reader.chinese() else ".")


__all__ = ["BoardPage", "board_of", "sentence"]

"""How good the forecasts were, per indicator and horizon; and the button that keeps today's at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import DASH, percent
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.core.page import Page
from commercebrain.desk.foresight import actions, quality
from commercebrain.desk.foresight.asking import Asked
from commercebrain.desk.foresight.quality import Row, finite
from commercebrain.engine.outlook import kept

HORIZONS = ("0", "1", "2", "3", "4", "5", "6")


def _subject(row: Row) -> str:
    name = reader.said(row.indicator.name)
    return f"{name} · {_t('by %(members)s') % {'members': row.members}}" if row.members else name


def _link(row: Row) -> str | None:
    return None if row.by else Asked(row.indicator.code, row.region).address()


def _horizon(row: Row) -> str:
    return str(row.horizon) if row.horizon else _t("all together")


def _place(row: Row, value: Any) -> Any:
    if not row.synthetic:
        return value
    words_ = (value, _t("synthetic data"))
    return format_html('<span class="text-nowrap">{}</span> <span class="badge pinned text-nowrap">{}</span>', *words_)


class Quality(ListPage):
    """The kept forecasts against what came: one line for each indicator and horizon."""

    template_name = "foresight/quality.html"
    title = _("Forecast quality")
    search_fields = ("indicator.name.zh", "indicator.name.en", "indicator.code", "place")
    search_hint = _("indicator or region")
    page_size = 100
    columns = (
        Column("indicator", _("indicator"), value=_subject, sort=lambda row: (row.indicator.code, row.by, row.horizon or 99),
               link=_link),
        Column("place", _("region"), value=lambda row: row.place, sort=lambda row: row.region, show=_place),
        Column("horizon", _("months ahead"), value=_horizon, sort=lambda row: row.horizon or 99),
        Column("n", _("forecasts"), value=lambda row: row.score.n, number=True, sort=lambda row: row.score.n),
        Column("smape", _("mean error"), value=lambda row: finite(row.score.smape), unit="%", number=True, decimals=1,
               sort=lambda row: finite(row.score.smape)),
        Column("naive_smape", _("that of last year's month"), value=lambda row: finite(row.score.naive_smape), unit="%",
               number=True, decimals=1, sort=lambda row: finite(row.score.naive_smape), hidden=True),
        Column("mase", _("MASE"), value=lambda row: finite(row.score.mase), number=True, decimals=2,
               sort=lambda row: finite(row.score.mase)),
        Column("naive_mase", _("MASE of last year's month"), value=lambda row: finite(row.score.naive_mase), number=True,
               decimals=2, sort=lambda row: finite(row.score.naive_mase)),
        Column("better", _("better than last year's month"), value=lambda row: row.better, sort=lambda row: row.better),
        Column("coverage80", _("within the 80% interval"), value=lambda row: percent(finite(row.score.coverage80), 0), number=True,
               sort=lambda row: finite(row.score.coverage80)),
        Column("coverage95", _("within the 95% interval"), value=lambda row: percent(finite(row.score.coverage95), 0), number=True,
               sort=lambda row: finite(row.score.coverage95)),
        Column("bias", _("bias"), value=lambda row: _bias(row), sort=lambda row: finite(row.score.bias)),
        Column("later", _("made afterwards"), value=lambda row: row.score.later, number=True, hidden=True),
        Column("revised", _("of data revised since"), value=lambda row: row.score.revised, number=True, hidden=True),
    )  # fmt: skip
    filters = (
        Filter("indicator", _("indicator"), options=lambda request: _indicators(request),
               test=lambda row, value: row.indicator.code == value),
        Filter("region", _("region"), options=lambda request: _places(request), test=lambda row, value: row.region == value),
        Filter("horizon", _("months ahead"), options=[("0", _("all together")), *((n, n) for n in HORIZONS[1:])],
               test=lambda row, value: str(row.horizon) == value),
    )  # fmt: skip
    empty_title = _("No forecast has met its truth yet")
    empty_hint = _("Forecasts of what catalogue/foresight.yaml declares are kept every night; once the months come in, "
                   "how good they were stands here.")  # fmt: skip

    def rows(self, request: HttpRequest) -> Sequence[Row]:
        """Within this person's reach: each set as a whole first, then by months ahead."""
        return sorted(quality.rows(request.user), key=lambda row: bool(row.horizon))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How often they beat last year's month, and how honest the intervals were."""
        whole = kept.overall([row.score for row in rows])
        if not whole.sets:
            return ""
        told = _t("%(n)s forecasts have met their truth: in %(better)s of %(sets)s sets they were better than last year's "
                  "month, and %(share)s of what came lay within the 80%% interval.") % {
            "n": f"{whole.n:,}", "better": whole.better, "sets": whole.sets, "share": percent(finite(whole.coverage80), 0),
        }  # fmt: skip
        if whole.later:
            told += " " + _t("%(n)s of them were made afterwards from what was known then.") % {"n": f"{whole.later:,}"}
        return told

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """Whether the reader may have forecasts kept now."""
        return {"may_keep": actions.may_keep(request.user)}


def _bias(row: Row) -> str:
    bias = finite(row.score.bias)
    if bias is None:
        return DASH
    told = percent(abs(bias))
    return _t("%(n)s too high") % {"n": told} if bias > 0 else _t("%(n)s too low") % {"n": told} if bias < 0 else told


def _indicators(request: HttpRequest) -> list[tuple[str, str]]:
    found = {row.indicator.code: reader.said(row.indicator.name) for row in quality.rows(request.user)}
    return list(found.items())


def _places(request: HttpRequest) -> list[tuple[str, str]]:
    return sorted({row.region: row.place for row in quality.rows(request.user)}.items())


class KeepNow(Page):
    """Keeps forecasts of what is known today, now instead of at night."""

    http_method_names = ("post", "options")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begins the job and shows it."""
        if not actions.may_keep(request.user):
            raise PermissionDenied
        job = actions.start_keeping(request.user)
        return redirect(reverse("core:job", args=[job.pk]))

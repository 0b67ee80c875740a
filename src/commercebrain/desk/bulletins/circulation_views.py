"""The page of the two circulations 双循环: sums by county, then firms within scope."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.bulletins import circulation
from commercebrain.desk.bulletins.circulation import Told
from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import DASH, number, percent, unit_words
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.circulation import Row, Total
from commercebrain.engine.errors import UserError
from commercebrain.engine.periods import Period

PER_10K = Decimal(10_000)


def _ten_thousand(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value) / PER_10K


def _asked(request: HttpRequest) -> Period | None:
    try:
        return Period.parse(request.GET["quarter"]) if request.GET.get("quarter") else None
    except UserError:
        return None


def _quarters(request: HttpRequest) -> list[tuple[str, str]]:
    return [(period.text, period.say(reader.language())) for period in circulation.quarters()]


def _counties(request: HttpRequest) -> list[tuple[str, str]]:
    rows = Region.objects.filter(parent=circulation.city(), valid_to=None)
    return [(row.code, str(row)) for row in rows]


def _number(key: str, label: Any, value: Any) -> Column:
    return Column(key, label, unit=_("ten thousand yuan"), value=value, sort=value, number=True, decimals=2)


class Circulation(ListPage):
    """Exports, sales at home and exports turned to domestic sale."""

    title = _("Two circulations")
    template_name = "bulletins/circulation.html"
    search_fields = ("uscc", "county")
    search_hint = _("credit code or county")
    reads = ("registry.enterprise", "企业的境内销售", "sales at home of firms")
    confidential = True
    columns = (
        Column("firm", _("enterprise"), value=lambda row: row.name, link=lambda row: row.link),
        Column("uscc", _("credit code"), sort=lambda row: row.row.uscc, value=lambda row: row.row.uscc),
        Column("county", _("county of the firm"), value=lambda row: row.county, sort=lambda row: row.row.county),
        _number("exports", _("exports"), lambda row: _ten_thousand(row.row.exports)),
        _number("domestic", _("sales at home"), lambda row: _ten_thousand(row.row.domestic)),
        _number("turned", _("exports turned to domestic sale"), lambda row: _ten_thousand(row.row.turned)),
        Column("share", _("share of sales at home"), unit="%", number=True, decimals=1,
               value=lambda row: None if row.row.domestic_share is None else row.row.domestic_share * 100,
               sort=lambda row: row.row.domestic_share),
        Column("state", _("state"), value=lambda row: _("reported") if row.row.reported else _("not reported")),
    )  # fmt: skip
    filters = (
        Filter("quarter", _("quarter"), _quarters, test=lambda row, value: True),  # narrowed when it is read
        Filter("county", _("county of the firm"), _counties, test=lambda row, value: row.row.county == value),
        Filter("state", _("state"), [("yes", _("reported")), ("no", _("not reported"))],
               test=lambda row, value: row.row.reported == (value == "yes")),
    )  # fmt: skip
    empty_title = _("No quarterly report is here")
    empty_hint = _("Firms report their sales at home each quarter; sums are shown to whoever sees the region's internal figures, firms to whoever has clearance.")  # fmt: skip
    told: Told

    def rows(self, request: HttpRequest) -> Sequence[Any]:
        """The firms within scope, the largest exporters first."""
        self.told = circulation.read(request.user, _asked(request))
        names = dict(Region.objects.filter(code__startswith="99", valid_to=None).values_list("code", "name_zh"))
        rows = sorted(self.told.rows, key=lambda row: (-(row.exports or 0), row.uscc))
        return [_Line(row, names.get(row.county, row.county)) for row in rows]

    def found(self, row: Any, text: str) -> bool:
        """By credit code or county."""
        return text.upper() in row.row.uscc or text in row.county

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """The names of the firms of one page."""
        known = {
            firm.uscc: firm for firm in Enterprise.objects.filter(uscc__in=[line.row.uscc for line in rows])
        }  # fmt: skip
        for line in rows:
            line.firm = known.get(line.row.uscc)
        return rows

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """The city's sums, or how many firms are in scope."""
        if self.told.quarter is None:
            return ""
        said = self.told.quarter.say(reader.language())
        if not self.told.totals:
            return _t("%(quarter)s: %(n)s firms in your scope.") % {"quarter": said, "n": total}
        region, whole = self.told.totals[0]
        return _t(
            "%(quarter)s: %(sent)s of %(all)s firms of %(region)s reported (%(rate)s); sales at home %(home)s, exports turned to domestic sale %(turned)s."
        ) % {
            "quarter": said, "sent": number(whole.reporting), "all": number(whole.firms), "region": region,
            "rate": percent(whole.rate), "home": _amount(whole, whole.domestic),
            "turned": _amount(whole, whole.turned),
        }  # fmt: skip

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The sums by county."""
        sums = [
            {
                "region": region, "firms": total.firms, "reporting": total.reporting, "rate": percent(total.rate),
                "domestic": _cell(total, total.domestic), "turned": _cell(total, total.turned),
            }
            for region, total in self.told.totals
        ]  # fmt: skip
        synthetic = any(region.synthetic for region, _total in self.told.totals) or bool(self.told.rows)
        return {"sums": sums, "synthetic": synthetic, "hundred_million": unit_words("亿元")}


class _Line:
    """A firm's row with what the page calls it."""

    def __init__(self, row: Row, county: str) -> None:
        self.row, self.county = row, county
        self.firm: Enterprise | None = None

    @property
    def name(self) -> str:
        """The firm's name; its credit code where the register has it not."""
        return str(self.firm) if self.firm else self.row.uscc

    @property
    def link(self) -> str | None:
        """The firm's page."""
        return reverse("registry:enterprise", args=[self.firm.pk]) if self.firm else None


def _cell(total: Total, value: int | None) -> str:
    if total.withheld:
        return _t("withheld")
    return DASH if value is None else number(Decimal(value) / PER_10K**2, 2)


def _amount(total: Total, value: int | None) -> str:
    text = _cell(total, value)
    gap = "" if reader.chinese() else " "
    return text if total.withheld or value is None else f"{text}{gap}{unit_words('亿元')}"

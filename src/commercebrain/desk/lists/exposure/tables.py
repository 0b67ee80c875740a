"""The tables of an exposure: firms ranked, places, products, and whom another version hits differently.

Each is a list page under an address of its own, with the question in the address, so that it is filtered, sorted and
taken away as every other list; firms' rows are watermarked and logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import DASH, percent, unit_words
from commercebrain.desk.core.generic import Column, Filter, ListPage
from commercebrain.desk.figures.explorer.labels import labels
from commercebrain.desk.lists.exposure import sums, words
from commercebrain.desk.lists.exposure.answers import Answer, Asking
from commercebrain.desk.lists.exposure.protected import sums_of
from commercebrain.desk.lists.exposure.questions import Question, read
from commercebrain.desk.lists.exposure.reported import Orders, orders
from commercebrain.desk.lists.exposure.sight import region_names
from commercebrain.desk.registry.models import Enterprise, Region, Township
from commercebrain.engine.exposure.difference import FirmChange
from commercebrain.engine.exposure.result import Exposure

AT_ONCE = 500  # firms that one query names
CUSTOMS = "declaration_lines"


def unit_of(found: Exposure | None) -> str:
    """What money of an exposure is counted in: 元, or 美元 where no rate of exchange is known."""
    return "元" if found is None else found.base.unit


def _name(row: Any) -> str:
    """The firm's name; its credit code where the register has it not."""
    return str(row.firm) if row.firm else str(row.uscc)


def _link(row: Any) -> str | None:
    """The firm's page."""
    return reverse("registry:enterprise", args=[row.firm.pk]) if row.firm else None


def _one_line(row: Any, value: Any) -> SafeString:
    """The name on one line; the list makes a link of it."""
    return format_html('<span class="text-nowrap">{}</span>', value)


@dataclass
class FirmRow:
    """A firm of the ranking. Money in whole units of the base; ``firm``, ``orders`` and the names come with the page."""

    rank: int
    uscc: str
    county_code: str
    township_code: str
    upper: int
    sure: int
    confirmed: int | None
    total: int
    share: float | None
    duty: float | None
    jobs: int | None
    orders: Orders | None
    firm: Enterprise | None = None
    county: str = ""
    township: str = ""

    upper_said = property(lambda self: words.ten_thousands(self.upper))
    sure_said = property(lambda self: words.ten_thousands(self.sure))
    duty_said = property(lambda self: words.ten_thousands(self.duty))
    share_said = property(lambda self: percent(self.share))
    cover = property(lambda self: words.cover_words(self.orders.cover) if self.orders else DASH)
    week = property(lambda self: self.orders.week if self.orders else _t("none in three months"))
    name = property(_name)
    link = property(_link)


def firm_rows(answer: Answer) -> list[FirmRow]:
    """The firms that may be shown, the greatest value first."""
    found = answer.firms
    if found is None:
        return []
    said, asked, rated = orders(today()), sums.asked(found), sums.rated(found)
    rows = []
    for rank, place in enumerate(answer.places, start=1):
        code, share = found.firms[place], float(found.share[place])
        jobs = -1 if found.jobs is None else int(found.jobs[place])
        rows.append(
            FirmRow(
                rank, code, found.county[place], found.township[place], int(found.upper[place]),
                int(found.sure[place]),
                None if found.confirmed is None or not asked else int(found.confirmed[place]), int(found.total[place]),
                share if share == share else None, float(found.duty[place]) if rated else None,
                jobs if jobs >= 0 else None, said.get(code),
            )
        )  # fmt: skip
    return rows


def named(rows: Sequence[Any]) -> Sequence[Any]:
    """Firms, counties and townships of the rows of one page by name: three queries."""
    codes = [row.uscc for row in rows]
    known: dict[str, Enterprise] = {}
    for start in range(0, len(codes), AT_ONCE):
        part = Enterprise.objects.filter(uscc__in=codes[start : start + AT_ONCE])
        known.update({firm.uscc: firm for firm in part})
    counties = region_names({row.county_code for row in rows})
    towns = Township.objects.filter(code__in={row.township_code for row in rows if row.township_code})
    townships = {one.code: str(one) for one in towns}
    for row in rows:
        row.firm = known.get(row.uscc)
        row.county = str(counties.get(row.county_code, row.county_code))
        row.township = townships.get(row.township_code, "")
    return rows


class ExposureList(ListPage):
    """What the tables share: the question in the address, and the answer computed once a request."""

    template_name = "lists/exposure_list.html"
    of_firms = True
    question: Question
    answered: Answer
    asking: Asking

    def told(self, request: HttpRequest) -> Answer | None:
        """The answer to the question of the address; none where nothing is asked."""
        if not hasattr(self, "question"):
            self.question = read(request.GET)
            if self.question.asks:
                self.asking = Asking(request.user, self.question)
                self.answered = self.asking.answer()
                request.exposure_unit = unit_of(self.answered.firms if self.of_firms else self.answered.sums)
        return getattr(self, "answered", None)

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The question goes along with filters, columns and pages; the way back to the whole answer."""
        answer = getattr(self, "answered", None)
        question = getattr(self, "question", Question())
        return {
            "keep": question.parameters,
            "back": f"{reverse('exposure:exposure')}?{question.query}",
            "synthetic": answer is not None and answer.synthetic,
        }


def _money(key: str, label: Any, read_: Any, hidden: bool = False) -> Column:
    return Column(key, label, hidden=hidden, unit=lambda request: unit_words(f"万{getattr(request, 'exposure_unit', '元')}"), number=True, decimals=1, sort=read_,
                  value=lambda row: words.ten_thousands(read_(row)))  # fmt: skip


def _share(key: str, label: Any, read_: Any) -> Column:
    return Column(key, label, unit="%", number=True, decimals=1, sort=read_,
                  value=lambda row: None if read_(row) is None else read_(row) * 100)  # fmt: skip


def _counties_of(request: HttpRequest) -> list[tuple[str, str]]:
    rows = Region.objects.valid_on(today()).filter(level=Region.Level.COUNTY, enterprises__isnull=False).distinct()
    return [(row.code, str(row)) for row in rows]


FIRM_COLUMNS = (
    Column("firm", _("enterprise"), value=lambda row: row.name, link=lambda row: row.link, show=_one_line),
    Column("rank", _("rank"), number=True, sort=lambda row: row.rank),
    Column("uscc", _("credit code"), sort=lambda row: row.uscc, hidden=True),
    Column("county", _("county"), sort=lambda row: row.county_code),
    Column("township", _("township"), sort=lambda row: row.township_code),
    _money("exposed", _("exposed (upper bound)"), lambda row: row.upper),
    _money("sure", _("digit for digit"), lambda row: row.sure),
    _money("confirmed", _("confirmed by the firm"), lambda row: row.confirmed, hidden=True),
    _share("share", _("share of its exports"), lambda row: row.share),
    _money("total", _("all its exports"), lambda row: row.total, hidden=True),
    _money("duty", _("duty"), lambda row: row.duty),
    Column("jobs", _("persons employed"), number=True, sort=lambda row: row.jobs),
    Column("in_hand", _("orders in hand"), unit=_("ten thousand US dollars"), number=True, decimals=1,
           value=lambda row: words.ten_thousands(row.orders.in_hand) if row.orders else None,
           sort=lambda row: row.orders.in_hand if row.orders else None),
    Column("cover", _("months of work"),
           sort=lambda row: row.orders.cover if row.orders else None),
    Column("week", _("last report"), sort=lambda row: row.orders.week if row.orders else ""),
)  # fmt: skip


class Firms(ExposureList):
    """The firms that a list hits, the greatest value first."""

    title = _("Firms hit by the list")
    search_fields = ("uscc",)
    search_hint = _("credit code or name")
    reads = ("registry.enterprise", "清单影响的企业", "firms hit by a list")
    confidential = True
    columns = FIRM_COLUMNS
    filters = (
        Filter("county", _("county"), _counties_of, test=lambda row, value: row.county_code == value),
        Filter("reported", _("order report"), [("yes", _("reported")), ("no", _("not reported"))],
               test=lambda row, value: (row.orders is not None) == (value == "yes")),
        Filter("part", _("share of its exports"), [("50", _("half or more")), ("5", _("5% or more"))],
               test=lambda row, value: row.share is not None and row.share * 100 >= float(value)),
    )  # fmt: skip
    empty_title = _("No firm in your sight is hit")
    empty_hint = _("Ask on the exposure page; firms are shown to whoever is cleared for them, or is the firm.")

    def rows(self, request: HttpRequest) -> Sequence[FirmRow]:
        """The firms within sight."""
        answer = self.told(request)
        return [] if answer is None else firm_rows(answer)

    def found(self, row: Any, text: str) -> bool:
        """By credit code, or by name among the firms in the register."""
        if not hasattr(self, "_called"):
            hits = Enterprise.objects.visible_to(self.request.user).filter(name_zh__icontains=text)
            self._called = frozenset(hits.order_by().values_list("uscc", flat=True)[:5_000])
        return text.upper() in row.uscc or row.uscc in self._called

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """With names."""
        return named(rows)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many, and the tier of the figures."""
        answer = self.told(request)
        if answer is None or answer.firms is None:
            return reader.said(answer.no_firms) if answer is not None and answer.no_firms else ""
        value = words.amount(sum(row.upper for row in rows), answer.firms.base.unit)
        told = _t("%(n)s firms in your sight, %(value)s exposed.") % {"n": total, "value": value}
        return f"{told} {words.tier_line(answer.firms.base)}"


@dataclass
class SumRow:
    """A category with its sums; ``name`` comes with the page."""

    of: sums.Sum
    name: str = ""


def _withheld(row: Any, value: Any) -> Any:
    return _t("withheld") if row.of.withheld else value


SUM_COLUMNS = (
    _money("exposed", _("exposed (upper bound)"), lambda row: row.of.value),
    _money("confirmed", _("confirmed by firms"), lambda row: row.of.confirmed, hidden=True),
    _share("share", _("share of its exports"), lambda row: row.of.share),
    _money("duty", _("duty"), lambda row: row.of.duty),
    Column("firms", _("firms"), number=True, value=lambda row: row.of.firms, sort=lambda row: row.of.firms),
)  # fmt: skip
NOTE = Column("note", _("Remark"), value=lambda row: _t("withheld") if row.of.withheld else "")


class _Sums(ExposureList):
    """Sums by one dimension."""

    of_firms = False
    dimension = ""
    search_fields = ("of.code",)
    search_hint = _("code")
    empty_title = _("Nothing is told here")
    empty_hint = _("Sums are told to whoever sees the internal figures of a region.")

    def rows(self, request: HttpRequest) -> Sequence[SumRow]:
        """The categories, the greatest first."""
        answer = self.told(request)
        told = sums_of(self.asking, answer) if answer is not None else None
        if told is None:
            return []
        names = labels(request.user, self.dimension, [one.code for one in told.by[self.dimension]], CUSTOMS)
        return [SumRow(one, names.get(one.code, one.code or _t("not known"))) for one in told.by[self.dimension]]

    def found(self, row: Any, text: str) -> bool:
        """By code or name."""
        return text in row.of.code or text.lower() in row.name.lower()

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """The first line of the exposure."""
        answer = self.told(request)
        return "" if answer is None else words.first_line(answer, sums_of(self.asking, answer))


class Counties(_Sums):
    """Sums by county."""

    title = _("Exposure by county")
    dimension = "county"
    columns = (
        Column("name", _("county"), sort=lambda row: row.of.code),
        *SUM_COLUMNS,
        Column("jobs", _("persons employed"), number=True, value=lambda row: row.of.jobs, sort=lambda row: row.of.jobs),
        NOTE,
    )


class Products(_Sums):
    """Sums by six digits of the product."""

    title = _("Exposure by product")
    dimension = "hs6"
    columns = (
        Column("code", _("code"), value=lambda row: row.of.code, sort=lambda row: row.of.code),
        Column("name", _("product")),
        *SUM_COLUMNS,
        NOTE,
    )


CHANGES = {
    "new": _("newly hit"), "gone": _("no longer hit"), "harder": _("hit harder"), "softer": _("hit less hard"),
}  # fmt: skip


@dataclass
class ChangeRow:
    """A firm that two versions hit differently; ``duty`` under this list, None where it says no rates."""

    of: FirmChange
    orders: Orders | None
    duty: float | None
    firm: Enterprise | None = None
    county: str = ""
    township: str = ""

    before = property(lambda self: words.ten_thousands(self.of.old))
    now = property(lambda self: words.ten_thousands(self.of.new))
    share = property(lambda self: percent(self.of.new_share))
    cover = property(lambda self: words.cover_words(self.orders.cover) if self.orders else DASH)
    week = property(lambda self: self.orders.week if self.orders else _t("none in three months"))
    name = property(_name)
    link = property(_link)

    @property
    def uscc(self) -> str:
        """Its credit code."""
        return self.of.uscc

    @property
    def county_code(self) -> str:
        """The code of its county."""
        return self.of.county

    @property
    def township_code(self) -> str:
        """The code of its township."""
        return self.of.township


def change_rows(asking: Asking, answer: Answer) -> list[ChangeRow]:
    """The firms that may be shown and that the two versions hit differently: newly hit first."""
    found = asking.newly(answer)
    if found is None or answer.firms is None:
        return []
    said, rated = orders(today()), sums.rated(answer.firms)
    changed = (*found.new, *found.harder, *found.gone, *found.softer)
    return [ChangeRow(one, said.get(one.uscc), one.new_duty if rated else None) for one in changed]


class Changes(ExposureList):
    """Whom the list hits that the other version does not, and the other way round."""

    title = _("Newly hit against the other version")
    search_fields = ("uscc",)
    reads = ("registry.enterprise", "清单新影响的企业", "firms newly hit by a list")
    confidential = True
    columns = (
        Column("firm", _("enterprise"), value=lambda row: row.name, link=lambda row: row.link, show=_one_line),
        Column("change", _("change"), value=lambda row: str(CHANGES[row.of.change]), sort=lambda row: row.of.change),
        Column("uscc", _("credit code"), hidden=True),
        Column("county", _("county"), sort=lambda row: row.county_code),
        Column("township", _("township"), sort=lambda row: row.township_code, hidden=True),
        _money("before", _("exposed under the other version"), lambda row: row.of.old),
        _money("now", _("exposed now"), lambda row: row.of.new),
        _share("share", _("share of its exports"), lambda row: row.of.new_share),
        _money("duty", _("duty"), lambda row: row.duty),
        Column("cover", _("months of work"), sort=lambda row: row.orders.cover if row.orders else None),
        Column("week", _("last report"), sort=lambda row: row.orders.week if row.orders else ""),
    )  # fmt: skip
    filters = (
        Filter("change", _("change"), list(CHANGES.items()), test=lambda row, value: row.of.change == value),
        Filter("county", _("county"), _counties_of, test=lambda row, value: row.county_code == value),
        Filter("cover", _("months of work"), [("under_1", _("at most 1 month"))],
               test=lambda row, value: row.orders is not None and row.orders.cover == value),
        Filter("reported", _("order report"), [("yes", _("reported")), ("no", _("not reported"))],
               test=lambda row, value: (row.orders is not None) == (value == "yes")),
    )  # fmt: skip
    empty_title = _("No firm in your sight is hit differently")
    empty_hint = _("Choose a second version on the exposure page.")

    def rows(self, request: HttpRequest) -> Sequence[ChangeRow]:
        """The firms within sight."""
        answer = self.told(request)
        return [] if answer is None else change_rows(self.asking, answer)

    def prepare(self, rows: Sequence[Any]) -> Sequence[Any]:
        """With names."""
        return named(rows)

    def answer(self, request: HttpRequest, rows: Any, total: int) -> str:
        """How many are newly hit."""
        answer = self.told(request)
        if answer is None or answer.other is None:
            return ""
        new = [row for row in rows if row.of.change == "new"]
        return words.new_line(len(new), answer.other, sum(row.of.new for row in new), unit_of(answer.firms))

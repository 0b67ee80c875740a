"""A helped firm beside one like it that was warned of and not helped: what the figures of the same months say of both.

Who was warned of is known to the folders above, which say it here (:func:`warned_by`). Of those the nearest like firm that no
other case has been compared with is kept with the follow-up, so that rates of helped and of unhelped firms count the same
pairs. Both are held against the same months a year before: what a firm was to bring is not forecast for its pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from commercebrain.desk.cases.models import Case, FollowUp
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.figures import sources
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.cases.following import judge
from commercebrain.engine.cases.helping import Firm, Recovery, compared, pairs
from commercebrain.engine.cases.kinds import Bounds
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.tables import table
from commercebrain.engine.lake.records.schema import record_dataset

#: The system looks for itself; of a pair nobody is told more than whether its firms recovered.
SYSTEM = Reach(ALL, "confidential")
#: Digits of the industry that firms must share (a division of GB/T 4754).
DIVISION = 2

#: Who was warned of around the time of a case: firms with the gravest level of their signals.
Finder = Callable[[Case], Iterable[tuple[Enterprise, str]]]
FINDERS: list[Finder] = []


def warned_by(finder: Finder) -> None:
    """Declares how to find the firms that were warned of around the time of a case."""
    if finder not in FINDERS:
        FINDERS.append(finder)


def city_of(region: Region) -> str:
    """The city of a county: a firm's lines may stand under another county of the same city."""
    return region.parent.code if region.level == "county" and region.parent is not None else region.code


def year_before(month: str) -> str:
    """The same month (2025-08) a year before."""
    return f"{int(month[:4]) - 1:04d}{month[4:]}"


def sums(figure: str, place: str, firms: Iterable[str], first: str, last: str, as_of: date) -> dict[str, Decimal]:
    """The sums of a figure over months by credit code, in the figure's unit; a firm without a line is not among them."""
    column = str(record_dataset(str(catalogue().indicator(figure).dataset)).firm)
    request = Request(figure, place, first, last, by=(column,), where={column: tuple(firms)}, as_of=as_of)
    found: dict[str, Decimal] = {}
    for row in table(sources(as_of), catalogue(), request, reach=SYSTEM).rows():
        if row["value"] is not None:
            found[str(row[column])] = found.get(str(row[column]), Decimal(0)) + Decimal(str(row["value"]))
    return found


def pair_of(row: FollowUp, bounds: Bounds | None, as_of: date) -> dict[str, Any]:
    """The firm that this follow-up's firm is compared with, as its details keep it; nothing where there is none.

    ``helped`` and ``other``: credit code, what it is like, what it sold before and after, whether it recovered.
    """
    if row.enterprise is None or not row.before or row.after is None:
        return {}
    ours = _firm(
        row.enterprise, row.case.level, row.before, row.after, judge(row.before, row.after, None, bounds) == "recovered"
    )
    like = {one.pk: (one, level) for finder in FINDERS for one, level in finder(row.case)}
    like = {pk: found for pk, found in like.items() if _like(*found) == ours.like and found[0].uscc != ours.key}
    for pk in _not_to_compare(row, like):
        like.pop(pk, None)
    if not like:
        return {}
    codes = [one.uscc for one, _level in like.values()]
    place, (before_first, before_last) = city_of(row.enterprise.region), (year_before(row.first), year_before(row.last))
    before = sums(row.figure, place, codes, before_first, before_last, as_of)
    after = sums(row.figure, place, codes, row.first, row.last, as_of)
    pool = []
    for one, level in like.values():
        sold, sells = before.get(one.uscc, Decimal(0)), after.get(one.uscc, Decimal(0))
        said = judge(sold, sells, None, bounds)
        if said != "no_figures":
            pool.append(_firm(one, level, sold, sells, said == "recovered"))
    found = pairs([ours], pool)
    return {"helped": _kept(found[0][0]), "other": _kept(found[0][1])} if found else {}


def help_of(cases: Iterable[int]) -> Recovery:
    """What helping the firms of these cases came to, by the pairs that their follow-ups found; the latest of each case counts.

    Withdrawn cases are not among those that may be given.
    """
    latest: dict[int, FollowUp] = {}
    for row in FollowUp.objects.filter(case__in=set(cases), result__in=("recovered", "not_recovered")).order_by(
        "periods", "pk"
    ):
        latest[row.case_id] = row
    recovered = sum(row.result == "recovered" for row in latest.values())
    both = [row.details["pair"] for _case, row in sorted(latest.items()) if row.details.get("pair")]
    return compared(len(latest), recovered, [(_read(one["helped"]), _read(one["other"])) for one in both])


def _not_to_compare(row: FollowUp, keys: Iterable[int]) -> set[int]:
    """Of these firms those that were helped themselves in the months looked at, and those that stand beside another case."""
    helped = FollowUp.objects.filter(enterprise__in=list(keys), last__gte=year_before(row.first)).values_list(
        "enterprise", flat=True
    )
    others = FollowUp.objects.filter(figure=row.figure, details__has_key="pair").exclude(case=row.case)
    codes = {details["pair"]["other"]["key"] for details in others.values_list("details", flat=True)}
    return {*helped, *Enterprise.objects.filter(uscc__in=codes).values_list("pk", flat=True)}


def _like(firm: Enterprise, level: str) -> tuple[str, str, str, str]:
    # The tier of a county is the kind that its name ends in: 区, 市, 县.
    return firm.region.name_zh[-1:], firm.size, firm.industry[:DIVISION], level


def _firm(firm: Enterprise, level: str, before: Decimal, after: Decimal, recovered: bool) -> Firm:
    return Firm(firm.uscc, *_like(firm, level), before=float(before), after=float(after), recovered=recovered)


def _kept(one: Firm) -> dict[str, Any]:
    return {
        "key": one.key, "tier": one.tier, "size": one.size, "industry": one.industry, "level": one.level,
        "before": one.before, "after": one.after, "recovered": one.recovered,
    }  # fmt: skip


def _read(kept: dict[str, Any]) -> Firm:
    return Firm(**kept)

"""Exposure through the API: codes or a kept list go in, the same answer as on the page comes out, within the same sight.

Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from commercebrain.desk.core.rest import REFUSALS
from commercebrain.desk.core.rest.shapes import Asked, Day, Id, Key, Names, Text, Word
from commercebrain.desk.lists import queries
from commercebrain.desk.lists.exposure.answers import Answer, Asking, seen
from commercebrain.desk.lists.exposure.given import given_of_text
from commercebrain.desk.lists.exposure.own import own_lines
from commercebrain.desk.lists.exposure.protected import sums_of
from commercebrain.desk.lists.exposure.questions import MOST_RATE, MOST_ROWS, Question, read
from commercebrain.desk.lists.exposure.sums import Sums
from commercebrain.desk.lists.exposure.tables import change_rows, firm_rows
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.base import TIER_NAMES

router = Router(tags=["exposure"])
#: Rows of firms that one answer holds at most.
FIRMS = 1_000
Code = Annotated[str, Field(max_length=30)]
Rate = Annotated[float, Field(ge=0, le=MOST_RATE, description="per cent")]


class ExposureIn(Asked):
    """A question: `codes`, a `text` that holds them, or a kept list (`book`: its version in force, or a `version`)."""

    codes: list[Code] | None = Field(None, max_length=MOST_ROWS)
    text: Text | None = Field(None, description="a notice, a column of codes; up to 5,000 characters")
    book: Id | None = None
    version: Id | None = None
    compare: Id | None = Field(None, description="another version: who is newly hit")
    partner: Word = Field("", description="country (ISO alpha-3) or group, for rows that say none", examples=["USA"])
    rate: Rate | None = None
    nomenclature: Word = Field("CN", description="CN, USHTS, EUCN or HS")
    edition: Word = ""
    on: Day | None = Field(None, description="only rows in effect on this day")
    day: Day | None = Field(None, description="compare the months before and after")
    firms: int = Field(100, ge=0, le=FIRMS, description="rows of firms in the answer")
    skip: int = Field(0, ge=0, le=1_000_000, description="rows of firms to leave out first")


class SumOut(Schema):
    """A category; all numbers are null where it would tell about single firms (`withheld`)."""

    code: str
    value: int | None
    confirmed: int | None
    duty: float | None
    firms: int | None
    share: float | None = Field(description="of all that the category trades, a fraction")
    jobs: int | None
    withheld: bool


class TotalsOut(Schema):
    """The sums; null: withheld or not known. `value` is the upper bound, `confirmed` what firms have confirmed (null where
    none was asked), `confirmed_firms` how many of the firms hit have confirmed codes, `sure` what matches digit for digit, `duty` null where the list says no rates."""

    value: int | None
    confirmed: int | None
    confirmed_firms: int | None
    sure: int | None
    duty: float | None
    share: float | None
    firms: int | None
    counties: int | None
    townships: int | None
    jobs: int | None
    without_jobs: int | None
    by: dict[str, list[SumOut]] = Field(description="county, hs2, hs6, partner")


class ExposedFirm(Schema):
    """A firm in your sight."""

    uscc: str
    county: str
    township: str
    value: int
    confirmed: int | None
    total: int
    share: float | None
    duty: float | None
    jobs: int | None
    orders_in_hand_usd: int | None
    cover: str
    last_report: str


class ExposureChange(Schema):
    """A firm in your sight that two versions hit differently: new, gone, harder or softer."""

    uscc: str
    change: str
    before: int
    now: int
    share: float
    duty: float | None


class OwnOut(Schema):
    """A line of the own firm's trade that the list takes."""

    uscc: str
    product: str
    partner: str
    value: int
    code: str = Field(description="the list's code")
    rate: float | None
    sure: bool


class WindowOut(Schema):
    """The months on one side of a day."""

    first: int
    last: int
    months: int
    value: int
    firms: int


class BaseOut(Schema):
    """What figures are computed from: the tier, whose records, of which months (yyyymm)."""

    tier: str
    name: Names
    provider: str
    agreement: str
    first: int
    last: int
    unit: str
    synthetic: bool


class ExposureOut(Schema):
    """The answer. `sums` and `firms` are null where you may see none; `sums_of` and `firms_of` say what they rest on."""

    title: Names
    rows: int = Field(description="codes that were read")
    faults: list[Names] = Field(description="what was not understood, a sentence each")
    protected: bool = Field(description="sums are told only as far as they tell of no single firm")
    sums: TotalsOut | None
    sums_of: BaseOut | None
    firms: list[ExposedFirm] | None
    firms_count: int | None
    firms_of: BaseOut | None
    own: list[OwnOut]
    changes: list[ExposureChange]
    before: WindowOut | None
    after: WindowOut | None
    notes: list[Names]


@router.post("/exposure", response={200: ExposureOut, **REFUSALS}, operation_id="ask_exposure", url_name="exposure")
def ask_exposure(request: HttpRequest, body: ExposureIn) -> Any:
    """Whom codes or a list hit: firms, counties, products and jobs, as far as you may see. Nothing is kept of it."""
    question = read(body.dict(include={"partner", "rate", "nomenclature", "edition", "on", "day", "compare"}))
    given = None
    if body.codes or body.text:
        text = "\n".join(body.codes) if body.codes else str(body.text)
        given = given_of_text(text, question, only_codes=bool(body.codes))
    else:
        question = question.of(version=_version(request, body.book, body.version))
    return _told(request, question, given, body.firms, body.skip)


@router.get("/exposure", response={200: ExposureOut, **REFUSALS}, operation_id="exposure", url_name="exposure")
def exposure(
    request: HttpRequest,
    book: Key | None = Query(None, description="a list: its version in force today"),
    version: Key | None = Query(None, description="a version"),
    compare: Key | None = Query(None, description="another version: who is newly hit"),
    on: Day | None = None,
    day: Day | None = None,
    firms: int = Query(100, ge=0, le=FIRMS),
    skip: int = Query(0, ge=0, le=1_000_000),
) -> Any:
    """Whom a kept list hits, as far as you may see."""
    question = Question(version=_version(request, book, version), compare=compare, on=on, day=day)
    return _told(request, question, None, firms, skip)


def _version(request: HttpRequest, book: int | None, version: int | None) -> int:
    if version is not None:
        return version
    if book is None:
        raise UserError(
            "exposure.nothing",
            "请给出编码（codes）、正文（text）、清单（book）或版本（version）之一。",
            "Give one of codes, text, book or version.",
        )
    found = queries.book(request.user, book)
    force = None if found is None else queries.in_force(found)
    if force is None:
        raise UserError(
            "exposure.no_version",
            "没有这张清单，或它没有生效的版本，或不在您的权限范围内。",
            "There is no such list, no version of it is in force, or it is out of your sight.",
        )
    return force.pk


def _told(request: HttpRequest, question: Question, given: Any, many: int, skip: int) -> dict[str, Any]:
    asking = Asking(request.user, question, given)
    answer = asking.answer()
    sums, rows = sums_of(asking, answer), firm_rows(answer)
    changes = change_rows(asking, answer)
    around = asking.around(answer)
    seen(answer, request.user)
    return {
        "title": _both(answer.given.title), "rows": len(answer.given.rows),
        "faults": [_both(one) for one in (*answer.given.faults, *answer.given.notes)], "protected": answer.protected,
        "sums": None if sums is None else _sums(sums, answer.confirming), "sums_of": _base(answer.sums if sums is not None else None),
        "firms": None if answer.firms is None else [_firm(row) for row in rows[skip : skip + many]],
        "firms_count": None if answer.firms is None else len(rows), "firms_of": _base(answer.firms),
        "own": [
            {"uscc": one.uscc, "product": one.product, "partner": one.partner, "value": one.value,
             "code": one.row.digits, "rate": one.row.rate, "sure": one.sure}
            for one in (own_lines(answer.firms, answer.shown) if answer.own_only else ())
        ],
        "changes": [
            {"uscc": one.uscc, "change": one.of.change, "before": one.of.old, "now": one.of.new,
             "share": one.of.new_share if one.of.new_share == one.of.new_share else 0.0, "duty": one.duty}
            for one in changes
        ],
        "before": _window(around.before if around else None), "after": _window(around.after if around else None),
        "notes": [_both(one) for one in _notes(answer, sums)],
    }  # fmt: skip


def _both(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _notes(answer: Answer, sums: Sums | None) -> list[Words]:
    told = list(sums.notes) if sums is not None else []
    if answer.firms is not None and answer.places and not answer.own_only:
        told += answer.firms.notes
    told += [why for why in (answer.no_sums, answer.no_firms) if why is not None]
    return list({(one.zh, one.en): one for one in told}.values())


def _sums(sums: Sums, confirming: int | None) -> dict[str, Any]:
    names = (
        "value", "confirmed", "sure", "duty", "share", "firms", "counties", "townships", "jobs", "without_jobs"
    )  # fmt: skip
    by = {
        dimension: [
            {name: getattr(one, name) for name in ("code", "value", "confirmed", "duty", "firms", "share", "jobs", "withheld")}
            for one in rows
        ]
        for dimension, rows in sums.by.items()
    }  # fmt: skip
    return {**{name: getattr(sums, name) for name in names}, "confirmed_firms": confirming, "by": by}


def _firm(row: Any) -> dict[str, Any]:
    said = row.orders
    return {
        "uscc": row.uscc, "county": row.county_code, "township": row.township_code, "value": row.upper,
        "confirmed": row.confirmed, "total": row.total, "share": row.share, "duty": row.duty, "jobs": row.jobs,
        "orders_in_hand_usd": said.in_hand if said else None, "cover": said.cover if said else "",
        "last_report": said.week if said else "",
    }  # fmt: skip


def _base(found: Any) -> dict[str, Any] | None:
    if found is None:
        return None
    base = found.base
    return {
        "tier": base.tier.value, "name": _both(TIER_NAMES[base.tier]), "provider": base.provider,
        "agreement": base.agreement, "first": base.span[0], "last": base.span[1], "unit": base.unit,
        "synthetic": base.synthetic,
    }  # fmt: skip


def _window(one: Any) -> dict[str, int] | None:
    if one is None:
        return None
    first, last = one.span
    totals = one.totals
    return {
        "first": first, "last": last, "months": len(one.base.months), "value": totals.value, "firms": totals.firms
    }  # fmt: skip

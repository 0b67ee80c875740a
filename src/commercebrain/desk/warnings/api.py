"""Warnings through the API: signals and their feed, rules with how bureaus use them, back-tests.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.core.rest import REFUSALS, Feed, FeedIn, FeedOut, Paged, Shaped, found
from commercebrain.desk.core.rest.listing import narrowed
from commercebrain.desk.core.rest.shapes import (
    Key,
    Names,
    PersonRef,
    RegionOut,
    UnitRef,
    Word,
    person_ref,
    region_out,
    unit_ref,
)
from commercebrain.desk.forms.moment import now
from commercebrain.desk.people.models import Unit
from commercebrain.desk.warnings import clearance, kinds, pages, queries, testing, words
from commercebrain.desk.warnings.models import BackTest, RuleUse, Signal
from commercebrain.desk.warnings.pages import Line
from commercebrain.desk.warnings.permission import Refused
from commercebrain.desk.warnings.views import Signals
from commercebrain.engine.rules.kinds import Rule

router = Router(tags=["warnings"])


class SignalOut(Schema):
    """A rule that holds for a subject."""

    id: int
    rule: str = Field(examples=["R012"])
    rule_name: Names
    level: str = Field(description="note, watch or close_watch")
    subject_kind: str = Field(description="firm, goods, county, market, cluster, indicator or project")
    subject: str = Field(description="its key within its kind: a credit code, goods with their market, a region")
    subject_name: Names
    uscc: str = Field(description="credit code of the firm; empty where it is of none")
    region: RegionOut | None
    unit: UnitRef = Field(description="who deals with it")
    bureau: UnitRef = Field(description="whose rule it is")
    period: str = Field(examples=["2025-06"])
    sentence: Names
    cause: str = Field(description="signals of one cause belong together; empty for none")
    cause_name: Names
    state: str = Field(description="late, waiting, acknowledged, in_case, inhibited or closed")
    inhibited_by: int | None = Field(description="the wider signal that speaks for it")
    opened_on: date
    last_held_on: date
    due_at: datetime | None = Field(description="until when somebody must acknowledge it")
    acknowledged_until: date | None
    case: int | None
    end: str = Field(
        description="why it closed: ended, handled, false_alarm, rule_off, merged or unit_closed; empty while it is open"
    )
    closed_on: date | None
    synthetic: bool
    version: int
    updated_at: datetime


class SignalStepOut(Schema):
    """What happened to a signal."""

    what: str
    sentence: str
    to: str = Field(description="code of the role that was told")
    at: datetime
    by: PersonRef | None


class SignalDetail(SignalOut):
    """A signal with what it rests on and what happened to it."""

    evidence: dict[str, Any] = Field(
        description="facts with their values and units (null and `withheld` where you are not cleared), what was missing, the explanation"
    )
    proposes: list[str] = Field(description="codes of measures that the rule proposes")
    steps: list[SignalStepOut] = Field(description="the latest first")


class RuleOut(Schema):
    """A declared rule, how the bureau uses it, and what came of it there as far as you see."""

    code: str = Field(examples=["R012"])
    name: Names
    group: str
    subject: str
    when: str = Field(description="the condition as it is declared")
    parameters: dict[str, float] = Field(description="thresholds as they hold at the bureau")
    state: str = Field(description="unused, proposed, on or off")
    unit: UnitRef | None
    since: date | None
    raised: int
    opened: int
    handled: int
    false_alarms: int
    version: int | None = Field(description="of the use; null where it is not used")


class BackTestOut(Schema):
    """A back-test: at each threshold what would have been found, how much of it came true, how early."""

    id: int
    rule: str
    unit: UnitRef
    first: str = Field(examples=["2024-01"])
    last: str
    truth: str = Field(description="exports_fall or answer_key")
    made_on: date
    synthetic: bool
    curve: list[dict[str, Any]] = Field(description="by threshold; null where nothing can be said")
    summary: dict[str, Any] = Field(description="at the declared threshold")


def signal_out(row: Signal) -> dict[str, Any]:
    """A signal as the API tells it."""
    firm = row.enterprise
    return {
        "id": row.pk, "rule": row.rule, "rule_name": _names((row.declaration or {}).get("name"), row.rule),
        "level": row.level, "subject_kind": row.subject_kind, "subject": row.subject,
        "subject_name": {"zh": row.subject_zh, "en": row.subject_en or row.subject_zh},
        "uscc": firm.uscc if firm is not None else "", "region": region_out(row.region), "unit": unit_ref(row.unit),
        "bureau": unit_ref(row.bureau), "period": row.period, "sentence": clearance.sentence(row),
        "cause": row.cause, "cause_name": {"zh": row.cause_zh, "en": row.cause_en},
        "state": words.standing(row, now()), "inhibited_by": row.inhibited_by_id, "opened_on": row.opened_on,
        "last_held_on": row.last_held_on, "due_at": row.due_at, "acknowledged_until": row.acknowledged_until,
        "case": row.case_id, "end": row.end, "closed_on": row.closed_on, "synthetic": row.synthetic,
        "version": row.version, "updated_at": row.updated_at,
    }  # fmt: skip


def _names(given: Any, code: str) -> dict[str, str]:
    told = given or {}
    zh = str(told.get("zh") or code)
    return {"zh": zh, "en": str(told.get("en") or zh)}


def detail_out(row: Signal) -> dict[str, Any]:
    """A signal with its evidence and its steps."""
    steps = [
        {"what": one.what, "sentence": clearance.said(row, one), "to": one.to, "at": one.at, "by": person_ref(one.by)}
        for one in pages.steps(row)
    ]
    return {
        **signal_out(row), "evidence": clearance.evidence(row),
        "proposes": [str(code) for code in (row.declaration or {}).get("proposes") or ()], "steps": steps,
    }  # fmt: skip


def seen(request: HttpRequest, pk: int) -> Signal:
    """A signal in sight; 404 otherwise."""
    rows = queries.signals(request.user).select_related("bureau", "unit", "enterprise", "region")
    row: Signal = found(rows.filter(pk=pk).first())
    return row


def office(request: HttpRequest) -> None:
    """Refuses who is none of the administration."""
    if not pages.office(request.user):
        raise Refused(
            "internal",
            "预警和规则仅供商务部门内部使用。",
            "Warnings and rules are internal to the administration.",
            403,
        )


def rule_out(line: Line, unit: Unit | None) -> dict[str, Any]:
    """A rule as the API tells it."""
    rule: Rule = line.rule
    use = line.use if line.use is not None and line.use.state == RuleUse.State.ON else line.proposed or line.use
    held = kinds.parameters_of(use) if use is not None else {}
    return {
        "code": rule.code, "name": names_out_of(rule.name), "group": rule.group, "subject": rule.subject, "when": rule.when,
        "parameters": {name: float(held.get(name, one.value)) for name, one in rule.parameters.items()},
        "state": use.state if use is not None else "unused", "unit": unit_ref(unit), "since": use.since if use else None,
        "raised": line.raised, "opened": line.opened, "handled": line.handled, "false_alarms": line.false_alarms,
        "version": use.version if use is not None else None,
    }  # fmt: skip


def names_out_of(name: Any) -> dict[str, str]:
    """Words of the catalogue as the API tells them."""
    return {"zh": name.zh, "en": name.en}


def _bureau(request: HttpRequest, unit: int | None) -> Unit | None:
    chosen = pages.bureau_asked(request.user, "" if unit is None else str(unit))
    return chosen if unit is None else found(chosen)


def test_out(request: HttpRequest, row: BackTest) -> dict[str, Any]:
    """A back-test without names of firms: examples are for the page, which shows them in scope."""
    result = row.result or {}
    hidden = {"curve", "counties", "found", "missed", "false_examples"}
    return {
        "id": row.pk, "rule": row.rule, "unit": unit_ref(row.unit), "first": row.first, "last": row.last,
        "truth": row.truth, "made_on": row.made_on, "synthetic": row.synthetic, "curve": list(result.get("curve") or ()),
        "summary": {key: value for key, value in result.items() if key not in hidden},
    }  # fmt: skip


@router.get("/signals", response={200: list[SignalOut], **REFUSALS}, operation_id="list_signals")
@paginate(Paged)
def signals(
    request: HttpRequest,
    state: Word = Query(
        "", description="open (default), late, waiting, acknowledged, in_case, inhibited, closed or all"
    ),
    level: list[str] = Query([], description="note, watch, close_watch; several may be given"),
    rule: Word = Query("", description="number of a rule"),
    county: Word = Query("", description="code of a region, with all below it"),
    firm: Word = Query("", description="credit code, or part of a name"),
    inhibited: Word = Query("", description="yes or no"),
    cause: Word = Query("", description="as `cause` of a signal says"),
) -> Any:
    """Signals in your sight, the gravest first."""
    office(request)
    return Shaped(narrowed(Signals, request), signal_out)


@router.get("/signals/{int:signal_id}", response={200: SignalDetail, **REFUSALS}, operation_id="get_signal")
def signal(request: HttpRequest, signal_id: Key) -> Any:
    """One signal with what it rests on."""
    return detail_out(seen(request, signal_id))


@router.get("/feed/signals", response={200: FeedOut[SignalOut], **REFUSALS}, operation_id="feed_signals")
def feed_signals(request: HttpRequest, asked: Query[FeedIn]) -> Any:
    """The signals in your sight in the order of their last change, closed ones too."""
    rows = queries.signals(request.user).select_related("bureau", "unit", "enterprise", "region")
    return Feed(rows, "updated_at", signal_out).piece(asked)


@router.get("/rules", response={200: list[RuleOut], **REFUSALS}, operation_id="list_rules")
@paginate(Paged)
def rules(request: HttpRequest, unit: int | None = Query(None, ge=1, le=2**63 - 1, description="the bureau")) -> Any:
    """The declared rules with how a bureau uses them."""
    office(request)
    where = _bureau(request, unit)
    return Shaped(pages.lines(request.user, where), lambda line: rule_out(line, where))


@router.get("/rules/{str:rule_code}", response={200: RuleOut, **REFUSALS}, operation_id="get_rule")
def rule(
    request: HttpRequest, rule_code: str, unit: int | None = Query(None, ge=1, le=2**63 - 1, description="the bureau")
) -> Any:
    """One rule."""
    office(request)
    where = _bureau(request, unit)
    return rule_out(
        found(next((line for line in pages.lines(request.user, where) if line.rule.code == rule_code), None)), where
    )


@router.get(
    "/rules/{str:rule_code}/back-tests", response={200: list[BackTestOut], **REFUSALS}, operation_id="list_back_tests"
)
@paginate(Paged)
def back_tests(
    request: HttpRequest, rule_code: str, unit: int | None = Query(None, ge=1, le=2**63 - 1, description="the bureau")
) -> Any:
    """Back-tests of a rule at a bureau, the newest first."""
    office(request)
    found(kinds.rules().get(rule_code))
    return Shaped(testing.tests(request.user, rule_code, _bureau(request, unit)), lambda row: test_out(request, row))

"""Writes of warnings through the API: acknowledging, noting, calling a false alarm, opening the case, beginning a back-test.

Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.
"""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema, Status
from pydantic import ConfigDict, Field, StringConstraints

from commercebrain.desk.core.rest import REFUSALS, found, idempotent
from commercebrain.desk.core.rest.shapes import CLEAN, Asked, Day, Id, Key, Version, Word
from commercebrain.desk.people.queries import units_visible_to
from commercebrain.desk.warnings import kinds, testing
from commercebrain.desk.warnings.actions import signals as actions
from commercebrain.desk.warnings.api import SignalDetail, detail_out, office, router, seen

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=CLEAN)]


class Acknowledging(Asked):
    """Somebody answers for it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sentence": "本周内走访企业", "until": "2025-07-25", "version": 1}]}
    )
    sentence: Sentence
    until: Day | None = None
    version: Version


class Alarming(Asked):
    """Why it is a false alarm."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"sentence": "企业当月集中检修，订单未变", "version": 1}]}
    )
    sentence: Sentence
    version: Version


class Noting(Asked):
    """A sentence that is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sentence": "已电话联系企业负责人"}]})
    sentence: Sentence


class CaseOpening(Asked):
    """The version that was read; where the firm is worked on already, which case to join, or why a new one is opened."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 1}]})
    version: Version
    join: Id | None = Field(
        None, description="the case to join, where several of the firm are open; the newest if left out"
    )
    beside: Sentence | None = Field(None, description="the reason why a new case is opened beside one that is open")


class Testing(Asked):
    """Where, and over which months."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"unit": 2, "first": "2024-01", "last": "2025-03"}]})
    unit: Id
    first: Word
    last: Word


class JobRef(Schema):
    """The job that was begun."""

    job: int


@router.post(
    "/signals/{int:signal_id}/acknowledge", response={200: SignalDetail, **REFUSALS}, operation_id="acknowledge_signal"
)
@idempotent
def acknowledge_signal(request: HttpRequest, signal_id: Key, asked: Acknowledging) -> Any:
    """Acknowledges a signal: says what will be done, and until when nobody need ask again."""
    actions.acknowledge(seen(request, signal_id), request.user, asked.sentence, asked.until, seen=asked.version)
    return detail_out(seen(request, signal_id))


@router.post(
    "/signals/{int:signal_id}/false-alarm", response={200: SignalDetail, **REFUSALS}, operation_id="false_alarm"
)
@idempotent
def false_alarm(request: HttpRequest, signal_id: Key, asked: Alarming) -> Any:
    """Closes a signal as a false alarm; the record of its rule counts it."""
    actions.false_alarm(seen(request, signal_id), request.user, asked.sentence, seen=asked.version)
    return detail_out(seen(request, signal_id))


@router.post("/signals/{int:signal_id}/notes", response={201: SignalDetail, **REFUSALS}, operation_id="note_signal")
@idempotent
def note_signal(request: HttpRequest, signal_id: Key, asked: Noting) -> Any:
    """Keeps a sentence with a signal."""
    actions.note(seen(request, signal_id), request.user, asked.sentence)
    return Status(201, detail_out(seen(request, signal_id)))


@router.post("/signals/{int:signal_id}/case", response={201: SignalDetail, **REFUSALS}, operation_id="open_signal_case")
@idempotent
def open_signal_case(request: HttpRequest, signal_id: Key, asked: CaseOpening) -> Any:
    """Brings a signal into the hands of a case: it joins the one in which its firm is worked on by the same template; where
    there is none in your sight, or you give a reason under `beside`, a new one is opened."""
    beside = actions.reason_beside(asked.beside) if asked.beside is not None else ""
    row = seen(request, signal_id)
    actions.open_case(row, request.user, seen=asked.version, join=asked.join, beside=beside)
    return Status(201, detail_out(seen(request, signal_id)))


@router.post("/rules/{str:rule_code}/back-tests", response={202: JobRef, **REFUSALS}, operation_id="begin_back_test")
@idempotent
def begin_back_test(request: HttpRequest, rule_code: str, asked: Testing) -> Any:
    """Begins the back-test of a rule as a job, which can be watched and cancelled under `/jobs`."""
    office(request)
    rule = found(kinds.rules().get(rule_code))
    unit = found(units_visible_to(request.user).filter(pk=asked.unit).first())
    return Status(202, {"job": testing.begin(request.user, rule, unit, asked.first, asked.last).pk})

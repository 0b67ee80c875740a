"""What the audit of the plans' arithmetic found, through the API; a run is started under ``/jobs``.

Annotations are evaluated here (no postponed ones): ninja's pagination reads them where their names are unknown.
"""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import paginate
from pydantic import Field

from commercebrain.desk.audits import queries
from commercebrain.desk.audits.models import AuditFinding
from commercebrain.desk.core.rest import REFUSALS, Paged, Shaped, found
from commercebrain.desk.core.rest.shapes import Key, Names, PersonRef, Word, person_ref

router = Router(tags=["audits"])
Verdict = Literal["contradiction", "conflict", "tension", "rounding", "holds"]


class QuoteOut(Schema):
    """The words that a finding stands on, by their place in the plan's text."""

    document: int
    quote: str
    start: int
    end: int


class AuditFindingOut(Schema):
    """One verdict on a few numbers, kept over later runs, with its answer."""

    id: int
    check: str = Field(description="number of the check", examples=["PA101"])
    verdict: Verdict
    sentence: Names = Field(description="what was found")
    computation: str = Field(examples=["1.2 + 0.9 = 2.1 ≠ 2.0"])
    quotes: list[QuoteOut]
    found_on: date
    resolved_on: date | None = Field(description="a later run did not find it any more")
    answer: str = Field(description="explained, to_be_corrected, accepted, or empty")
    note: str
    answered_by: PersonRef | None
    answered_on: date | None


def audit_finding_out(row: AuditFinding) -> dict[str, Any]:
    """A finding."""
    keys = ("verdict", "computation", "quotes", "found_on", "resolved_on", "answer", "note", "answered_on")
    return {
        "id": row.pk, "check": row.check_number, "sentence": {"zh": row.zh, "en": row.en},
        "answered_by": person_ref(row.answered_by), **{key: getattr(row, key) for key in keys},
    }  # fmt: skip


@router.get("/audits", response={200: list[AuditFindingOut], **REFUSALS}, operation_id="list_audit_findings")
@paginate(Paged)
def audits(
    request: HttpRequest,
    plan: Key | None = Query(None, description="what quotes this plan"),
    verdict: Verdict | None = None,
    check: Word | None = None,
    resolved: bool = Query(False, description="those that were resolved too"),
) -> Any:
    """What the audit found in the plans in your sight, the gravest first."""
    rows = queries.findings(request.user, resolved=resolved)
    wanted = {"places__document_id": plan, "verdict": verdict, "check_number": check}
    return Shaped(rows.filter(**{key: value for key, value in wanted.items() if value is not None}), audit_finding_out)


@router.get("/audits/{int:finding}", response={200: AuditFindingOut, **REFUSALS}, operation_id="get_audit_finding")
def audit(request: HttpRequest, finding: int) -> Any:
    """One finding, resolved or not."""
    return audit_finding_out(found(queries.findings(request.user, resolved=True).filter(pk=finding).first()))

"""Writes about enterprises through the API: entering one, the bureau's own facts, requests about register facts.

Reads and writes of an address stand on one router: a second one would hide it.
Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.
"""

from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja import Status
from pydantic import ConfigDict, Field, StringConstraints

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.rest import REFUSALS, found, idempotent
from commercebrain.desk.core.rest.shapes import CLEAN, Asked, Day, Id, Line, Version, Word
from commercebrain.desk.people.models import Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.registry import actions, queries
from commercebrain.desk.registry.api_enterprises import ChangeOut, FirmOut, change_out, firm_out, router, seen
from commercebrain.desk.registry.models import Enterprise, EnterpriseChange, Region, Township
from commercebrain.desk.registry.views.enterprise_forms import enterable
from commercebrain.engine.errors import UserError

NameZh = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=CLEAN)]
NameEn = Annotated[str, StringConstraints(max_length=200, pattern=CLEAN)]
Address = Annotated[str, StringConstraints(max_length=200, pattern=CLEAN)]
Uscc = Annotated[str, StringConstraints(min_length=18, max_length=40, pattern=CLEAN)]
Industry = Annotated[str, StringConstraints(pattern=r"^([0-9]{4})?$")]
RegionCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Size = Literal["large", "medium", "small", "micro", ""]


class NewFirm(Asked):
    """A firm to enter; the unit in charge follows from the county."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"uscc": "91990100MA0000002P", "name_zh": "示例二号公司", "region": "990100", "industry": "5132"}
            ]
        }
    )
    uscc: Uscc = Field(description="unified social credit code, with its check digit")
    name_zh: NameZh
    name_en: NameEn = ""
    region: RegionCode = Field(description="GB/T 2260 of the county")
    address: Address = ""
    industry: Industry = Field("", description="four digits of GB/T 4754")
    established_on: Day | None = None
    size: Size = ""


class OwnFacts(Asked):
    """The bureau's own facts; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"size": "small", "tags": ["外贸"], "version": 1}]})
    name_en: NameEn | None = None
    township: Word | None = Field(None, description="code of a township of the firm's county; null takes it away")
    size: Size | None = None
    unit: Id | None = Field(None, description="unit in charge: one for which you enter")
    tags: list[Word] | None = Field(None, max_length=50)
    version: Version


class RegisterFacts(Asked):
    """Register facts as they should be, and why; what is left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"address": "甬江大道1号", "reason": "登记机关变更通知"}]}
    )
    name_zh: NameZh | None = None
    uscc: Uscc | None = None
    status: Literal["existing", "revoked", "closed", "moved"] | None = None
    established_on: Day | None = None
    closed_on: Day | None = None
    address: Address | None = None
    industry: Industry | None = None
    region: RegionCode | None = None
    reason: Line


class Decided(Asked):
    """A decision on a request."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "与登记机关核对无误", "version": 1}]})
    note: Line = Field("", description="a rejection says why")
    version: Version


def _region(code: str) -> Region:
    row = queries.as_of(code, today())
    if row is None:
        raise UserError(
            "regions.unknown",
            f"没有代码为 {code} 的现行地区，请改正。",
            f"No region has the code {code} today; correct it.",
        )
    return row


@router.post("/enterprises", response={201: FirmOut, **REFUSALS}, operation_id="create_enterprise")
@idempotent
def create_enterprise(request: HttpRequest, asked: NewFirm) -> Any:
    """Enters a firm that the register does not hold yet."""
    values = {**asked.model_dump(), "region": _region(asked.region)}
    row = actions.add_enterprise(request.user, **values)
    return Status(201, firm_out(row))


@router.patch("/enterprises/{int:enterprise}", response={200: FirmOut, **REFUSALS}, operation_id="edit_enterprise")
@idempotent
def edit_enterprise(request: HttpRequest, enterprise: int, asked: OwnFacts) -> Any:
    """Changes the bureau's own facts; register facts are changed by request."""
    firm = enterable(request, enterprise)
    values = asked.model_dump(exclude_unset=True)
    values.pop("version")
    # An empty value of a text is an empty text; only a township can be taken away.
    values = {key: value for key, value in values.items() if value is not None or key == "township"}
    if values.get("township") is not None:
        values["township"] = found(Township.objects.filter(code=values["township"]).first())
    if "unit" in values:
        values["unit"] = _unit(request, firm, values["unit"])
    actions.edit_enterprise(request.user, firm, values, asked.version)
    # With another unit in charge the firm may be out of the caller's sight now: it is told once more all the same.
    return firm_out(Enterprise.objects.select_related("region", "unit", "township").get(pk=firm.pk))


def _unit(request: HttpRequest, firm: Enterprise, pk: int) -> Unit:
    """A unit for which the person enters, or the one that is in charge already."""
    extent = extent_of(request.user, Right.ENTER, today())
    if not extent.everything and pk not in extent.units and pk != firm.unit_id:
        raise PermissionDenied
    return found(Unit.objects.filter(pk=pk).first())


@router.post(
    "/enterprises/{int:enterprise}/changes", response={201: ChangeOut, **REFUSALS},
    operation_id="create_enterprise_change",
)  # fmt: skip
@idempotent
def ask_for_change(request: HttpRequest, enterprise: int, asked: RegisterFacts) -> Any:
    """Asks to change register facts; somebody else decides."""
    values = asked.model_dump(exclude_unset=True)
    values.pop("reason")
    cleared = {"established_on", "closed_on"}
    values = {key: value for key, value in values.items() if value is not None or key in cleared}
    if "region" in values:
        values["region"] = _region(values["region"])
    firm = seen(request, enterprise)
    made = actions.ask_for_change(request.user, firm, values, asked.reason)
    return Status(201, change_out(made))


def _change(request: HttpRequest, pk: int) -> EnterpriseChange:
    row: EnterpriseChange = found(queries.change_requests_visible_to(request.user).filter(pk=pk).first())
    return row


@router.post(
    "/enterprises/changes/{int:change}/approve", response={200: ChangeOut, **REFUSALS},
    operation_id="approve_enterprise_change",
)  # fmt: skip
@idempotent
def approve_change(request: HttpRequest, change: int, asked: Decided) -> Any:
    """Approves a request of somebody else; the facts change at once."""
    row = _change(request, change)
    return change_out(actions.decide_change(request.user, row, True, asked.note, asked.version))


@router.post(
    "/enterprises/changes/{int:change}/reject", response={200: ChangeOut, **REFUSALS},
    operation_id="reject_enterprise_change",
)  # fmt: skip
@idempotent
def reject_change(request: HttpRequest, change: int, asked: Decided) -> Any:
    """Rejects a request of somebody else, with the reason."""
    row = _change(request, change)
    return change_out(actions.decide_change(request.user, row, False, asked.note, asked.version))


@router.post(
    "/enterprises/changes/{int:change}/withdraw", response={200: ChangeOut, **REFUSALS},
    operation_id="withdraw_enterprise_change",
)  # fmt: skip
@idempotent
def withdraw_change(request: HttpRequest, change: int) -> Any:
    """Takes your own open request back."""
    actions.withdraw_change(request.user, _change(request, change))
    return change_out(_change(request, change))

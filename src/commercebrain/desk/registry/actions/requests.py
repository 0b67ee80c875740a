"""Requests to change what the market-supervision register says of a firm: asked by one, decided by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import IntegrityError, transaction

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.actions.enterprises import (
    REGISTER_FACTS,
    checked,
    must_enter,
    taken,
    told,
    unit_in_charge,
)
from commercebrain.desk.registry.finding import keep_found
from commercebrain.desk.registry.models import Enterprise, EnterpriseChange, EnterpriseName, Region
from commercebrain.desk.registry.queries.enterprises import of_the_bureau
from commercebrain.engine.errors import UserError

State = EnterpriseChange.State


def plain(name: str, value: Any) -> Any:
    """A fact as JSON keeps it: dates in ISO form, a region by its code."""
    if isinstance(value, Region):
        return value.code
    return value.isoformat() if isinstance(value, date) else value


def _real(name: str, value: Any) -> Any:
    """The fact that JSON kept, as the row wants it."""
    if name == "region":
        return Region.objects.get(code=value, valid_to=None)
    return date.fromisoformat(value) if name.endswith("_on") and value else value


def ask_for_change(
    person: Person,
    enterprise: Enterprise,
    values: Mapping[str, Any],
    reason: str,
    evidence: File[bytes] | None = None,
) -> EnterpriseChange:
    """Asks to change register facts (:data:`REGISTER_FACTS`); values that are as they stand are left out.

    Raises :class:`UserError`: ``changes.not_a_register_fact``, ``changes.none``, ``changes.no_reason``,
    ``changes.already_asked`` (an open request speaks of the same fact), and what :func:`checked` finds.
    """
    must_enter(person, enterprise)
    if wrong := [name for name in values if name not in REGISTER_FACTS]:
        raise UserError(
            "changes.not_a_register_fact",
            f"{'、'.join(wrong)} 不是登记事项，可直接修改。",
            f"{', '.join(wrong)} are not facts of the register; edit them directly.",
        )
    if not reason.strip():
        raise UserError(
            "changes.no_reason",
            "请写明申请变更的理由，例如登记机关的变更通知及日期。",
            "Say why: for example the register's notice of the change and its date.",
        )
    wanted = checked({"region": enterprise.region, "uscc": enterprise.uscc, **_dates(enterprise), **values})
    changes = {
        name: [plain(name, getattr(enterprise, name)), plain(name, wanted[name])]
        for name in REGISTER_FACTS
        if name in values and plain(name, wanted[name]) != plain(name, getattr(enterprise, name))
    }
    if not changes:
        raise UserError(
            "changes.none",
            "没有任何改动；请修改至少一项后再提交。",
            "Nothing is different; change at least one fact before you ask.",
        )
    if "uscc" in changes and Enterprise.objects.filter(uscc=wanted["uscc"]).exclude(pk=enterprise.pk).exists():
        raise taken(wanted["uscc"])
    with transaction.atomic():
        for other in EnterpriseChange.objects.select_for_update().filter(enterprise=enterprise, state=State.OPEN):
            if both := set(other.changes) & set(changes):
                raise UserError(
                    "changes.already_asked",
                    f"关于 {'、'.join(sorted(both))} 已有一份待审的变更申请（第 {other.pk} 号），请等待审核或先撤回。",
                    f"An open request (no. {other.pk}) already speaks of {', '.join(sorted(both))}; "
                    "wait for its decision or withdraw it.",
                )
        request = EnterpriseChange(
            enterprise=enterprise, changes=changes, reason=reason.strip(), asked_by=person, asked_on=today()
        )
        if evidence is not None:
            request.evidence.save(evidence.name or "evidence", evidence, save=False)
        request.save()
        record(
            "enterprise.change_asked", enterprise, person, unit=enterprise.unit, request=request.pk,
            fields=", ".join(changes), **told(enterprise),
        )  # fmt: skip
    return request


def _dates(enterprise: Enterprise) -> dict[str, Any]:
    return {"established_on": enterprise.established_on, "closed_on": enterprise.closed_on}


def decide_change(
    person: Person, request: EnterpriseChange, approve: bool, note: str = "", seen: int | None = None
) -> EnterpriseChange:
    """Approves or rejects a request. Not one's own, only for the bureau in charge, once.

    On approval the facts change, an old name is kept as a former one, and a firm that moves to another county goes to
    that county's bureau. Raises :class:`UserError`: ``changes.own``, ``changes.decided``, ``changes.no_reason`` (a
    rejection says why), ``changes.stale`` (the fact is no longer what the request found).
    """
    enterprise = request.enterprise
    if not of_the_bureau(person, enterprise):
        raise PermissionDenied
    if request.asked_by_id == person.pk:
        raise UserError(
            "changes.own",
            "不能审核自己提出的变更申请，请由另一位同事审核。",
            "You cannot decide your own request; another colleague can.",
        )
    if not approve and not note.strip():
        raise UserError("changes.no_reason", "请写明不同意的理由。", "Say why you reject the request.")
    try:
        with transaction.atomic():
            request.claim(seen)
            request = EnterpriseChange.objects.select_for_update().get(pk=request.pk)
            if request.state != State.OPEN:
                raise UserError(
                    "changes.decided",
                    f"这份申请已经{request.get_state_display()}，不能再审核。",
                    f"This request is already {request.state}; it cannot be decided again.",
                )
            if approve:
                _apply(request)
            request.state = State.APPROVED if approve else State.REJECTED
            request.decided_by, request.decided_on, request.decision_note = person, today(), note.strip()
            request.save()
            enterprise.refresh_from_db()
            record(
                "enterprise.change_approved" if approve else "enterprise.change_rejected", enterprise, person,
                unit=enterprise.unit, request=request.pk, fields=", ".join(request.changes), note=note.strip(),
                **told(enterprise),
            )  # fmt: skip
    except IntegrityError:
        code = (request.changes.get("uscc") or ["", ""])[1]
        if code and Enterprise.objects.filter(uscc=code).exclude(pk=enterprise.pk).exists():
            raise taken(code) from None
        raise
    return request


def _apply(request: EnterpriseChange) -> None:
    enterprise = Enterprise.objects.select_for_update().select_related("region").get(pk=request.enterprise_id)
    enterprise.claim(None)
    for name, (old, _new) in request.changes.items():
        now = plain(name, getattr(enterprise, name))
        if now != old:
            raise UserError(
                "changes.stale",
                f"提出申请之后，{name} 已由“{old}”变为“{now}”；请驳回后重新提出。",
                f"Since the request was made, {name} has changed from “{old}” to “{now}”; reject it and ask anew.",
            )
    for name, (_old, new) in request.changes.items():
        setattr(enterprise, name, _real(name, new))
    if "name_zh" in request.changes:
        EnterpriseName.objects.create(
            enterprise=enterprise, kind=EnterpriseName.Kind.FORMER, name=request.changes["name_zh"][0],
            valid_to=today(), source=f"change request {request.pk}",
        )  # fmt: skip
    if "region" in request.changes:
        enterprise.unit = unit_in_charge(enterprise.region)
        enterprise.township = None
    enterprise.save()
    keep_found([enterprise.pk])


def withdraw_change(person: Person, request: EnterpriseChange) -> None:
    """Takes one's own open request back."""
    if request.asked_by_id != person.pk:
        raise PermissionDenied
    with transaction.atomic():
        rows = EnterpriseChange.objects.filter(pk=request.pk, state=State.OPEN)
        if not rows.update(state=State.WITHDRAWN, decided_by=person, decided_on=today()):
            raise UserError(
                "changes.decided",
                "这份申请已经有了结论，不能撤回。",
                "This request has been decided; it cannot be taken back.",
            )
        enterprise = request.enterprise
        record(
            "enterprise.change_withdrawn", enterprise, person, unit=enterprise.unit, request=request.pk,
            **told(enterprise),
        )  # fmt: skip

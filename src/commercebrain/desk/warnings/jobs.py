"""Rules are evaluated every morning; what nobody answers is told on; and somebody watches that it happens."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.jobs import Cancelled, JobContext, every, job
from commercebrain.desk.people.models import Unit
from commercebrain.desk.warnings import closed_units, escalating, evaluation, notifying, testing, watching
from commercebrain.engine.errors import UserError


@job(watching.JOB, zh="运行预警规则", en="Evaluate warning rules", retries=2, idempotent=True)
def evaluate(context: JobContext, unit: int | None = None) -> dict[str, Any]:
    """Evaluates the rules in use of every bureau, or of one. What fails at one bureau stops no other; it is told at the end."""
    opened = closed = 0
    fault: Exception | None = None
    gone = closed_units.close_down(today()) if unit is None else 0
    if gone:
        context.say(f"已撤销单位的预警关闭{gone}条", f"{gone} closed of bureaus that are closed")
    units = evaluation.bureaus() if unit is None else list(Unit.objects.filter(pk=unit).select_related("region"))
    for bureau in units:
        try:
            done = evaluation.evaluate(bureau, progress=context.progress)
        except Cancelled:
            raise
        except Exception as met:  # it is kept with the evaluation and raised below, after the other bureaus
            zh, en = (met.zh, met.en) if isinstance(met, UserError) else (str(met), str(met))
            context.say(f"{bureau.name_zh}：{zh}", f"{bureau.name_en}: {en}")
            fault = fault or met
            continue
        opened, closed = opened + done.opened, closed + done.closed
        context.say(
            f"{bureau.name_zh}：{done.rules}条规则，新增{done.opened}条，解除{done.closed}条",
            f"{bureau.name_en}: {done.rules} rules, {done.opened} opened, {done.closed} closed",
        )
    if fault is not None:
        raise fault
    return {
        "opened": opened,
        "closed": closed,
        "zh": f"新增{opened}条，解除{closed}条",
        "en": f"{opened} opened, {closed} closed",
    }


every("day 05:30", watching.JOB)


@job("warnings.escalate", zh="预警到期与升级", en="Warnings: run out and escalate", retries=3, idempotent=True)
def escalate(context: JobContext) -> dict[str, Any]:
    """Acknowledgements that ran out ask again, what was held back is told, what nobody acknowledged is told on."""
    day = today()
    expired = notifying.expire(day)
    for bureau in evaluation.bureaus():
        notifying.tell(bureau.pk, day)
    escalating.note_late(day)
    steps = escalating.escalate(day)
    return {
        "expired": expired,
        "steps": steps,
        "zh": f"到期{expired}条，升级{steps}次",
        "en": f"{expired} ran out, {steps} told on",
    }


every("day 08:30", "warnings.escalate")


@job(
    "warnings.watch", zh="检查预警是否按时运行", en="Watch the evaluation of warning rules", retries=3, idempotent=True
)
def watch(context: JobContext) -> dict[str, Any]:
    """Raises an alarm where no evaluation has ended well today, and ends it where one has."""
    raised = watching.watch()
    return {"alarms": len(raised), "zh": f"新告警{len(raised)}个", "en": f"{len(raised)} alarms raised"}


every("day 08:35", "warnings.watch")


#: The back-test of a rule is a job of its own (:mod:`.testing`).
BACK_TEST = testing.JOB

"""What cases do by themselves: tell what is late, look at the figures after a measure."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.cases import by_itself, clocks, escalating, following
from commercebrain.desk.core.jobs import JobContext, every, job


@job("cases.escalate", zh="超时限事项逐级上报", en="Tell of cases past their clocks", retries=3, idempotent=True)
def escalate(context: JobContext) -> dict[str, Any]:
    """Tells what is late to whom the cases name, each step once; before that, clocks that ran into a year whose holidays are
    announced by now are counted anew, and what lies with a closed unit goes to one at work."""
    clocks.recount()
    moved = by_itself.hand_on_from_closed_units()
    count = escalating.escalate()
    told = {"zh": f"上报{count}项", "en": f"{count} steps told"}
    if moved:
        told = {"zh": f"{told['zh']}，转办{moved}项", "en": f"{told['en']}, {moved} cases handed on"}
    return {"steps": count, "handed_on": moved, **told}


every("hour 20", "cases.escalate")


@job(
    "cases.move_on",
    zh="按模板自动办理的事项",
    en="Steps that templates leave to the system",
    retries=3,
    idempotent=True,
)
def move_on(context: JobContext) -> dict[str, Any]:
    """Takes the transitions that templates leave to the system, where they are ready."""
    count = by_itself.move_on()
    return {"moved": count, "zh": f"自动办理{count}项", "en": f"{count} cases moved"}


every("day 06:50", "cases.move_on")


@job("cases.follow_up", zh="按企业数据回访", en="Look at firms' figures after measures", retries=3, idempotent=True)
def follow_up(context: JobContext) -> dict[str, Any]:
    """Checks the follow-ups whose months are published."""
    count = following.check_due(context=context)
    return {"checked": count, "zh": f"回访{count}项有结果", "en": f"{count} follow-ups have a result"}


every("day 06:30", "cases.follow_up")

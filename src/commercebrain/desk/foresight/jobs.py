"""The long work of foresight: keeping forecasts before the truth is known."""

from __future__ import annotations

from typing import Any

from commercebrain.desk.core.jobs import JobContext, every, job
from commercebrain.desk.core.jobs.beside import beside
from commercebrain.desk.foresight import actions


@job(actions.JOB, zh="保存预测", en="Keep forecasts", idempotent=True, retries=1)
def keep(context: JobContext) -> dict[str, Any]:
    """Keeps forecasts of everything declared in ``catalogue/foresight.yaml``."""
    return actions.keep(context)


every("day 02:30", actions.JOB)


@beside("foresight.after_intake", 60)
def after_intake() -> None:
    """What was taken in since forecasts were last kept is forecast anew, once."""
    actions.keep_after_intake()

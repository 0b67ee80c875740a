"""Once a night: sessions that are over and keys of requests that nobody repeats any more are removed."""

from __future__ import annotations

from commercebrain.desk.access import sessions
from commercebrain.desk.core.jobs.declaring import JobContext, every, job
from commercebrain.desk.core.rest import idempotency


@job(
    "access.tidy",
    zh="清理过期会话与请求标识",
    en="Remove sessions that are over and keys of requests",
    retries=2,
    idempotent=True,
)
def tidy(context: JobContext) -> dict[str, int]:
    """Removes what expired; says how many of each went."""
    return {"sessions": sessions.clear(), "keys": idempotency.forget()}


every("day 04:20", "access.tidy")

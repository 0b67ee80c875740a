"""Small plans of the invented 示例市 and what a check says of them."""

from __future__ import annotations

from commercebrain.engine.planaudit.audit import audit_plans
from commercebrain.engine.planaudit.findings import Finding

HEAD = "示例市商务发展“十四五”规划\n\n规划期限为2021—2025年。\n\n一、现实基础\n\n"


def findings(check: str, *bodies: str, heads: tuple[str, ...] = ()) -> list[Finding]:
    """A check's findings on plans with the given texts."""
    named = zip(bodies, heads or (HEAD,) * len(bodies), strict=True)
    documents = [(f"plan{n}.txt", head + body + "\n") for n, (body, head) in enumerate(named)]
    return [finding for finding in audit_plans(documents) if finding.check == check]


def verdicts(check: str, *bodies: str) -> list[str]:
    """The verdicts of a check on plans with the given texts."""
    return [finding.verdict for finding in findings(check, *bodies)]

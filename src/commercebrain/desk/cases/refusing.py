"""Refusals of actions on cases, each with the status that the API answers."""

from __future__ import annotations

from commercebrain.engine.errors import UserError


def refused(code: str, zh: str, en: str, status: int = 409) -> UserError:
    """A refusal: ``cases.<code>``, the sentence in both languages, and the HTTP status."""
    fault = UserError(f"cases.{code}", zh, en)
    fault.status = status
    return fault


def not_yours() -> UserError:
    """Refuses who has no right over the case."""
    return refused(
        "not_yours",
        "这个事项不由您办理，您没有这样做的权限。",
        "This case is not yours to work on; you have no right to do that.",
        403,
    )


def over() -> UserError:
    """Refuses a change of a case that has ended."""
    return refused("over", "这个事项已经结束，不能再改。", "This case has ended; it cannot be changed any more.")

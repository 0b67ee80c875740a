"""Every write about who answers for what: each checks permission, changes rows and writes the event."""

from commercebrain.desk.responsibility.actions.targets import (
    allocate,
    approve,
    decline,
    propose,
    set_nature,
    withdraw,
)
from commercebrain.desk.responsibility.actions.tasks import (
    ask_deadline,
    assign,
    comment,
    decide_deadline,
    match_assignments,
    save_subtask,
    withdraw_deadline,
)
from commercebrain.desk.responsibility.actions.updates import answer, ask, reopen_month, save_update

__all__ = [
    "allocate",
    "answer",
    "approve",
    "ask",
    "ask_deadline",
    "assign",
    "comment",
    "decide_deadline",
    "decline",
    "match_assignments",
    "propose",
    "reopen_month",
    "save_subtask",
    "save_update",
    "set_nature",
    "withdraw",
    "withdraw_deadline",
]

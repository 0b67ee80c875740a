"""Every write about plans: each function checks permission, changes rows and writes the event."""

from commercebrain.desk.plans.actions.documents import (
    import_document,
    import_plans,
    read_document,
    start_reading,
)
from commercebrain.desk.plans.actions.review import (
    accept,
    accept_unattended,
    correct,
    reject,
    reopen,
)
from commercebrain.desk.plans.actions.work import agree_schedule, mark_done, mark_open

__all__ = [
    "accept",
    "accept_unattended",
    "agree_schedule",
    "correct",
    "import_document",
    "import_plans",
    "mark_done",
    "mark_open",
    "read_document",
    "reject",
    "reopen",
    "start_reading",
]

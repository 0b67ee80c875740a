"""Who answers for which promise: parts of targets, adjustments, and the work on tasks."""

from commercebrain.desk.responsibility.models.targets import Adjustment, Allocation
from commercebrain.desk.responsibility.models.tasks import Assignment, Comment, DeadlineRequest, SubTask
from commercebrain.desk.responsibility.models.updates import Light, Need, Reopening, Update

__all__ = [
    "Adjustment",
    "Allocation",
    "Assignment",
    "Comment",
    "DeadlineRequest",
    "Light",
    "Need",
    "Reopening",
    "SubTask",
    "Update",
]

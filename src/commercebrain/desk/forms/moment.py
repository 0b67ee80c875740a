"""Now, as windows of reports are measured by: the business date with the time of the day.

Where the business date stands still (the demonstration, ``cbrain tick --to``), the hours of that day go by all the same.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from commercebrain.desk.core.clock import pinned, today
from commercebrain.engine.clock import BEIJING


def now() -> datetime:
    """The moment that opening, due time and lock are compared with, in Beijing time."""
    moment = timezone.now().astimezone(BEIJING)
    return datetime.combine(today(), moment.timetz()) if pinned() else moment

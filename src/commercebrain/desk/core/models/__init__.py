"""What the common ground keeps: settings, jobs, events. One module a subject; every model is named here."""

from commercebrain.desk.core.models.events import Event, EventQuerySet
from commercebrain.desk.core.models.fulltext import SearchEntry
from commercebrain.desk.core.models.jobs import Job, JobLine, ScheduledRun, Worker
from commercebrain.desk.core.models.requests import KeyedRequest
from commercebrain.desk.core.models.seals import Seal, SealedEvent
from commercebrain.desk.core.models.settings import Setting

__all__ = [
    "Event",
    "EventQuerySet",
    "Job",
    "JobLine",
    "KeyedRequest",
    "ScheduledRun",
    "Seal",
    "SealedEvent",
    "SearchEntry",
    "Setting",
    "Worker",
]

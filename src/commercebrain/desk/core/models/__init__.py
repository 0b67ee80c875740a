"""What the common ground keeps: settings, jobs, events. One module a subject; every model is named here."""

from commercebrain.desk.core.models.attachments import Attachment
from commercebrain.desk.core.models.entries import Draft, ImportMapping, ImportRow, ImportRun
from commercebrain.desk.core.models.events import Event, EventQuerySet
from commercebrain.desk.core.models.exports import ExportFile
from commercebrain.desk.core.models.fulltext import SearchEntry
from commercebrain.desk.core.models.jobs import Job, JobLine, ScheduledRun, Worker
from commercebrain.desk.core.models.requests import KeyedRequest
from commercebrain.desk.core.models.seals import Seal, SealedEvent
from commercebrain.desk.core.models.settings import Setting
from commercebrain.desk.core.models.views import DefaultView, SavedView

__all__ = [
    "Attachment",
    "DefaultView",
    "Draft",
    "Event",
    "EventQuerySet",
    "ExportFile",
    "ImportMapping",
    "ImportRow",
    "ImportRun",
    "Job",
    "JobLine",
    "KeyedRequest",
    "SavedView",
    "ScheduledRun",
    "Seal",
    "SealedEvent",
    "SearchEntry",
    "Setting",
    "Worker",
]

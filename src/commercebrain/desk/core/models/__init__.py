"""What the common ground keeps: settings, jobs, events. One module a subject; every model is named here."""

from commercebrain.desk.core.models.events import Event, EventQuerySet
from commercebrain.desk.core.models.jobs import Job
from commercebrain.desk.core.models.requests import KeyedRequest
from commercebrain.desk.core.models.settings import Setting

__all__ = ["Event", "EventQuerySet", "Job", "KeyedRequest", "Setting"]

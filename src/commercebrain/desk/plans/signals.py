"""What other folders may listen to."""

from django.dispatch import Signal

#: Accepted rows went live: ``tasks`` are the tasks among them, new or brought up to date.
published = Signal()

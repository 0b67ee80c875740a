"""The worker's part: read the log, send mail, call other programs."""

from __future__ import annotations

from commercebrain.desk.core.jobs.beside import beside
from commercebrain.desk.notices.dispatch import dispatch
from commercebrain.desk.notices.sending import send_due
from commercebrain.desk.notices.webhooks import call_due

# Each in a thread of its own: a mail server or a receiver that does not answer holds up nobody's bell.
beside("notices.dispatch", 5.0)(dispatch)
beside("notices.mail", 15.0)(send_due)
beside("notices.calls", 10.0)(call_due)

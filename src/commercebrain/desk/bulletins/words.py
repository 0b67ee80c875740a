"""How kinds, states and columns are called on the pages of this folder."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from commercebrain.engine.releases import State

KINDS = {"flash": _("flash figure"), "provisional": _("provisional"), "final": _("final")}
#: A state is a word and a shape, never a colour alone.
STATES = {
    State.NOT_YET_DUE: ("○", _("not yet due")),
    State.DUE_TODAY: ("◐", _("due today")),
    State.OUT: ("✔", _("out in time")),
    State.OUT_LATE: ("✓", _("out, late")),
    State.PARTLY: ("▲", _("partly here, overdue")),
    State.LATE: ("■", _("overdue")),
}
WHATS = {
    "month": _("level of the month"),
    "month_growth": _("growth of the month"),
    "ytd": _("running total"),
    "ytd_growth": _("growth of the running total"),
    "pull": _("pull"),
    "share": _("share"),
}
WHAT_UNITS = {"month_growth": "%", "ytd_growth": "%", "pull": _("percentage points"), "share": "%"}

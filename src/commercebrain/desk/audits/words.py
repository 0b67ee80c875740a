"""First lines and the like about audits, in the reader's language. Words only; nothing is counted here."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.audits.queries import Counts
from commercebrain.desk.core import reader

#: Shape of a verdict; the colour only repeats it.
SHAPES = {"contradiction": "■", "conflict": "▲", "tension": "◆", "rounding": "≈", "holds": "✔"}


def check_title(number: str) -> str:
    """What a check asks, in the reader's language; its number where nobody declares it any more."""
    from commercebrain.engine.planaudit.audit import CHECKS

    known = {check.number: check for check in CHECKS}
    return known[number].title(reader.language()) if number in known else number


def verdict_words(counted: Counts) -> str:
    """“4 contradictions, 8 conflicts, 7 tensions”."""
    return ("、" if reader.chinese() else ", ").join(
        (
            ngettext("%(n)s contradiction", "%(n)s contradictions", counted["contradiction"])
            % {"n": counted["contradiction"]},
            ngettext("%(n)s conflict", "%(n)s conflicts", counted["conflict"]) % {"n": counted["conflict"]},
            ngettext("%(n)s tension", "%(n)s tensions", counted["tension"]) % {"n": counted["tension"]},
        )
    )


def summary(plans: int, counted: Counts, last: date | None) -> str:
    """The first line of a list of findings: how many plans, what stands, what nobody has answered, as of when."""
    if last is None:
        return _("The numbers of these plans have not been checked yet.")
    said = ngettext("%(n)s plan: %(verdicts)s;", "%(n)s plans: %(verdicts)s;", plans) % {
        "n": plans,
        "verdicts": verdict_words(counted),
    }
    open_ = ngettext("%(n)s of them unanswered.", "%(n)s of them unanswered.", counted.unanswered) % {
        "n": counted.unanswered
    }
    confirmed = _("%(holds)s comparisons hold, %(rounding)s are off by rounding.") % {
        "holds": counted["holds"],
        "rounding": counted["rounding"],
    }
    return ("" if reader.chinese() else " ").join(
        (said, open_, confirmed, _("Checked on %(day)s.") % {"day": last.isoformat()})
    )

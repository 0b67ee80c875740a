"""How levels, signals and back-tests are said on pages, in the reader's language. Nothing is computed here."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.cases.declared import templates
from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import DASH, number, percent
from commercebrain.desk.core.levels import SHAPES, level_word
from commercebrain.desk.warnings.models import RuleUse, Signal

#: Levels from the gravest.
GRAVEST = tuple(SHAPES)
#: Where a signal stands for who deals with it, from what presses most.
STANDINGS = {
    "late": (_("past its clock"), "▲"),
    "waiting": (_("waits to be acknowledged"), "◔"),
    "acknowledged": (_("acknowledged"), "✔"),
    "in_case": (_("handled as a case"), "▣"),
    "inhibited": (_("a wider signal speaks for it"), "–"),
    "closed": (_("closed"), "□"),
}
STATES = {
    RuleUse.State.PROPOSED: (_("proposed, waits for approval"), "◔"),
    RuleUse.State.ON: (_("in use"), "●"),
    RuleUse.State.OFF: (_("switched off"), "□"),
}
NOT_USED = (_("not used"), "○")
TRUTHS = {
    "exports_fall": _("the firm's exports of the next three months fall by 30% or more"),
    "answer_key": _("the shocks that the simulator put in"),
    "none": _("nothing: it tells what is, not what comes"),
}
STEPS = {
    "opened": _("raised"), "told": _("told"), "raised": _("raised to a graver level"), "lowered": _("fell to a lighter level"),
    "acknowledged": _("acknowledged"), "expired": _("the acknowledgement ran out"), "noted": _("note"),
    "inhibited": _("a wider signal speaks for it"), "released": _("speaks for itself again"), "moved": _("handed to another unit"),
    "late": _("past its clock"), "escalated": _("told further up"), "case_opened": _("case opened"), "case_joined": _("joined a case"), "case_withdrawn": _("case withdrawn"),
    "closed": _("closed"), "ended": _("no longer holds"), "calm": _("no longer holds; a case works on it"), "handled": _("handled"), "false_alarm": _("false alarm"),
    "rule_off": _("rule switched off"), "merged": _("two firms became one"), "unit_closed": _("bureau closed"),
    "taken_over": _("goes on with the firm that took its row over"), "reopened": _("open again: the merge was undone"),
}  # fmt: skip


def of_row(row: Any, name: str) -> str:
    """``name_zh`` or ``name_en`` of a row, whichever the reader reads; the other where that is empty."""
    zh, en = getattr(row, f"{name}_zh"), getattr(row, f"{name}_en")
    return str((zh or en) if reader.chinese() else (en or zh))


def shaped(code: str, word: Any, shape: str, kind: str) -> Any:
    """A word with its shape, for a cell."""
    return format_html(
        '<span class="sign sign-{}-{}"><span aria-hidden="true">{}</span> {}</span>', kind, code, shape, word
    )


def level_choices(_request: Any = None) -> list[tuple[str, str]]:
    """The levels from the gravest, for a filter."""
    return [(code, level_word(code)) for code in GRAVEST]


def standing(row: Signal, moment: datetime) -> str:
    """Code of :data:`STANDINGS`: where a signal stands at ``moment``."""
    if row.closed_at is not None:
        return "closed"
    if row.inhibited_by_id is not None:
        return "inhibited"
    if row.case_id is not None:
        return "in_case"
    if row.acknowledged_at is not None:
        return "acknowledged"
    return "late" if row.told_on and row.due_at is not None and row.due_at < moment else "waiting"


def standing_words(row: Signal, moment: datetime) -> tuple[str, str, str]:
    """Code, words with what belongs to them, shape."""
    code = standing(row, moment)
    word, shape = STANDINGS[code]
    if code == "closed":
        return code, str(row.get_end_display()), shape
    if code == "acknowledged" and row.acknowledged_until:
        return code, _t("acknowledged until %(day)s") % {"day": row.acknowledged_until.isoformat()}, shape
    return code, str(word), shape


def state_words(use: RuleUse | None) -> tuple[str, str, str]:
    """Code, word and shape of a rule's state at a bureau."""
    if use is None:
        return "unused", str(NOT_USED[0]), NOT_USED[1]
    word, shape = STATES[RuleUse.State(use.state)]
    return use.state, str(word), shape


def step_word(what: str) -> str:
    """What happened to a signal."""
    return str(STEPS.get(what, what))


def due_said(at: datetime | None) -> str:
    """Until when: a day that ends at midnight is told as that day, another moment with its hour; a dash for none."""
    if at is None:
        return DASH
    local = timezone.localtime(at)
    if (local.hour, local.minute) == (0, 0):
        return (local - timedelta(days=1)).date().isoformat()
    return local.strftime("%Y-%m-%d %H:%M")


def share_said(value: float | None) -> str:
    """A share in per cent without places; a dash for none."""
    return DASH if value is None else percent(value, 0)


def subject_address(row: Signal) -> str:
    """The page of what a signal is about; "" where it has none."""
    if row.enterprise_id is not None:
        return reverse("registry:enterprise", args=[row.enterprise_id])
    if row.subject_kind == "county" and row.region_id is not None and row.region is not None:
        return reverse("registry:region", args=[row.region.code])
    return ""


def signal_address(row: Signal) -> str:
    """Its card."""
    return reverse("warnings:signal", args=[row.pk])


def case_address(row: Signal) -> str | None:
    """The page of its case; none where it has none."""
    return None if row.case_id is None else reverse("cases:case", args=[row.case_id])


def record_rows(record: Any) -> list[tuple[str, str]]:
    """What became of a rule's signals, line by line (:class:`.queries.RuleRecord`)."""
    rows = [
        (_t("Raised so far"), number(record.raised)), (_t("Open signals"), number(record.open)),
        (_t("Kept behind a wider one"), number(record.inhibited)), (_t("In the hands of a case"), number(record.in_case)),
        (_t("Handled"), number(record.handled)), (_t("of them recovered"), number(record.recovered)),
        (_t("of them not recovered"), number(record.not_recovered)), (_t("too early to tell"), number(record.too_early)),
        (_t("False alarms"), number(record.false_alarms)), (_t("Ended by itself"), number(record.ended)),
        (_t("Of those judged, no false alarm"), share_said(record.precision)),
    ]  # fmt: skip
    if record.first:
        rows.append((_t("First and last"), f"{record.first} – {record.last}"))
    return rows


def step_sentence(what: str, sentence: str) -> str:
    """What was said with a step: levels in words, a wider signal by its number not at all."""
    if what in ("raised", "lowered"):
        return " → ".join(level_word(one) for one in re.split(r"[^a-z_]+", sentence) if one)
    if what in ("opened", "inhibited"):  # the card says the sentence itself, and links the wider signal
        return ""
    if what == "handled":  # the outcome of its case, by its code
        return outcome_word(sentence)
    return sentence


def outcome_word(code: str) -> str:
    """What came of a case, by the code of the outcome that a declared kind of case has; another text as it is."""
    return next((reader.said(one.outcomes[code]) for one in templates().values() if code in one.outcomes), code)

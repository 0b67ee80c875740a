"""The audit in the margin of a plan's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commercebrain.desk.audits import queries
from commercebrain.desk.audits.context import Noted, noted
from commercebrain.desk.audits.models import ASKING
from commercebrain.desk.audits.words import SHAPES
from commercebrain.desk.plans.marks import Stretch
from commercebrain.desk.plans.models import Document

register = template.Library()


@register.simple_tag(takes_context=True)
def audit_notes(context: Any, document: Document, stretches: list[Stretch]) -> list[Noted]:
    """The plan's stretches with the marks of what the audit found and asks about, in the reader's scope."""
    rows = queries.findings(context["request"].user, document).filter(verdict__in=ASKING)
    return noted(stretches, document, rows)


@register.simple_tag(takes_context=True)
def audit_answer(context: Any, document: Document) -> dict[str, Any]:
    """What the first line of a plan's page says of the audit."""
    user = context["request"].user
    counted = queries.counts(queries.findings(user, document))
    contradictions, others = counted["contradiction"], counted["conflict"] + counted["tension"]
    return {
        "checked": queries.checked_on(user, document),
        "contradictions": ngettext("%(n)s contradiction", "%(n)s contradictions", contradictions)
        % {"n": contradictions},
        "others": ngettext("%(n)s further question", "%(n)s further questions", others) % {"n": others},
        "unanswered": _("%(n)s unanswered") % {"n": counted.unanswered},
    }


@register.filter
def shape(verdict: str) -> str:
    """The shape of a verdict."""
    return SHAPES.get(verdict, "○")

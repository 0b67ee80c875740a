"""``{% annotations "figure" "trade_value/330200" %}``: the remarks on a subject, for pages without tabs."""

from __future__ import annotations

from typing import Any

from django import template

from commercebrain.desk.people.tabs import annotations_context

register = template.Library()


@register.inclusion_tag("people/annotations_part.html", takes_context=True)
def annotations(context: Any, kind: str, number: Any) -> dict[str, Any]:
    """The remarks, and the way to a new one for whoever may write it."""
    return annotations_context(context["request"], kind, str(number))

"""How rounds and reports are said in templates."""

from __future__ import annotations

from typing import Any

from django import template

from commercebrain.desk.forms.board import words

register = template.Library()


@register.filter
def form_name(round_: Any) -> str:
    """What the form was called when the round opened."""
    return words.form_name(round_)


@register.filter
def period_name(period: str) -> str:
    """A period in words."""
    return words.period_name(period)


@register.filter
def report_status(report: Any) -> Any:
    """Where a report stands: a shape and a word."""
    return words.status_cell(report)


@register.filter
def became(detail: str) -> Any:
    """What became of a reminder."""
    from commercebrain.desk.forms.reminders import detail_words

    return detail_words(detail)


@register.filter
def way(code: str) -> Any:
    """The name of a way of reminding."""
    from commercebrain.desk.forms.reminders import channel_name

    return channel_name(code)

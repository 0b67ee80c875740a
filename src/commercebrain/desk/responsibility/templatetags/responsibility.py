"""Lights in templates."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commercebrain.desk.responsibility.words import LIGHTS

register = template.Library()


@register.simple_tag
def light(code: str) -> SafeString:
    """A light as word, shape and colour."""
    word, shape, colour = LIGHTS.get(code or "", LIGHTS[""])
    return format_html(
        '<span class="state state-{}"><span class="state-shape" aria-hidden="true">{}</span>{}</span>',
        colour,
        shape,
        word,
    )

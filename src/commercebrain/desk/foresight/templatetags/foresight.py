"""Where a series of another page has its outlook."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from commercebrain.desk.foresight.asking import Asked
from commercebrain.engine.indicators.request import Request

register = template.Library()


@register.simple_tag
def outlook_of(question: Request, codes: Sequence[str] = ()) -> str:
    """The address of the outlook of one line of an explorer's answer; "" where there is none (a calibre of its own, a
    member without a code)."""
    if question.calibre or len(codes) != len(question.by) or not all(codes):
        return ""
    members = dict(zip(question.by, codes, strict=True))
    region = members.pop("region", question.region)
    where = dict(question.where) | {name: (code,) for name, code in members.items()}
    return Asked(question.code, region, (), where, question.as_of).address()

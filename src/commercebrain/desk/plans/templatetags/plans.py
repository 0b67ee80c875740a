"""How a target's numbers, periods and flags look. Formatting only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.formatting import DASH, number, percent, unit_words, units_said
from commercebrain.desk.plans import answers
from commercebrain.desk.plans.answers import answer, chance_words, decimals, in_language
from commercebrain.desk.plans.charts import path_chart
from commercebrain.desk.plans.forms import COMPARATOR_SIGNS

register = template.Library()

FLAGS = {
    "normal": _("normal"),
    "flash": _("flash"),
    "provisional": _("provisional"),
    "final": _("final"),
    "revised": _("revised"),
    "estimated": _("estimated"),
    "derived": _("derived"),
    "not_published_separately": _("not published separately"),
    "not_yet_due": _("not yet due"),
    "missing": _("missing"),
    "confidential": _("confidential"),
}


@register.filter
def level(value: Decimal | None, unit: str = "") -> str:
    """A value with the places that its size and unit ask for."""
    return DASH if value is None else number(value, decimals(value, unit))


@register.filter
def unit(text: str) -> str:
    """A unit in the reader's language."""
    return unit_words(text)


@register.filter
def share(value: Decimal | None) -> str:
    """A fraction as per cent, without the sign: the unit stands in the header."""
    return percent(value).rstrip("%")


@register.filter
def points(value: Decimal | None) -> str:
    """A difference of fractions in percentage points."""
    return answers.points(value)


@register.filter
def chance(value: Decimal | None) -> str:
    """A chance as a sentence says it."""
    return chance_words(value)


@register.filter
def sign(bound: str) -> str:
    """The sign before a published bound; nothing for an exact value."""
    return COMPARATOR_SIGNS.get(bound, "")


@register.filter
def web(address: str) -> bool:
    """Whether an address may be linked: only pages of the web, whatever a sheet brought in."""
    return str(address).startswith(("https://", "http://"))


@register.simple_tag
def flag(code: str) -> Any:
    """The flag in words."""
    return FLAGS.get(code, code)


@register.simple_tag
def said(period: Any) -> str:
    """A period in words."""
    return in_language(period.say("zh"), period.say("en"))


@register.simple_tag
def words(text: Any) -> str:
    """A text of the catalogue in the reader's language."""
    return in_language(text.zh, text.en)


@register.simple_tag
def says(thing: Any) -> str:
    """The words of anything that carries ``zh`` and ``en``."""
    return in_language(thing.zh, thing.en)


@register.simple_tag
def reason_of(figure: Any) -> str:
    """Why a figure has no value."""
    return units_said(in_language(figure.reason_zh, figure.reason_en)) or DASH


@register.simple_tag
def note_of(figure: Any) -> str:
    """The remark on how a figure came about."""
    return units_said(in_language(figure.note_zh, figure.note_en))


@register.simple_tag
def path_data(state: Any) -> dict[str, Any] | None:
    """What ``static/js/charts.js`` draws a target's path from."""
    return path_chart(state)


@register.simple_tag
def answer_of(state: Any) -> str:
    """The first line of a target."""
    return answer(state)

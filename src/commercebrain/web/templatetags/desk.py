"""How numbers, growth, states and emptiness look on every page. Formatting only: nothing is computed here."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core import formatting, reader

register = template.Library()

DASH, MINUS = formatting.DASH, formatting.MINUS
_decimal = formatting.decimal

# A state is a word and a shape; the colour only repeats it. Red is used for nothing else in the product.
STATES = {
    "met": (gettext_lazy("met"), "✔"),
    "on_path": (gettext_lazy("on path"), "●"),
    "at_risk": (gettext_lazy("at risk"), "▲"),
    "off_path": (gettext_lazy("gap"), "■"),
    "unmet": (gettext_lazy("unmet"), "✕"),
    "not_measurable": (gettext_lazy("not measurable"), "○"),
}


number = register.filter("number", formatting.number)


@register.filter
def growth(value: Any, decimals: int | str = 1) -> str:
    """A growth in per cent with its arrow and sign: ``5.24`` → ``▲ +5.2%``; nothing gives a dash."""
    amount = _decimal(value)
    if amount is None:
        return DASH
    text = number(abs(amount), decimals)
    if _decimal(text.replace(",", "")) == 0:
        return f"{text}%"
    return f"▲ +{text}%" if amount > 0 else f"▼ {MINUS}{text}%"


@register.filter
def growth_words(value: Any, decimals: int | str = 1) -> str:
    """A growth in per cent as a sentence says it: 下降5.2%, never 增长-5.2%."""
    amount = _decimal(value)
    if amount is None:
        return DASH
    text = number(abs(amount), decimals)
    if amount > 0:
        return _("up %(n)s%%") % {"n": text}
    return _("down %(n)s%%") % {"n": text} if amount < 0 else _("unchanged")


percent = register.filter("percent", formatting.percent)


@register.filter
def as_percent(value: Any) -> Decimal | None:
    """A plain fraction in the unit per cent, for :func:`growth`."""
    amount = _decimal(value)
    return None if amount is None else amount * 100


@register.simple_tag
def figure(value: Any, unit: Any = "", decimals: int | str | None = None) -> SafeString:
    """A number with its unit, kept on one line; nothing gives a dash without a unit."""
    text = number(value, decimals)
    if text == DASH:
        return format_html('<span class="figure">{}</span>', DASH)
    return format_html(
        '<span class="figure">{}<span class="unit">{}</span></span>', text, formatting.unit_words(str(unit))
    )


@register.simple_tag
def state(code: Any) -> SafeString:
    """A target's state as word, shape and colour."""
    word, shape = STATES.get(str(code), (str(code), "○"))
    return format_html(
        '<span class="state state-{}"><span class="state-shape" aria-hidden="true">{}</span>{}</span>',
        str(code),
        shape,
        word,
    )


@register.simple_tag
def empty(title: Any, hint: Any = "", icon: str = "inbox") -> SafeString:
    """The empty state: what would be here and how to get it."""
    return SafeString(render_to_string("web/empty.html", {"title": title, "hint": hint, "icon": icon}))


@register.filter
def told(words: Any) -> str:
    """A name or sentence of the catalogue in the reader's language."""
    return reader.said(words)


@register.filter
def show(value: Any) -> str:
    """Any value as text in the reader's language: dates, yes and no, lists; nothing gives a dash."""
    if value is None or value == "":
        return DASH
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float, Decimal)):
        return number(value)
    if isinstance(value, (list, tuple, set)) and not isinstance(value, Model):
        return "、".join(str(item) for item in value) or DASH
    return str(value)


@register.filter
def day(value: Any) -> str:
    """A date in words: 2025年7月21日 星期一 / Monday 21 July 2025."""
    if not isinstance(value, date):
        return DASH
    return date_format(value, _("l j F Y"))


@register.simple_tag
def cell(line_cell: dict[str, Any]) -> SafeString | str:
    """One cell of a list, as its column declares it."""
    column, value = line_cell["column"], line_cell["value"]
    if callable(column.show):
        text: Any = column.show(line_cell["row"], value)
    elif column.show:
        text = SafeString(render_to_string(column.show, {"row": line_cell["row"], "value": value}))
    elif column.number:
        text = number(value, column.decimals)
    else:
        text = show(value)
    if line_cell["link"] and text != DASH:
        return format_html('<a href="{}">{}</a>', line_cell["link"], text)
    return conditional_escape(text)


@register.simple_tag
def cells(line: dict[str, Any]) -> SafeString:
    """All cells of a row: one tag for the row, since a list has hundreds of cells."""
    return SafeString(
        "".join(
            f'<td class="num">{cell(item)}</td>' if item["column"].number else f"<td>{cell(item)}</td>"
            for item in line["cells"]
        )
    )

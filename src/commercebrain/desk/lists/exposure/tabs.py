"""On a firm's page: the lists in force that hit its trade, with what they take of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader, tabs
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import percent, unit_words
from commercebrain.desk.lists import kinds, queries
from commercebrain.desk.lists.exposure import words
from commercebrain.desk.lists.exposure.answers import Asking
from commercebrain.desk.lists.exposure.given import of_version
from commercebrain.desk.lists.exposure.own import own_lines
from commercebrain.desk.lists.exposure.questions import Question
from commercebrain.desk.lists.exposure.sums import rated
from commercebrain.desk.lists.models import Book, ListVersion
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.errors import UserError

#: Lists that are looked at for one firm, and lines of each that are shown.
LISTS, LINES = 30, 8


def in_force(person: Any) -> list[ListVersion]:
    """The versions in force today of the lists of products that a person reads."""
    codes = [code for code, one in kinds.kinds().items() if one.subject == "product" and one.members != "register"]
    books = queries.told(Book.objects.filter(pk__in=queries.books(person).values("pk"), kind__in=codes))
    numbers = {book.pk: book.number for book in books.filter(closed_on=None) if book.number is not None}
    rows = ListVersion.objects.filter(book__in=numbers).select_related("book__unit").order_by("book__name_zh")
    return [row for row in rows if numbers[row.book_id] == row.number][:LISTS]


def hits(person: Any, firm: Enterprise) -> dict[str, Any]:
    """What the lists in force take of one firm's trade, as far as the person may see it."""
    question = Question()
    asking = Asking(person, question)
    try:
        base = asking.base_of_firm(firm)
    except UserError as fault:
        return {"fault": words.told(fault)}
    if base is None:
        return {
            "fault": _("What lists take of this firm's trade is shown to whoever is cleared for it, and to the firm.")
        }
    told = []
    for version in in_force(person):
        given = of_version(version, question.of(on=today()))
        found = asking.exposed(given, base, on=today())
        if not len(found.firm):
            continue
        told.append(
            {
                "title": reader.said(given.title), "url": f"{reverse('exposure:exposure')}?version={version.pk}",
                "value": words.ten_thousands(int(found.upper[0])), "share": percent(float(found.share[0])),
                "duty": words.ten_thousands(float(found.duty[0])) if rated(found) else None,
                "lines": own_lines(found, frozenset({firm.uscc}))[:LINES],
            }
        )  # fmt: skip
    told.sort(key=lambda one: -(one["value"] or 0))
    return {"lists": told, "tier": words.tier_line(base), "synthetic": base.synthetic,
            "unit": unit_words(f"万{base.unit}")}  # fmt: skip


def _context(request: HttpRequest, thing: Any) -> dict[str, Any]:
    return hits(request.user, thing)


def _tab(request: HttpRequest, thing: Any) -> tabs.Tab | None:
    return tabs.Tab("exposure", _("Hit by lists"), "lists/exposure_tab.html", _context)


tabs.register(lambda thing: isinstance(thing, Enterprise), _tab)

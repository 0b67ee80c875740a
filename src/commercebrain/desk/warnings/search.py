"""Rules and open signals in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.warnings import kinds, pages, queries, words


@provider("rules")
def rules(person: Person, text: str, each: int) -> Iterator[Hit]:
    """Declared rules by number or name, for the administration."""
    if not pages.office(person):
        return
    for code, rule in kinds.rules().items():
        if matches(text, code, rule.name.zh, rule.name.en):
            yield Hit(_("Rule"), f"{code} {reader.said(rule.name)}", reverse("warnings:rule", args=[code]))


@provider("signals")
def signals(person: Person, text: str, each: int) -> Iterator[Hit]:
    """Open signals by whom they concern."""
    if len(text) < 2 or not pages.office(person):
        return
    rows = queries.signals(person).filter(closed_at=None).filter(
        Q(subject_zh__icontains=text) | Q(subject_en__icontains=text) | Q(subject__iexact=text)
    )  # fmt: skip
    for row in rows.order_by("-opened_at", "-pk")[:each]:
        yield Hit(_("Warning"), words.of_row(row, "subject"), words.signal_address(row), pages.sentence(row))

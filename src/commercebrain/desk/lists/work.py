"""What lists ask of a person: proposals of others that wait for a decision, own drafts that were declined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from commercebrain.desk.core.work import Item, provider
from commercebrain.desk.lists import pages, queries
from commercebrain.desk.people.models import Person


@provider("lists")
def proposals(person: Person, on: date) -> Iterator[Item]:
    """Versions that wait for this person's approval; due on the day from which they are to be in force."""
    for row in queries.to_decide(person)[:100]:
        hint = _("%(rows_in)s rows in, %(rows_out)s out") % {"rows_in": row.rows_in, "rows_out": row.rows_out}
        title = f"{row.book} · {pages.numbered(row.number)}"
        yield Item(_("Version of a list"), title, pages.version_address(row), row.effective_on, hint)

"""Lists in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.lists import pages, queries
from commercebrain.desk.lists.kinds import kind as declared
from commercebrain.desk.people.models import Person
from commercebrain.desk.registers.pages import say

MANY = 500  # lists whose names are compared by their pinyin


@provider("lists")
def find_lists(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Lists in sight by name, pinyin or initials."""
    rows = queries.books(person)
    found = list(rows.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text)).order_by("name_zh")[:limit])
    if len(found) < limit and text.isascii():
        held = {book.pk for book in found}
        found += [book for book in rows.order_by("pk")[:MANY] if book.pk not in held and matches(text, book.name_zh)]
    for book in found[:limit]:
        kind = declared(book.kind)
        yield Hit(str(say(kind.name)) if kind else book.kind, str(book), pages.book_address(book), str(book.unit))

"""What an enterprise is found by: names of all times, credit code, pinyin initials; kept in step with the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from commercebrain.desk.core import fulltext
from commercebrain.desk.registry.models import Enterprise

SUBJECT = "registry.enterprise"


def texts(enterprise: Enterprise, others: Iterable[str]) -> list[str]:
    """All the texts of one firm; ``others`` are its former, short and English names."""
    found = [enterprise.name_zh, enterprise.name_en, enterprise.uscc]
    for name in [enterprise.name_zh, *others]:
        found += [name, *fulltext.spelled(name)]
    return list(dict.fromkeys(text for text in found if text))


def _entries(rows: Any) -> Iterator[tuple[int, list[str]]]:
    for enterprise in rows.prefetch_related("names").iterator(chunk_size=2_000):
        yield enterprise.pk, texts(enterprise, [name.name for name in enterprise.names.all()])


def index_new(rows: Iterable[Enterprise]) -> int:
    """Puts firms into the index that were entered a moment ago and have no other names yet."""
    return fulltext.index(SUBJECT, ((row.pk, texts(row, [])) for row in rows))


def keep_found(ids: Iterable[int] | None = None) -> int:
    """Brings the index in step for some firms or for all; a firm that was merged away is no longer found."""
    rows = Enterprise.objects.current().order_by("pk")
    if ids is not None:
        wanted = list(ids)
        gone = set(wanted) - set(rows.filter(pk__in=wanted).values_list("pk", flat=True))
        fulltext.remove(SUBJECT, sorted(gone))
        rows = rows.filter(pk__in=wanted)
    return fulltext.index(SUBJECT, _entries(rows))

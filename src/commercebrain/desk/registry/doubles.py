"""Rows of the register that may be one firm: a firm's own candidates, and all pairs of a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from commercebrain.desk.core.memo import once
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Enterprise, EnterpriseName, Region
from commercebrain.desk.registry.queries.enterprises import enterprises_visible_to
from commercebrain.engine.enterprises import uscc
from commercebrain.engine.enterprises.matching import POSSIBLE, Match, Record, compare
from commercebrain.engine.enterprises.matching import doubles as pairs
from commercebrain.engine.enterprises.names import parts

MOST = 400  # rows that one firm is compared with


def places() -> frozenset[str]:
    """Names of regions without their tier, as they stand at the head of firms' names."""
    return once("registry.places", _places)


def _places() -> frozenset[str]:
    names = Region.objects.order_by().values_list("name_zh", flat=True).distinct()
    return frozenset(name[:-1] if len(name) > 2 and name[-1] in "省市区县" else name for name in names)


def record_of(enterprise: Enterprise) -> Record:
    """A firm as the matcher sees it."""
    names = [enterprise.name_zh, *([enterprise.name_en] if enterprise.name_en else [])]
    names += [name.name for name in enterprise.names.all()]
    phones = frozenset(c.phone for c in enterprise.contacts.all() if c.phone)
    return Record(tuple(names), enterprise.uscc, enterprise.region.code, phones, enterprise.pk)


def candidates(person: Person, enterprise: Enterprise, limit: int = 10) -> list[tuple[Enterprise, Match]]:
    """Firms in sight that may be the same as this one, the likeliest first, each with its reasons."""
    own, known = record_of(enterprise), places()
    condition = Q(uscc__endswith=uscc.clean(enterprise.uscc)[8:17]) | Q(uscc__startswith=enterprise.uscc[:16])
    for name in own.names:
        taken = parts(name, known)
        word = taken.brand.split()[0] if name.isascii() and taken.brand else taken.brand
        if len(word) >= 2:
            condition |= Q(name_zh__contains=word) | Q(name_en__icontains=word)
            condition |= Q(pk__in=EnterpriseName.objects.filter(name__contains=word).values("enterprise"))
    rows = enterprises_visible_to(person).filter(condition, synthetic=enterprise.synthetic).exclude(pk=enterprise.pk)
    found = []
    for other in rows.prefetch_related("names", "contacts")[:MOST]:
        match = compare(own, record_of(other), known)
        if match.score >= POSSIBLE:
            found.append((other, match))
    return sorted(found, key=lambda item: (-item[1].score, item[0].pk))[:limit]


def all_doubles(rows: Any, least: float = POSSIBLE) -> Iterator[tuple[int, int, Match]]:
    """Pairs of ids among ``rows`` (a query set of firms) that may be one firm; for a job, not for a page."""
    known = places()
    records = (record_of(row) for row in rows.prefetch_related("names", "contacts").iterator(chunk_size=2_000))
    for one, two, match in pairs(records, known, least):
        yield one.key, two.key, match

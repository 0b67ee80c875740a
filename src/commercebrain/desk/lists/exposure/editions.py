"""The concordance between editions of the Harmonized System, as far as the registry holds one."""

from __future__ import annotations

from functools import lru_cache

from django.db.models import Count, Max

from commercebrain.desk.registry.models import Code, CodeLink
from commercebrain.engine.lists.concordance import Concordance


def concordance() -> Concordance | None:
    """The loaded correspondences of products; None where none are loaded. One query, and one more when they changed."""
    there = CodeLink.objects.filter(list=Code.List.PRODUCT).aggregate(many=Count("pk"), last=Max("pk"))
    return _loaded(there["many"], there["last"]) if there["many"] else None


@lru_cache(maxsize=1)
def _loaded(_many: int, _last: int) -> Concordance:
    links = CodeLink.objects.filter(list=Code.List.PRODUCT).order_by()
    return Concordance.of(links.values_list("from_edition", "to_edition", "from_code", "to_code"))

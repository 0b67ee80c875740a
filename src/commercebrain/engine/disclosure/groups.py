"""Which sums over several categories are published beside the single ones: the declared groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from commercebrain.engine.catalogue.loader import load_catalogue


@lru_cache(maxsize=32)
def published_groups(day: date) -> Mapping[str, Sequence[frozenset[str]]]:
    """Dimension → the sets of categories whose sums are published, with the members of ``day``.

    A group of products counts for chapters where it is made of whole chapters; others are finer than any declared table.
    """
    found: dict[str, list[frozenset[str]]] = {"country": [], "mode": [], "hs2": []}
    for group in load_catalogue().groups.values():
        values, prefixes = group.at(day)
        if group.column == "hs10":
            if prefixes and all(len(prefix) == 2 for prefix in prefixes):
                found["hs2"].append(frozenset(prefixes))
        else:
            found[group.column].append(values)
    return {name: tuple(dict.fromkeys(sets)) for name, sets in found.items()}

"""The partner of a row: a country, or a declared group of countries, by code or by name."""

from __future__ import annotations

from functools import lru_cache

from commercebrain.engine.catalogue.source import nearest
from commercebrain.engine.errors import UserError


def read_partner(text: str) -> str:
    """The ISO alpha-3 code of a country or the code of a group; "" for nothing written.

    Raises :class:`UserError` (``lists.no_partner``) with the nearest name.
    """
    word = " ".join(text.split())
    if not word:
        return ""
    known = _known()
    found = known.get(word.casefold())
    if found is None:
        zh, en = nearest(word.casefold(), known)
        raise UserError(
            "lists.no_partner",
            f"“{word[:40]}”不是国家（地区），也不是国别分组{zh}",
            f"“{word[:40]}” is neither a country nor a group of countries{en}",
        )
    return found


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """Every way to write a partner, in small letters → its code. A country's beats a group's."""
    from commercebrain.engine.catalogue.loader import load_catalogue

    catalogue = load_catalogue()
    found: dict[str, str] = {}
    for code, group in catalogue.groups.items():
        if group.column == "country":
            found |= {word.casefold(): code for word in (code, group.name.zh, group.name.en)}
    for code, name in catalogue.codes("countries").items():
        found |= {word.casefold(): code for word in (code, name.zh, name.en)}
    return found

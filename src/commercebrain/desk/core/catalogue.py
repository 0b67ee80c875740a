"""The catalogue as the desk reads it: loaded once a process, and its names in the reader's language."""

from __future__ import annotations

from functools import cache

from commercebrain.desk.core import reader
from commercebrain.engine.catalogue import Catalogue, load_catalogue


@cache
def catalogue() -> Catalogue:
    """The catalogue that came with the product (a change needs a restart, as with code)."""
    return load_catalogue()


def indicator_name(code: str) -> str:
    """The indicator's name in the reader's language; the code itself where the catalogue does not know it."""
    known = catalogue().indicators.get(code)
    return known.name.say(reader.language()) if known else code


def area_name(code: str) -> str:
    """The area's name in the reader's language."""
    area = catalogue().areas.get(code)
    return area.name.say(reader.language()) if area else code

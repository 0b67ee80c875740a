"""One search box over everything: each business folder adds what it can find in its own ``search.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from commercebrain.desk.people.models import Person


@dataclass(frozen=True)
class Hit:
    """Something found: its kind and title in the reader's language, a hint, and where it is."""

    kind: str
    title: str
    url: str
    hint: str = ""


Provider = Callable[[Person, str, int], Iterable[Hit]]
PROVIDERS: dict[str, Provider] = {}


def provider(code: str) -> Callable[[Provider], Provider]:
    """Declares the function below as a source of hits; it applies the person's scope itself, in its query."""

    def declare(function: Provider) -> Provider:
        PROVIDERS[code] = function
        return function

    return declare


def search(person: Person, text: str, each: int = 6) -> list[Hit]:
    """What ``person`` may find for ``text``, at most ``each`` from every source; nothing for an empty text."""
    text = text.strip()
    if not text:
        return []
    hits = [hit for source in PROVIDERS.values() for hit in list(source(person, text, each))[:each]]
    return sorted(hits, key=lambda hit: not hit.url)  # what may be opened comes before what others hold


@lru_cache(maxsize=20_000)
def initials(name: str) -> str:
    """The pinyin initials of a Chinese name: 宁波市 → nbs."""
    from pypinyin import Style, lazy_pinyin  # half a second of dictionaries, which most programs never open

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors=lambda rest: rest)).lower()


@lru_cache(maxsize=20_000)
def spelled(name: str) -> str:
    """The full pinyin of a Chinese name: 宁波市 → ningboshi."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(name)).lower()


def matches(text: str, *names: Any) -> bool:
    """Whether any of ``names`` holds ``text``, its pinyin begins with it, or its initials do."""
    wanted = text.strip().lower()
    latin = wanted.isascii() and wanted.replace(" ", "").isalnum()
    for name in map(str, names):
        if wanted in name.lower():
            return True
        compact = wanted.replace(" ", "")
        if latin and not name.isascii() and (initials(name).startswith(compact) or spelled(name).startswith(compact)):
            return True
    return False

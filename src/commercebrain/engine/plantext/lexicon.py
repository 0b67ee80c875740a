"""The reader's word lists, kept as data under ``catalogue/plantext/``."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from commercebrain.engine.yaml_text import read_yaml


@functools.cache
def words(name: str) -> dict[str, Any]:
    """The word lists of ``catalogue/plantext/<name>.yaml``."""
    text = files("commercebrain.catalogue").joinpath(f"plantext/{name}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = read_yaml(text)
    return loaded


def any_of(entries: Iterable[str]) -> str:
    """A regular expression for any of ``entries``, the longest first."""
    return _joined(tuple(entries))


@functools.lru_cache(maxsize=256)
def _joined(entries: tuple[str, ...]) -> str:
    return "|".join(re.escape(entry) for entry in sorted(set(entries), key=len, reverse=True))

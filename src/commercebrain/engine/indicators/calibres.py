"""The names of calibres 口径 other than an indicator's own, for sentences and pages."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.yaml_text import read_yaml

OWN = Words(zh="指标自身口径", en="the indicator's own calibre")


@lru_cache(maxsize=1)
def calibre_names() -> dict[str, Words]:
    """Calibre code → its name, from ``catalogue/codes/calibres.yaml``."""
    text = (files("commercebrain.catalogue") / "codes" / "calibres.yaml").read_text(encoding="utf-8")
    return {code: Words.model_validate(words) for code, words in read_yaml(text).items()}


def calibre_words(code: str) -> Words:
    """The name of the calibre; "" is the indicator's own, and a code without a name stands for itself."""
    return calibre_names().get(code, Words(zh=code, en=code)) if code else OWN

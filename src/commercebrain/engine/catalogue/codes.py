"""The code lists that come with the catalogue (``catalogue/codes/*.csv``): which codes there are, and their names."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from commercebrain.engine.catalogue.models import Words


class CodeLists:
    """The code lists under one folder, each read once when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Mapping[str, Words]] = {}

    def __call__(self, name: str) -> Mapping[str, Words]:
        """Code → name of the list ``name`` (countries, products, trade_modes, industries, regions …); empty where there
        is no such list. A code without an English name is called by its Chinese one."""
        if name not in self._read:
            path = self._folder / f"{name}.csv"
            self._read[name] = _read(path) if name in self.names else {}
        return self._read[name]

    @cached_property
    def names(self) -> frozenset[str]:
        """The lists that there are."""
        return frozenset(path.stem for path in self._folder.glob("*.csv"))


def _read(path: Path) -> Mapping[str, Words]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {
            row["code"]: Words(zh=row["name_zh"] or row["code"], en=row["name_en"] or row["name_zh"] or row["code"])
            for row in csv.DictReader(file)
        }

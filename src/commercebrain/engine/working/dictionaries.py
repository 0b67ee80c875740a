"""Codes for the texts of a dataset: append-only, so that what was written with an older dictionary stays right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.working.columns import DamagedError

#: Column derived from another by the beginning of its value: name → (of, value → derived value).
DERIVED: dict[str, tuple[str, Callable[[str], str]]] = {
    "hs2": ("hs10", lambda value: value[:2]),
    "hs4": ("hs10", lambda value: value[:4]),
    "hs6": ("hs10", lambda value: value[:6]),
    "city": ("county", lambda value: value[:4] + "00"),
    "province": ("county", lambda value: value[:2] + "0000"),
}


class Dictionary:
    """The values of one column in the order of their codes."""

    def __init__(self, column: str, values: Iterable[str] = ()) -> None:
        self.column = column
        self.values: list[str] = list(values)
        self.codes: dict[str, int] = {value: code for code, value in enumerate(self.values)}

    def __len__(self) -> int:
        return len(self.values)

    def add(self, values: Iterable[str]) -> list[str]:
        """Give codes to the values that have none yet, in their alphabetical order; those values."""
        new = sorted(set(values) - self.codes.keys())
        for value in new:
            self.codes[value] = len(self.values)
            self.values.append(value)
        return new


class Dictionaries:
    """The dictionaries of a dataset and those derived from them, each derived code found by an array lookup."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.base: dict[str, Dictionary] = {column: Dictionary(column) for column in columns}
        self._derived: dict[str, tuple[int, Dictionary, NDArray[np.uint32]]] = {}

    @classmethod
    def load(cls, folder: Path, named: Mapping[str, list[str]]) -> Dictionaries:
        """Those that a manifest names: column → its files, each holding the values that came with it."""
        found = cls(named)
        for column, names in named.items():
            try:
                values = [value for name in names for value in json.loads((folder / name).read_text(encoding="utf-8"))]
            except (FileNotFoundError, ValueError):
                raise DamagedError(str(folder / names[-1])) from None
            found.base[column] = Dictionary(column, values)
        return found

    def save(self, folder: Path, named: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Write the values that the files of ``named`` do not hold yet; the names with the new files."""
        folder.mkdir(parents=True, exist_ok=True)
        after: dict[str, list[str]] = {}
        for column, dictionary in self.base.items():
            names = list(named.get(column, ()))
            held = int(names[-1].rsplit("-", 1)[1].removesuffix(".json")) if names else 0
            if len(dictionary) > held:
                name = f"{column}.{held}-{len(dictionary)}.json"
                _replace(folder / name, dictionary.values[held:])
                names.append(name)
            after[column] = names
        return after

    def of(self, column: str) -> Dictionary:
        """The dictionary of a stored or of a derived column."""
        return self.base[column] if column in self.base else self._derive(column)[0]

    def mapping(self, column: str) -> NDArray[np.uint32]:
        """Code of the column that ``column`` is derived from → code of ``column``."""
        return self._derive(column)[1]

    def sizes(self) -> dict[str, int]:
        """How many values each stored column has."""
        return {column: len(dictionary) for column, dictionary in self.base.items()}

    def _derive(self, column: str) -> tuple[Dictionary, NDArray[np.uint32]]:
        of, derive = DERIVED[column]
        base = self.base[of]
        held = self._derived.get(column)
        if held is None or held[0] != len(base):
            # Codes follow the order in which the base's values came, so that they never change either.
            dictionary = Dictionary(column)
            codes = np.empty(len(base), np.uint32)
            for code, value in enumerate(base.values):
                prefix = derive(value)
                known = dictionary.codes.get(prefix)
                if known is None:
                    known = dictionary.codes[prefix] = len(dictionary.values)
                    dictionary.values.append(prefix)
                codes[code] = known
            held = self._derived[column] = (len(base), dictionary, codes)
        return held[1], held[2]


def _replace(path: Path, content: Any) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    beside.replace(path)

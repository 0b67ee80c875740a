"""Names people write for indicators and regions, matched to codes: exactly, or not at all."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

from commercebrain.engine.lake.cells import Say
from commercebrain.engine.lake.dataset import fold
from commercebrain.engine.yaml_text import read_yaml

if TYPE_CHECKING:  # the catalogue's loader reads datasets through this package
    from commercebrain.engine.catalogue import Catalogue

_NOUNS = {"indicator": ("指标", "indicator"), "region": ("地区", "region"), "calibre": ("口径", "calibre")}
_NUMBERING = re.compile(r"^(?:其中[:：]?|#|[一二三四五六七八九十]+[、.]|\([一二三四五六七八九十\d]+\)|\d+[、.])+")


@dataclass(frozen=True)
class Names:
    """What an intake may match: indicator, region and calibre codes → names, indicator code → declared unit.

    Where a mapping is empty, only codes of the right form pass. A name that two codes share matches neither.
    """

    indicators: Mapping[str, Sequence[str]] = field(default_factory=dict)
    regions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    calibres: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _tables: dict[str, dict[str, set[str]]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._tables.update(
            indicator=_table(self.indicators),
            region=_regions(self.regions),
            calibre=_table(self.calibres),
        )

    @classmethod
    def of(cls, catalogue: Catalogue) -> Names:
        """The names of a loaded catalogue's indicators, and of the regions and calibres in its ``codes``."""
        indicators = catalogue.indicators.values()
        codes = files("commercebrain.catalogue") / "codes"
        regions: dict[str, list[str]] = {}
        for row in csv.DictReader(io.StringIO((codes / "regions.csv").read_text(encoding="utf-8"))):
            regions.setdefault(row["code"], []).extend(name for name in (row["name_zh"], row["name_en"]) if name)
        words = {code: names for d in catalogue.datasets.values() for code, names in d.indicator_words.items()}
        calibres = read_yaml((codes / "calibres.yaml").read_text(encoding="utf-8"))
        return cls(
            indicators={i.code: (i.name.zh, i.name.en, *i.synonyms, *words.get(i.code, ())) for i in indicators},
            regions=regions,
            units={i.code: i.unit for i in indicators if i.unit},
            calibres={code: tuple(name.values()) for code, name in calibres.items()},
        )

    def words(self, kind: str) -> Mapping[str, set[str]]:
        """Every folded word that names something of ``kind``, with the codes that it may mean."""
        return self._tables[kind]

    def find(self, kind: str, text: str) -> str | None:
        """The code that ``text`` names among ``kind`` ("indicator" or "region"), or None where it is not
        sure."""
        codes = self._candidates(kind, text)
        return next(iter(codes)) if len(codes) == 1 else None

    def read(self, kind: str, text: str) -> str | Say:
        """As :meth:`find`, with the reason where there is none."""
        codes = self._candidates(kind, text)
        if len(codes) == 1:
            return next(iter(codes))
        noun_zh, noun_en = _NOUNS[kind]
        if not text:
            return Say(f"没有写{noun_zh}", f"names no {noun_en}")
        if codes:
            several = "、".join(sorted(codes))
            return Say(
                f"可以是几个{noun_zh}（{several}），请写明代码",
                f"may be several {noun_en}s ({several}); write the code",
            )
        table = self._tables[kind]
        near = difflib.get_close_matches(_bare(text), table, n=1, cutoff=0.6)
        hint_zh = f"，最接近的是“{near[0]}”" if near else ""
        hint_en = f"; the nearest is “{near[0]}”" if near else ""
        return Say(
            f"不是目录里的{noun_zh}{hint_zh}；请改成目录里的名称或代码",
            f"is no {noun_en} of the catalogue{hint_en}; write a name or code from it",
        )

    def _candidates(self, kind: str, text: str) -> set[str]:
        table = self._tables[kind]
        if not table:
            form = r"\d{6}" if kind == "region" else r"[a-z][a-z0-9_]*"
            return {text} if re.fullmatch(form, text) else set()
        return table.get(_bare(text)) or table.get(fold(text)) or set()


def _bare(text: str) -> str:
    """The name without numbering (一、 1. #) and 其中: before it."""
    return _NUMBERING.sub("", fold(text))


def _table(names: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    table: dict[str, set[str]] = {}
    for code, words in names.items():
        for word in (code, *words):
            table.setdefault(fold(word), set()).add(code)
    return table


def _regions(names: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Regions also by their names without 省, 市, 区, 县, where no other region is called so."""
    table = _table(names)
    short: dict[str, set[str]] = {}
    for code, words in names.items():
        for word in words:
            trimmed = re.sub(r"(?:特别行政区|自治区|自治州|自治县|新区|省|市|区|县)$", "", fold(word))
            if len(trimmed) >= 2 and trimmed != fold(word):
                short.setdefault(trimmed, set()).add(code)
    for word, codes in short.items():
        table.setdefault(word, codes)
    return table

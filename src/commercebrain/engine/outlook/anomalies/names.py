"""What the members of a break-down are called, from the catalogue's own lists; firms are named by whoever may know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from commercebrain.engine.catalogue import Catalogue, Indicator
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.places import names_of_places
from commercebrain.engine.lake.records.schema import RecordDataset

#: Names of single firms (or of what else no list of the catalogue has): ``namer(dimension, codes)`` → code → words.
Namer = Callable[[str, tuple[str, ...]], Mapping[str, Words]]

PLACES: Final = frozenset({"region", "county", "city", "province"})
PRODUCTS: Final = frozenset({"hs2", "hs4", "hs6", "hs10"})
#: What members of a dimension are in a sentence, where the dataset's own word for the column would not do.
_DIMENSIONS: Final = {
    "region": ("地区", "places"),
    "county": ("县（市、区）", "counties"),
    "city": ("市", "cities"),
    "province": ("省份", "provinces"),
    "country": ("国别（地区）", "partners"),
    "hs2": ("商品章", "chapters of goods"),
    "hs4": ("商品品目", "headings of goods"),
    "hs6": ("商品子目", "subheadings of goods"),
    "hs10": ("商品", "goods"),
    "mode": ("监管方式", "supervision modes"),
    "flow": ("进出口方向", "directions of trade"),
    "uscc": ("企业", "firms"),
}


class Names:
    """Words for codes, for one indicator."""

    def __init__(self, catalogue: Catalogue, indicator: Indicator, namer: Namer | None = None) -> None:
        self._catalogue, self._namer = catalogue, namer
        what = counted(catalogue, indicator)
        self.dataset: RecordDataset | None = None if what is None else what.dataset

    def dimension(self, name: str) -> Words:
        """The dimension in words: what its members are."""
        if name in _DIMENSIONS:
            zh, en = _DIMENSIONS[name]
            return Words(zh=zh, en=en)
        column = self.dataset.columns.get(name) if self.dataset else None
        return Words(zh=name, en=name) if column is None else Words(zh=column.label.zh, en=column.label.en)

    def of(self, dimension: str, codes: Iterable[str]) -> dict[str, Words]:
        """Code → words; a code that nobody has a name for is called by itself."""
        wanted = tuple(dict.fromkeys(codes))
        known = dict(self._namer(dimension, wanted)) if self._namer is not None else {}
        return {code: known.get(code) or self._listed(dimension, code) for code in wanted}

    def _listed(self, dimension: str, code: str) -> Words:
        column = self.dataset.columns.get(dimension) if self.dataset else None
        if dimension in PLACES or (column is not None and self.dataset and dimension == self.dataset.place):
            zh, _, en = names_of_places().get(code, "").partition("|")
            return Words(zh=zh or code or "—", en=en or zh or code or "—")
        if column is not None and column.type == "choice" and code in column.of:
            spoken = column.of[code]
            zh = next((word for word in spoken if not word.isascii()), code)
            en = next((word for word in spoken if word.isascii() and len(word) > 1), code)
            return Words(zh=zh, en=en)
        list_ = column.list if column is not None and column.list else "products" if dimension in PRODUCTS else ""
        if list_ and code in (held := self._catalogue.codes(list_)):
            return held[code]
        return Words(zh=code or "—", en=code or "—")

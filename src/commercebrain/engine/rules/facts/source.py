"""Where facts of trade come from: the lines of each month, in the vintage that was known on a day.

Months whose vintage lies in the roll-ups come from there; one that was published otherwise at the time comes from the
record's own files. Sums are kept by month and vintage, so a back-test of many months reads each of them once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from commercebrain.engine.indicators.tables import reader_of
from commercebrain.engine.indicators.vintages import in_force, state
from commercebrain.engine.lake.opened import reading
from commercebrain.engine.lake.records.schema import record_dataset
from commercebrain.engine.lake.records.table import MonthVersion, RecordTable
from commercebrain.engine.rollups.reader import RollupReader

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: A vintage of a month: the batches that it is made of.
Token = tuple[str, ...]
T = TypeVar("T")

CUSTOMS: Final = "declaration_lines"
EXPORT, IMPORT = 0, 1
#: Sums that a source keeps, so many bytes of them.
_ROOM: Final = 1 << 30


@dataclass(frozen=True)
class Cells:
    """What was traded in a month, as codes of the source's ``firms``, ``products``, ``countries`` and ``counties``.

    ``flow`` is 0 for exports, 1 for imports; ``value`` in yuan, ``quantity`` in the unit of the goods (any multiple of it).
    """

    flow: Array
    firm: Array
    product: Array
    country: Array
    county: Array
    value: Array
    quantity: Array


@dataclass(frozen=True)
class Sparse:
    """Sums by a key, the keys in order: ``value`` in yuan and ``quantity``."""

    key: Ints
    value: Floats
    quantity: Floats

    @classmethod
    def of(cls, key: Array, value: Array, quantity: Array) -> Sparse:
        """Summed by key."""
        keys, place = np.unique(key, return_inverse=True)
        return cls(
            keys.astype(np.int64),
            np.bincount(place, value, minlength=len(keys)).astype(np.float64),
            np.bincount(place, quantity, minlength=len(keys)).astype(np.float64),
        )

    @classmethod
    def together(cls, parts: Sequence[Sparse]) -> Sparse:
        """The sum of several."""
        if not parts:
            return cls(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
        if len(parts) == 1:
            return parts[0]
        return cls.of(*(np.concatenate([getattr(one, name) for one in parts]) for name in ("key", "value", "quantity")))

    def at(self, keys: Array, of: str = "value") -> Floats:
        """The sums of some keys; 0 for a key that is not there."""
        if not len(self.key):
            return np.zeros(len(keys))
        place = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        return np.where(self.key[place] == keys, getattr(self, of)[place], 0.0)


class TradeSource(ABC):
    """Lines of trade by month and vintage. ``synthetic``: whether any of it is invented."""

    firms: Sequence[str]
    products: Sequence[str]
    countries: Sequence[str]
    counties: Sequence[str]
    synthetic: bool = False

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._size = 0
        self._lock = RLock()
        self._places: dict[str, int] = {}

    @abstractmethod
    def known(self, on: date, *, as_published: bool = False) -> Mapping[int, Token]:
        """The months (yyyymm) that were known on a day, each with its vintage. ``as_published``: what had been published
        by then counts, though it may have been taken in here later: for looking back."""

    @abstractmethod
    def released(self, month: int) -> date | None:
        """The day on which a month was first published; none where it never was."""

    @abstractmethod
    def read(self, month: int, token: Token) -> Cells:
        """The lines of a month in a vintage."""

    def dollars(self, flow: int, months: Mapping[int, Token]) -> Floats | None:
        """US dollars by firm in some months together; None where that cannot be told."""
        return None

    @property
    def places(self) -> Mapping[str, int]:
        """The code of each firm by its credit code."""
        if len(self._places) != len(self.firms):
            self._places = {uscc: place for place, uscc in enumerate(self.firms)}
        return self._places

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was worked out before under a key, else made and kept; the oldest gives way when room runs out."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                held: T = self._kept[key]
                return held
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._size += _bytes(made)
                while self._size > _ROOM and len(self._kept) > 1:
                    self._size -= _bytes(self._kept.popitem(last=False)[1])
        return made

    def cells(self, month: int, token: Token) -> Cells:
        """The lines of a month in a vintage; those asked for last are kept."""
        return self.kept(("cells", month, token), lambda: self.read(month, token))

    def by_firm(self, flow: int, month: int, token: Token) -> Floats:
        """Yuan by firm."""
        return self._sums(("firm", flow), month, token, flow, lambda c: (c.firm, len(self.firms)))

    def by_county(self, flow: int, month: int, token: Token) -> Floats:
        """Yuan by county."""
        return self._sums(("county", flow), month, token, flow, lambda c: (c.county, len(self.counties)))

    def by_country(self, flow: int, month: int, token: Token) -> Floats:
        """Yuan by partner."""
        return self._sums(("country", flow), month, token, flow, lambda c: (c.country, len(self.countries)))

    def by_cluster(self, month: int, token: Token) -> Floats:
        """Exports in yuan by county × chapter (two digits of the goods): county × 100 + chapter."""
        chapter = np.array([int(code[:2]) if code[:2].isdigit() else 0 for code in self.products], np.int64)
        return self._sums(
            "cluster", month, token, EXPORT,
            lambda c: (c.county.astype(np.int64) * 100 + chapter[c.product], 100 * len(self.counties)),
        )  # fmt: skip

    def firm_country(self, month: int, token: Token) -> Sparse:
        """Exports by firm × partner: firm × number of partners + partner."""
        wide = len(self.countries)
        return self._sparse("firm_country", month, token, lambda c: c.firm.astype(np.int64) * wide + c.country)

    def firm_product(self, month: int, token: Token) -> Sparse:
        """Exports by firm × tariff line: firm × number of lines + line."""
        wide = len(self.products)
        return self._sparse("firm_product", month, token, lambda c: c.firm.astype(np.int64) * wide + c.product)

    def firm_line(self, month: int, token: Token) -> Sparse:
        """Exports by firm × tariff line × partner."""
        lines, wide = len(self.products), len(self.countries)
        return self._sparse(
            "firm_line", month, token, lambda c: (c.firm.astype(np.int64) * lines + c.product) * wide + c.country
        )

    def county_of(self, month: int, token: Token) -> Ints:
        """The county (code) of each firm in the month's lines; −1 for one without any."""

        def make() -> Ints:
            cells = self.cells(month, token)
            found = np.full(len(self.firms), -1, np.int64)
            found[cells.firm] = cells.county
            return found

        return self.kept(("county_of", month, token), make)

    def _sums(
        self, kind: Hashable, month: int, token: Token, flow: int, of: Callable[[Cells], tuple[Array, int]]
    ) -> Floats:
        def make() -> Floats:
            cells = self.cells(month, token)
            key, size = of(cells)
            mine = cells.flow == flow
            return np.bincount(key[mine], cells.value[mine], minlength=size).astype(np.float64)

        return self.kept((kind, month, token), make)

    def _sparse(self, kind: str, month: int, token: Token, of: Callable[[Cells], Array]) -> Sparse:
        def make() -> Sparse:
            cells = self.cells(month, token)
            mine = cells.flow == EXPORT
            return Sparse.of(of(cells)[mine], cells.value[mine], cells.quantity[mine])

        return self.kept((kind, month, token), make)


def _bytes(held: Any) -> int:
    """How much memory the arrays of something kept take, one level deep."""
    if isinstance(held, np.ndarray):
        return int(held.nbytes)
    parts = held if isinstance(held, tuple) else held.values() if isinstance(held, dict) else ()
    if hasattr(held, "__dataclass_fields__"):
        parts = vars(held).values()
    return 64 + sum(int(one.nbytes) for one in parts if isinstance(one, np.ndarray))


class LakeSource(TradeSource):
    """Customs lines of a lake."""

    def __init__(self, root: Path, reader: RollupReader) -> None:
        super().__init__()
        self.root, self.reader = root, reader
        self.synthetic = reader.synthetic
        names = ("uscc", "hs10", "country", "county")
        self._codes = {name: dict(reader.dictionaries.of(name).codes) for name in names}
        values = {name: list(reader.dictionary(name)) for name in names}
        self._values = values
        self.firms, self.products, self.countries, self.counties = (values[name] for name in names)
        self._versions = tuple(RecordTable(root, record_dataset(CUSTOMS)).vintages())
        for version in self._strange():  # a withdrawn line may name what no line in force does
            self._learn(version)

    def known(self, on: date, *, as_published: bool = False) -> Mapping[int, Token]:
        """Each month with the batches in force on the day."""
        versions = self._published(on) if as_published else in_force(self.root, record_dataset(CUSTOMS), on)
        found: dict[int, list[str]] = {}
        for version in versions:
            found.setdefault(version.month, []).append(version.batch)
        return {month: tuple(sorted(batches)) for month, batches in sorted(found.items())}

    def _published(self, on: date) -> list[MonthVersion]:
        newest: dict[tuple[int, str, bool], MonthVersion] = {}
        for one in self._versions:
            key = (one.month, one.source, one.synthetic)
            if one.published <= on and (key not in newest or newest[key].rank < one.rank):
                newest[key] = one
        return list(newest.values())

    def released(self, month: int) -> date | None:
        """The first day on which a version of the month was published."""
        return min((one.published for one in self._versions if one.month == month), default=None)

    def read(self, month: int, token: Token) -> Cells:
        """From the roll-ups where they hold the vintage, else from the record's files."""
        held = self.reader.versions.get(month)
        if held is not None and tuple(sorted(held.batches)) == token:
            arrays = self.reader.arrays("grain", [month])
            flow = np.full(len(self.reader.dictionary("flow")), 2, np.int8)
            for number, name in enumerate(("export", "import")):
                if name in self.reader.dictionaries.of("flow").codes:
                    flow[self.reader.dictionaries.of("flow").codes[name]] = number
            return Cells(
                flow[arrays["flow"]], arrays["uscc"], arrays["hs10"], arrays["country"], arrays["county"],
                arrays["value_cny"], arrays["quantity"],
            )  # fmt: skip
        return self._from_files([one for one in self._versions if one.month == month and one.batch in token])

    def dollars(self, flow: int, months: Mapping[int, Token]) -> Floats | None:
        """From the roll-ups, where they hold the vintages."""
        held = self.reader.versions
        if not all(month in held and tuple(sorted(held[month].batches)) == token for month, token in months.items()):
            return None
        arrays = self.reader.arrays("firm", months)
        way = self.reader.dictionaries.of("flow").codes.get(("export", "import")[flow], -1)
        mine = arrays["flow"] == way
        return np.bincount(arrays["uscc"][mine], arrays["value_usd"][mine], minlength=len(self.firms)).astype(float)

    def _strange(self) -> list[MonthVersion]:
        held = {month: set(one.batches) for month, one in self.reader.versions.items()}
        return [one for one in self._versions if one.batch not in held.get(one.month, ())]

    def _learn(self, version: MonthVersion) -> None:
        with reading() as connection:
            for name, codes in self._codes.items():
                query = f"SELECT DISTINCT {name} FROM read_parquet(?)"  # noqa: S608 - columns of our own
                for (value,) in connection.execute(query, [list(version.files)]).fetchall():
                    if value is not None and value not in codes:
                        codes[value] = len(codes)
                        self._values[name].append(value)

    def _from_files(self, versions: Sequence[MonthVersion]) -> Cells:
        files = [file for one in versions for file in one.files]
        names = ("flow", "uscc", "hs10", "country", "county")
        with reading() as connection:
            query = (
                f"SELECT {', '.join(names)}, sum(value_cny)::BIGINT AS value, sum(quantity)::DOUBLE AS quantity "  # noqa: S608 - columns of our own
                f"FROM read_parquet(?) GROUP BY ALL ORDER BY ALL"
            )
            table = connection.execute(query, [files]).fetchnumpy()

        def coded(name: str) -> Array:
            codes = self._codes[name]
            return np.array([codes[value] for value in table[name].tolist()], np.int64)

        flow = np.array(
            [{"export": EXPORT, "import": IMPORT}.get(value, 2) for value in table["flow"].tolist()], np.int8
        )
        quantity = np.ma.filled(np.ma.asarray(table["quantity"], np.float64), 0.0)
        return Cells(
            flow, coded("uscc"), coded("hs10"), coded("country"), coded("county"),
            np.asarray(table["value"], np.int64), quantity,
        )  # fmt: skip


@lru_cache(maxsize=2)
def _lake(root: str, reader: RollupReader, _state: tuple[int, ...]) -> LakeSource:
    return LakeSource(Path(root), reader)


def lake_source(root: Path) -> LakeSource | None:
    """The customs lines of a lake; none where nothing of them has been rolled up."""
    reader = reader_of(root, CUSTOMS)
    return None if reader is None else _lake(str(root), reader, state(root, CUSTOMS))

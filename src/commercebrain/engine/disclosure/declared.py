"""The declared tables: what may be broken down by whom, and the rule by which a cell is unsafe.

One file of ``catalogue/tables/`` for each dataset of records. Who has no clearance for firms may ask for these tables
and for nothing else, so all that such a person can ever combine is known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commercebrain.engine.catalogue.models import SourceRef, Words
from commercebrain.engine.yaml_text import read_yaml


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Declared):
    """When a cell is unsafe: fewer than ``contributors`` firms; or the largest holds more than ``share`` per cent; or the
    second largest firm can estimate the largest within ``p`` per cent (the p%-rule).

    Source: Hundepool et al., Statistical Disclosure Control (2012), chapter 4; the plans' figures by `formulas.md`.
    """

    contributors: int = Field(default=3, ge=2)
    share: int = Field(default=85, gt=0, le=100)
    p: int = Field(default=10, ge=0, le=100)


class Dimension(_Declared):
    """A dimension of the tables: a column of the records, and whether sums over its declared groups are published too."""

    label: Words
    groups: bool = False


class DeclaredTable(_Declared):
    """A table that may be asked for: the dimensions beside month, flow and the whole city (one or two of them)."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Words
    by: tuple[str, ...] = Field(min_length=1, max_length=2)
    periods: tuple[Literal["month", "cumulative"], ...] = ("month", "cumulative")
    source: tuple[SourceRef, ...] = ()


class Tables(_Declared):
    """The declared tables of one dataset. All are linked: they share the margins of ``dimensions``, the months of a year,
    and exports and imports that add up to the total.

    ``protects`` is the measure by whose contributions cells are judged; the same cells are then withheld for every one
    of ``measures``. ``parts`` is the column whose values add up (exports, imports): their sum is shown where all parts are.
    ``fine`` is the column below the dimension ``coarse`` over whose values the catalogue's indicators sum (goods below
    chapters): such sums are told for a whole city only, as far as :mod:`.details` admits them.
    """

    dataset: str
    protects: str
    measures: tuple[str, ...]
    parts: str
    place: str
    fine: str | None = None
    coarse: str | None = None
    rule: Rule = Rule()
    dimensions: dict[str, Dimension]
    tables: tuple[DeclaredTable, ...] = Field(min_length=1)
    links: tuple[Words, ...]
    source: tuple[SourceRef, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Tables:
        codes = [table.code for table in self.tables]
        if len(set(codes)) != len(codes):
            raise ValueError("a table is declared twice / 有表重复声明")
        for table in self.tables:
            if unknown := [name for name in table.by if name not in self.dimensions]:
                raise ValueError(f"table {table.code}: no such dimension {unknown} / 没有这个维度")
            for name in table.by:  # margins are published with the table, so they are declared tables themselves
                if not any(other.by == (name,) for other in self.tables):
                    raise ValueError(f"table {table.code}: its margin {name} is no declared table / 边际表未声明")
        if self.protects not in self.measures:
            raise ValueError("protects must be one of measures / protects 须在 measures 之中")
        return self

    @property
    def single(self) -> tuple[DeclaredTable, ...]:
        """The tables with one dimension: the margins of the others."""
        return tuple(table for table in self.tables if len(table.by) == 1)

    @property
    def double(self) -> tuple[DeclaredTable, ...]:
        """The tables with two dimensions."""
        return tuple(table for table in self.tables if len(table.by) == 2)

    def table(self, dims: Iterable[str]) -> DeclaredTable | None:
        """The declared table with exactly these dimensions, in whatever order."""
        wanted = set(dims)
        return next((table for table in self.tables if set(table.by) == wanted), None)

    def smallest(self, dims: Iterable[str]) -> DeclaredTable | None:
        """The first table that has these dimensions among its own."""
        wanted = set(dims)
        fitting = [table for table in self.tables if wanted <= set(table.by)]
        return min(fitting, key=lambda table: len(table.by), default=None)


def read(text: str) -> Tables:
    """The declaration in a YAML text; pydantic's ``ValidationError`` names what is wrong."""
    return Tables.model_validate(read_yaml(text))


@lru_cache(maxsize=1)
def declared_tables() -> Mapping[str, Tables]:
    """The declarations of the installed catalogue by dataset."""
    folder = files("commercebrain.catalogue") / "tables"
    found = (read(file.read_text(encoding="utf-8")) for file in folder.iterdir() if file.name.endswith(".yaml"))
    return {one.dataset: one for one in sorted(found, key=lambda one: one.dataset)}

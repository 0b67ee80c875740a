"""What a dataset's sheet may look like: columns, their other names, marks and words, as its YAML declares
them."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import plain
from commercebrain.engine.lake.records.schema import record_datasets
from commercebrain.engine.yaml_text import read_yaml

ColumnType = Literal["indicator", "region", "period", "code", "text", "unit", "choice", "decimal", "date"]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Declared):
    """One column: its type, whether a row needs it, its default, its names, and (for a choice) what may
    stand there."""

    type: ColumnType
    label: dict[str, str]
    required: bool = False
    default: str | None = None
    unit: str | None = None
    synonyms: tuple[str, ...] = ()
    of: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    def choose(self, text: str) -> str | None:
        """The choice that ``text`` names, by its code or by a synonym; None where there is none."""
        wanted = fold(text)
        for code, words in self.of.items():
            if wanted in {fold(code), *map(fold, words)}:
                return code
        return None


class Dataset(_Declared):
    """A declared dataset, as ``catalogue/datasets/<code>.yaml`` holds it."""

    code: str
    record: dict[str, str]
    definition: dict[str, str]
    period: str
    key: tuple[str, ...]
    classification: Literal["public", "internal", "confidential"]
    provider: str
    purpose: str
    source: tuple[dict[str, str], ...]
    columns: dict[str, Column]
    ignore: tuple[str, ...] = ()
    indicator_words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    missing_marks: tuple[str, ...] = ()
    bounds_before: dict[str, str] = Field(default_factory=dict)
    bounds_after: dict[str, str] = Field(default_factory=dict)
    growth_words: dict[str, Literal["+", "-"]] = Field(default_factory=dict)
    this_month: tuple[str, ...] = ()
    year_to_date: tuple[str, ...] = ()
    last_year: tuple[str, ...] = ()

    def field_of(self, heading: str) -> str | None:
        """The column that a heading names (by identifier, Chinese or English label, or synonym), units left
        aside."""
        return _headings(self.code).get(fold(heading))

    def ignored(self, heading: str) -> bool:
        """Whether the heading is one of those that a figure does not need (序号, 排名 …)."""
        return fold(heading) in {fold(word) for word in self.ignore}


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """A heading or name for comparison: half width, lower case, no blanks, units in brackets and colons
    left out."""
    folded = re.sub(r"\s+", "", plain(text)).lower()
    folded = re.sub(r"\((?:单位:)?[^()]*(?:元|%|‰|个|家|次|人|吨|箱|位|点)\)", "", folded)
    return folded.rstrip(":%").replace("（", "(").replace("）", ")")


@lru_cache(maxsize=8)
def load_dataset(code: str) -> Dataset:
    """The declared dataset ``code``; :class:`UserError` (``dataset.unknown``) where the catalogue has
    none."""
    file = files("commercebrain.catalogue") / "datasets" / f"{code}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", code) or not file.is_file():
        there = ("observations", *record_datasets())
        raise UserError(
            "dataset.unknown",
            f"目录里没有名为“{code}”的数据集，现有：{'、'.join(there)}。",
            f"The catalogue has no dataset named “{code}”; there are: {', '.join(there)}.",
        )
    declared: dict[str, Any] = read_yaml(file.read_text(encoding="utf-8"))
    return Dataset.model_validate(declared)


@lru_cache(maxsize=8)
def _headings(code: str) -> dict[str, str]:
    dataset = load_dataset(code)
    found: dict[str, str] = {}
    for name, column in dataset.columns.items():
        for word in (name, *column.label.values(), *column.synonyms):
            found.setdefault(fold(word), name)
    return found

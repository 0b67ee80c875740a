"""What a dataset of records looks like, as ``catalogue/datasets/<code>.yaml`` declares it (``layout: records``)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commercebrain.engine.errors import UserError
from commercebrain.engine.yaml_text import read_yaml

ColumnType = Literal["month", "date", "uscc", "region", "code", "choice", "text", "integer", "decimal"]
#: Column types whose values are few and repeat: kept as codes of an append-only dictionary in the working store.
CODED: frozenset[str] = frozenset({"uscc", "region", "code", "choice"})
#: Column types that can be summed; both are whole numbers inside (a decimal counts its last digit).
SUMMED: frozenset[str] = frozenset({"integer", "decimal"})


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Declared):
    """A name or a sentence in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class RecordColumn(_Declared):
    """One column of a record.

    ``integer`` is an int64 in whole ``unit`` (money: 元, 美元); ``decimal`` keeps ``scale`` digits after the point.
    ``code`` names its code list (``list``: a file of ``catalogue/codes``), and for products the nomenclature, its
    edition and how many digits may stand there. ``of`` are the values of a choice, each with its other names.
    ``known`` says whether a code must stand in its list (products beyond six digits never do).
    """

    type: ColumnType
    label: Words
    required: bool = False
    unit: str | None = None
    scale: int = Field(default=0, ge=0, le=6)
    min: int | None = None
    list: str | None = None
    nomenclature: str | None = None
    edition: str | None = None
    digits: tuple[int, ...] = ()
    known: bool = True
    of: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    synonyms: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> RecordColumn:
        if self.type == "choice" and not self.of:
            raise ValueError("a choice needs `of` / 选项列须写明 of")
        if self.type == "code" and not self.list:
            raise ValueError("a code needs its `list` / 代码列须写明 list")
        if self.type == "integer" and not self.unit:
            raise ValueError("an integer needs its `unit` / 整数列须写明 unit")
        return self


class RecordDataset(_Declared):
    """A declared dataset of records.

    ``period`` names the column with the month (or the date, whose month files the row). ``arrives``: ``month`` – what
    a provider sends for a month replaces what it had sent for it before, as a later vintage; ``rows`` – rows add up and
    a row with the same ``key`` published later replaces the earlier one. ``sort`` is the order of rows within a month,
    ``place`` the column with the region, ``firm`` the one with the firm. ``provider``, ``agreement`` (the document
    under which the bureau may hold it), ``purpose`` and ``expires`` are the legal ground; ``retention_years`` how long.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    layout: Literal["records"]
    record: Words
    definition: Words
    period: str
    arrives: Literal["month", "rows"]
    key: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    place: str | None = None
    firm: str | None = None
    classification: Literal["public", "internal", "confidential"]
    provider: str
    agreement: str = ""
    purpose: str
    expires: str = ""
    retention_years: int = Field(default=10, ge=1)
    source: tuple[dict[str, str], ...] = Field(min_length=1)
    columns: dict[str, RecordColumn]
    ignore: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_exist(self) -> RecordDataset:
        named = {self.period, *self.key, *self.sort, *filter(None, (self.place, self.firm))}
        if unknown := sorted(named - self.columns.keys()):
            raise ValueError(f"no such column: {', '.join(unknown)} / 没有这些列")
        if taken := sorted(self.columns.keys() & {"published", "taken_in", "batch", "source", "synthetic"}):
            raise ValueError(f"{', '.join(taken)} is the lake's own column / 这些列名由数据湖使用")
        if "month" in self.columns and self.period != "month":
            raise ValueError("month is the column of the period / month 须为时期列")
        if self.columns[self.period].type not in ("month", "date"):
            raise ValueError("the period's column must be a month or a date / 时期列须为 month 或 date")
        if self.arrives == "rows" and not self.key:
            raise ValueError("rows that add up need a key / 逐行累积的数据集须写明 key")
        return self


@lru_cache(maxsize=32)
def record_dataset(code: str) -> RecordDataset:
    """The declared dataset of records ``code``; :class:`UserError` (``dataset.unknown``) where there is none."""
    declared = record_datasets()
    if code not in declared:
        there = "、".join(declared)
        raise UserError(
            "dataset.unknown",
            f"目录里没有名为“{code}”的明细数据集，现有：{there}。",
            f"The catalogue has no dataset of records named “{code}”; there are: {', '.join(declared)}.",
        )
    return declared[code]


@lru_cache(maxsize=1)
def record_datasets() -> dict[str, RecordDataset]:
    """Every declared dataset of records by code."""
    found: dict[str, RecordDataset] = {}
    for file in sorted((files("commercebrain.catalogue") / "datasets").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            declared: dict[str, Any] = read_yaml(file.read_text(encoding="utf-8"))
            if declared.get("layout") == "records":
                found[declared["code"]] = RecordDataset.model_validate(declared)
    return found

"""Profiles 装入方案: how a file of somebody else's becomes rows of a declared dataset, as ``catalogue/profiles/*.yaml`` says.

A profile names the file, the columns it takes, the words it translates, the rows it leaves out and why, and what the file
does not say itself. It changes no number; :mod:`commercebrain.engine.lake.profiles` carries it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, model_validator

from commercebrain.engine.catalogue.models import Code, Model, Words
from commercebrain.engine.catalogue.source import nearest

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue


def _as_texts(value: object) -> object:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else value


Texts = Annotated[dict[str, str], BeforeValidator(_as_texts)]


class Drop(Model):
    """Rows that are left out: those whose ``column`` of the file holds one of ``values``, and why."""

    column: str
    values: tuple[str, ...] = Field(min_length=1)
    because: Words


class Rewrite(Model):
    """A way of writing that the reader would take for another: what ``match`` (the whole text) becomes ``to``."""

    match: str
    to: str

    @model_validator(mode="after")
    def _can_be_read(self) -> Rewrite:
        try:
            re.compile(self.match)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error} / 不是正则表达式：{error}") from None
        return self


class Derive(Model):
    """A column that follows from another column of the file, word by word; a word that is not in ``to`` stops the file."""

    column: str
    to: Texts


class Series(Model):
    """One figure that stands in each row of the file: its columns (target → column of the file) and what is the same for
    all its rows (``set``)."""

    columns: Texts
    set: Texts = {}


class Published(Model):
    """When the figures of a month became known where the file does not say: ``months`` later, on the ``day``."""

    months: int = Field(ge=0, le=24)
    day: int = Field(ge=1, le=28)


class Profile(Model):
    """A declared profile. ``columns`` maps columns of the dataset to columns of the file; ``series``, where one row of the
    file holds several figures, says so for each. ``unique`` are the dataset's columns that may stand together once only:
    a row that repeats another exactly is counted and left out, one that contradicts it stops the file."""

    code: Code
    name: Words
    file: str
    dataset: str
    source: str = Field(min_length=1)
    note: Words | None = None
    columns: Texts = {}
    series: tuple[Series, ...] = ()
    values: dict[str, Texts] = {}
    derive: dict[str, Derive] = {}
    rewrite: dict[str, tuple[Rewrite, ...]] = {}
    constants: Texts = {}
    drop: tuple[Drop, ...] = ()
    unique: tuple[str, ...] = ()
    published: date | Published

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns of the dataset that it fills, each once."""
        every = [*self.columns, *self.derive, *self.constants]
        for one in self.series:
            every += [*one.columns, *one.set]
        return tuple(dict.fromkeys(every))


def faults_of(profile: Profile, catalogue: Catalogue) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Datasets, columns and indicators that a profile names and that are not there."""
    dataset = catalogue.datasets.get(profile.dataset) or catalogue.records.get(profile.dataset)
    if dataset is None:
        if f"dataset:{profile.dataset}" not in catalogue.declared:
            zh, en = nearest(profile.dataset, (*catalogue.datasets, *catalogue.records))
            yield ("dataset",), f"没有数据集“{profile.dataset}”{zh}", f"No dataset “{profile.dataset}”{en}"
        return
    places: list[tuple[tuple[str | int, ...], str]] = [
        *((("columns", name), name) for name in profile.columns),
        *((("derive", name), name) for name in profile.derive),
        *((("constants", name), name) for name in profile.constants),
        *((("values", name), name) for name in profile.values),
        *((("rewrite", name), name) for name in profile.rewrite),
        *((("unique", n), name) for n, name in enumerate(profile.unique)),
    ]
    for number, one in enumerate(profile.series):
        places += [(("series", number, "columns", name), name) for name in one.columns]
        places += [(("series", number, "set", name), name) for name in one.set]
    for path, name in places:
        if name not in dataset.columns:
            zh, en = nearest(name, dataset.columns)
            yield path, f"数据集没有列“{name}”{zh}", f"The dataset has no column “{name}”{en}"
    for name, column in dataset.columns.items():
        if getattr(column, "required", False) and name not in (*profile.targets, "published", "taken_in", "source"):
            yield (
                ("columns",),
                f"没有说明必填列“{name}”从哪里来。",
                f"Where the required column “{name}” comes from is not said.",
            )
    if profile.dataset == "observations":
        codes = [*profile.derive["indicator"].to.values()] if "indicator" in profile.derive else []
        codes += [one.set["indicator"] for one in profile.series if "indicator" in one.set]
        for code in codes:
            if f"indicator:{code}" not in catalogue.declared:
                zh, en = nearest(code, catalogue.indicators)
                yield (), f"没有指标“{code}”{zh}", f"No indicator “{code}”{en}"

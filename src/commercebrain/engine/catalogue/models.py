"""What a catalogue file may say: every key is declared here, an unknown one is a fault."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Classification = Literal["public", "internal", "confidential"]
IndicatorKind = Literal["annual_flow", "stock", "ratio", "growth", "rank", "cumulative"]
Frequency = Literal["day", "week", "month", "quarter", "year"]
Better = Literal["higher", "lower", "hold"]


class Model(BaseModel):
    """The base of all: no unknown keys, nothing changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Kept = TypeVar("Kept", bound=BaseModel)


def read_kept(model: type[Kept], data: Mapping[str, Any]) -> Kept:
    """A declaration from what a round or a case keeps of it.

    A key that a later version of the product no longer knows is left out, so that what runs outlives an update.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        unknown = [one["loc"] for one in error.errors(include_url=False) if one["type"] == "extra_forbidden"]
        if not unknown:
            raise
    pruned = copy.deepcopy(dict(data))
    for *path, last in unknown:
        inner: Any = pruned
        for key in path:
            inner = _inside(inner, key)
        del inner[last]
    return model.model_validate(pruned)


def _inside(holder: Any, key: Any) -> Any:
    """The part under ``key``; a mapping that is kept as a list of ``code, …`` is looked through by code."""
    if isinstance(holder, list) and isinstance(key, str):
        return next(one for one in holder if one.get("code") == key)
    return holder[key]


class Words(Model):
    """A name or a sentence in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def say(self, language: str = "zh") -> str:
        """The words in ``language`` ("zh…", or anything else for English)."""
        return self.zh if language.startswith("zh") else self.en


class SourceRef(Model):
    """The document and the clause that ask for an item."""

    doc: str = Field(min_length=1)
    clause: str = ""
    quote: str = ""


class Calibre(BaseModel):
    """How an indicator is delimited 口径: a code, words, and any delimiting properties of its own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    code: str = ""
    text: Words | None = None


class Adds(Model):
    """How values join over time and, separately, over places."""

    time: Literal["sum", "last", "mean", "none"]
    place: Literal["sum", "last", "mean", "none"]


class Valid(Model):
    """From when to when an item holds; open where not given."""

    from_: date | None = Field(default=None, alias="from")
    to: date | None = None


class Example(Model):
    """A small case that runs as a test: what is given, what is asked, what must come out."""

    given: dict[str, Any]
    ask: dict[str, Any] = {}
    get: Decimal | dict[str, Any]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _as_calibre(value: object) -> object:
    return {"code": value} if isinstance(value, str) else value


class Indicator(Model):
    """A thing that is measured: its figures arrive ready-made (``dataset: observations``), are counted from records
    (``dataset`` of records with ``measure`` such as ``sum(value_cny)`` and, where it takes only some, ``where``), or are
    computed by ``formula`` from other indicators. ``numerator`` and ``denominator`` say in words what a ratio divides.
    """

    code: Code
    name: Words
    definition: Words
    numerator: Words | None = None
    denominator: Words | None = None
    dataset: str | None = None
    measure: str | None = None
    where: str | None = None
    formula: str | None = None
    unit: str
    show_in: str | None = None
    decimals: int = Field(default=2, ge=0, le=6)
    kind: IndicatorKind
    adds: Adds
    better: Better
    calibre: Annotated[Calibre, BeforeValidator(_as_calibre)] = Calibre()
    classification: Classification = "public"
    synonyms: tuple[str, ...] = ()
    area: str
    series: Words | None = None
    frequency: Frequency | None = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    owner: str | None = None
    valid: Valid = Valid()
    examples: tuple[Example, ...] = ()
    lag_days: int = Field(default=45, ge=0, le=800)

    @model_validator(mode="after")
    def _one_origin(self) -> Indicator:
        if (self.dataset is None) == (self.formula is None):
            raise ValueError("give either dataset or formula / 须在 dataset 与 formula 中给出且只给出一个")
        if self.measure is not None and self.dataset in (None, "observations"):
            raise ValueError(
                "an indicator of records, and no other, has a measure / 明细指标须写明 measure，其他指标不写"
            )
        if self.denominator is not None and self.numerator is None:
            raise ValueError("a denominator needs its numerator / 写了 denominator 须同时写 numerator")
        if self.where is not None and self.measure is None:
            raise ValueError("where goes with a measure / where 只与 measure 同用")
        if self.formula is not None and self.adds.time != "none":
            raise ValueError("a formula needs adds.time: none / 公式指标由各项重算，adds.time 须为 none")
        return self

    @property
    def of_records(self) -> bool:
        """Whether it is counted from records of a declared dataset."""
        return self.measure is not None

    @property
    def display_unit(self) -> str:
        """The unit in which figures are given: ``show_in`` where there is one."""
        return self.show_in or self.unit


class Unmatched(Model):
    """A promise of a plan that no indicator measures with certainty, and why: it waits for a person.

    ``name`` is the promise's indicator as a reader gives it, ``also`` other readings of the same words, ``candidates``
    the indicators that a person may choose from.
    """

    name: str = Field(min_length=1)
    also: tuple[str, ...] = ()
    doc: str = Field(min_length=1)
    quote: str = Field(min_length=1)
    candidates: tuple[str, ...] = ()
    why: Words


class FoundingDocument(Model):
    """A plan that the catalogue cites, as it was published: its file's name is what :attr:`SourceRef.doc` gives."""

    file: str = Field(min_length=1)
    name: Words
    short: Words
    number: str = ""
    issued_on: date | None = None


class Area(Model):
    """A field of the bureau's work under which indicators and targets stand on the cockpit."""

    name: Words
    order: int = 0
    definition: Words | None = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = ()


class SystemRow(Model):
    """One row of the founding-systems page: what the plans ask for and how far it is."""

    id: str = Field(pattern=r"^S\d{3}$")
    group: str | Words | None = None
    name: Words
    does: str | Words | None = None
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)
    judgement: Literal["software", "partly", "physical"] | None = None
    remark: str | Words | None = None
    reason: str | Words | None = None
    state: Literal["works", "partly", "planned", "out-of-scope"]
    link: str | None = None
    proof: str | None = None
    note: str | Words | None = None

    @model_validator(mode="after")
    def _state_is_backed(self) -> SystemRow:
        if self.state in ("works", "partly") and not (self.link and self.proof):
            raise ValueError(f"{self.state} needs a link and a proof / “{self.state}”须写明 link 与 proof")
        return self

"""What is released when and by whom, as ``catalogue/releases/*.yaml`` declares it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.records.schema import Words
from commercebrain.engine.yaml_text import read_yaml

#: What a release is worth at the time it comes out: one of the flags of an observation.
Kind = Literal["flash", "provisional", "final"]
Level = Literal["nation", "province", "city", "county"]
Shift = Literal["next", "previous", "none"]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Declared):
    """The day on which a period's figure is due: ``months`` after the month in which the period ends.

    Either ``day`` (of that month; where it is no working day, ``shift`` says whether the working day after or before
    it counts, or the day itself), or ``workday``: the n-th working day of that month.
    """

    months: int = Field(default=1, ge=0, le=18)
    day: int | None = Field(default=None, ge=1, le=28)
    workday: int | None = Field(default=None, ge=1, le=20)
    shift: Shift = "next"

    @model_validator(mode="after")
    def _one(self) -> Rule:
        if (self.day is None) == (self.workday is None):
            raise ValueError("write either day or workday / day 与 workday 须写且只写一个")
        return self


class Release(_Declared):
    """One series of releases.

    ``period`` is what each one reports: ``month`` (January and February come together unless ``single_january``),
    ``quarter`` or ``year``. ``quarter_ends`` replaces the rule in the months that end a quarter. ``announced`` are the
    days that the publisher has announced, by period; they win over the rule. ``indicators`` are what must be there for
    the release to have come out; ``dataset`` besides or instead: records of that dataset. ``levels`` are the tiers of
    administration that have it. ``by`` says who has to bring it in: the ``publisher``, or every ``unit`` for its region.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Words
    publisher: Words
    by: Literal["publisher", "unit"] = "publisher"
    kind: Kind
    period: Literal["month", "quarter", "year"]
    levels: tuple[Level, ...] = Field(min_length=1)
    indicators: tuple[str, ...] = ()
    dataset: str | None = None
    due: Rule
    quarter_ends: Rule | None = None
    single_january: bool = False
    announced: dict[str, date] = Field(default_factory=dict)
    starts: date
    ends: date | None = None
    note: Words | None = None
    source: tuple[dict[str, str], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _something(self) -> Release:
        if not self.indicators and self.dataset is None:
            raise ValueError("write the indicators or the dataset of the release / 须写明 indicators 或 dataset")
        return self


@lru_cache(maxsize=1)
def releases() -> dict[str, Release]:
    """Every declared release by code.

    Raises :class:`UserError` (``releases.invalid``) that names the file and what is wrong with it.
    """
    found: dict[str, Release] = {}
    for file in sorted((files("commercebrain.catalogue") / "releases").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yaml"):
            continue
        declared: dict[str, Any] = read_yaml(file.read_text(encoding="utf-8"))
        try:
            release = Release.model_validate(declared)
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UserError(
                "releases.invalid",
                f"catalogue/releases/{file.name} 的“{where}”不对：{first['msg']}。",
                f"catalogue/releases/{file.name}: “{where}” is wrong: {first['msg']}.",
            ) from None
        found[release.code] = release
    return found

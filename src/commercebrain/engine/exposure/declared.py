"""Which records stand behind which tier, as ``catalogue/exposure.yaml`` declares it, and whether they may be used."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.exposure.base import Tier
from commercebrain.engine.lake.records.schema import RecordDataset, record_dataset
from commercebrain.engine.yaml_text import read_yaml


class LineSource(BaseModel):
    """Where a tier's lines stand: the dataset and its columns of the product, the partner and the value.

    ``keep`` restricts columns to one value. ``of``: ``sum`` – what flows adds up over months; ``last`` – a stock, of which
    each firm's newest month counts, and of that its newest ``day`` (the column of the day of the report; "" for none).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tier: Tier
    dataset: str
    product: str
    country: str
    value: str
    keep: dict[str, str] = Field(default_factory=dict)
    of: Literal["sum", "last"] = "sum"
    day: str = ""
    note: Words

    @model_validator(mode="after")
    def _columns_are_there(self) -> LineSource:
        there = record_dataset(self.dataset)
        named = (self.product, self.country, self.value, *self.keep, *filter(None, [self.day]))
        if unknown := [name for name in named if name not in there.columns]:
            raise ValueError(f"{self.dataset} has no column {', '.join(unknown)} / 数据集没有这些列")
        if there.firm is None:
            raise ValueError(f"{self.dataset} has no firms / 数据集没有企业列")
        return self

    @property
    def declared(self) -> RecordDataset:
        """The dataset."""
        return record_dataset(self.dataset)


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=1)
    tiers: tuple[LineSource, ...] = Field(min_length=1)


@lru_cache(maxsize=1)
def line_sources() -> tuple[LineSource, ...]:
    """The declared sources, the best tier first."""
    text = (files("commercebrain.catalogue") / "exposure.yaml").read_text(encoding="utf-8")
    return tuple(sorted(_Declared.model_validate(read_yaml(text)).tiers, key=lambda one: one.tier))


def unlawful(dataset: RecordDataset, day: date) -> Words | None:
    """Why a dataset with firms may not be used on ``day``: no agreement, no purpose, or the agreement has ended. None:
    it may."""
    name = dataset.record
    if not dataset.agreement.strip():
        return Words(
            zh=f"{name.zh}（{dataset.provider}）没有登记使用协议，不能用。",
            en=f"{name.en} ({dataset.provider}): no agreement is declared, so it is not used.",
        )
    if not dataset.purpose.strip():
        return Words(
            zh=f"{name.zh}（{dataset.provider}）没有登记使用目的，不能用。",
            en=f"{name.en} ({dataset.provider}): no purpose is declared, so it is not used.",
        )
    try:
        ended = bool(dataset.expires) and date.fromisoformat(dataset.expires) < day
    except ValueError:
        return Words(
            zh=f"{name.zh}的协议到期日“{dataset.expires}”不是日期，改正前不能用。",
            en=f"{name.en}: “{dataset.expires}”, the end of the agreement, is no date; it is not used until mended.",
        )
    if ended:
        return Words(
            zh=f"{name.zh}的使用协议已于 {dataset.expires} 到期，不能用。",
            en=f"{name.en}: the agreement ended on {dataset.expires}, so it is not used.",
        )
    return None

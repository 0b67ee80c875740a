"""What forecasts are kept of, as ``catalogue/foresight.yaml`` declares it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.catalogue.expressions import parse
from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.result import LEAST_MONTHS
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.covered import held_places
from commercebrain.engine.indicators.figures import NATION
from commercebrain.engine.indicators.logical import dimensions
from commercebrain.engine.indicators.request import NOWHERE
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.yaml_text import read_yaml


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeptSet(_Declared):
    """One set of series of which forecasts are kept: an indicator, broken down ``by`` dimensions or not.

    ``regions`` are where (none: every region with monthly figures); ``least`` the smallest mean of the last twelve
    months, in the indicator's display unit; ``best`` asks for the slow best ensemble.
    """

    indicator: str
    by: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    regions: tuple[str, ...] = ()
    least: float = Field(default=0.0, ge=0)
    best: bool = False


class NowcastSet(_Declared):
    """An indicator whose current quarter is nowcast from its own months and those of the indicators ``from``."""

    indicator: str
    others: tuple[str, ...] = Field(default=(), alias="from")


class ForesightPlan(_Declared):
    """All of it: ``months`` of history and the ``horizon`` are the same for every set."""

    months: int = Field(default=84, ge=LEAST_MONTHS, le=600)
    horizon: int = Field(default=6, ge=1, le=36)
    source: str = ""
    kept: tuple[KeptSet, ...]
    nowcasts: tuple[NowcastSet, ...] = ()

    def check(self, catalogue: Catalogue) -> None:
        """Raise :class:`UserError` for an indicator or a dimension that is not there."""
        for one in self.kept:
            indicator = catalogue.indicator(one.indicator)
            what = counted(catalogue, indicator)
            known = ("region", *(dimensions(what.dataset) if what is not None else ()))
            for name in (*one.by, *one.where):
                if name not in known:
                    raise UserError(
                        "foresight.dimension",
                        f"catalogue/foresight.yaml：“{one.indicator}”不能按“{name}”细分，可用：{'、'.join(known)}。",
                        f"catalogue/foresight.yaml: “{one.indicator}” cannot be broken down by “{name}”; "
                        f"there are: {', '.join(known)}.",
                    )
        for other in self.nowcasts:
            for code in (other.indicator, *other.others):
                catalogue.indicator(code)


def foresight_plan(path: Path | None = None) -> ForesightPlan:
    """The declaration of the installed catalogue, or of another file.

    Raises :class:`UserError` (``foresight.invalid``) that says what is wrong with it.
    """
    return _installed() if path is None else _read(path)


@lru_cache(maxsize=1)
def _installed() -> ForesightPlan:
    return _read(files("commercebrain.catalogue") / "foresight.yaml")


def _read(place: Traversable) -> ForesightPlan:
    told: Any = read_yaml(place.read_text(encoding="utf-8"))
    try:
        return ForesightPlan.model_validate(told)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UserError(
            "foresight.invalid",
            f"catalogue/foresight.yaml 的“{where}”不对：{first['msg']}。",
            f"catalogue/foresight.yaml: “{where}” is wrong: {first['msg']}.",
        ) from None


def codes_behind(catalogue: Catalogue, code: str) -> set[str]:
    """The indicator ``code`` and all that its formula takes, of whatever region."""
    formula = catalogue.indicator(code).formula
    behind = {name.code for name in parse(formula).names} if formula else set()
    return {code}.union(*(codes_behind(catalogue, one) for one in behind))


def regions_of(
    sources: Sources, catalogue: Catalogue, one: KeptSet, day: date, held: dict[str, tuple[str, ...]] | None = None
) -> tuple[str, ...]:
    """Where the set is kept: the regions named, else those with monthly figures known on ``day`` – of records the
    cities whose counties have lines, of published figures each region with :data:`LEAST_MONTHS` months or more.
    ``held`` remembers the cities of each dataset from one question to the next."""
    if one.regions:
        return one.regions
    indicator = catalogue.indicator(one.indicator)
    what = counted(catalogue, indicator)
    if what is not None:
        if what.dataset.place is None:
            return (NOWHERE,)
        known = {} if held is None else held
        name = what.dataset.code
        if name not in known:
            places = held_places(sources.lake_root, what.dataset, day)
            known[name] = tuple(sorted({place[:4] + "00" for place in places}))
        return known[name]
    codes = codes_behind(catalogue, one.indicator)
    found: dict[str, dict[str, set[tuple[int, int]]]] = {}
    for row in sources.observations.observations(day, indicators=tuple(codes)):
        if row.when.kind in ("month", "ytd") and not row.breakdown and not row.calibre:
            found.setdefault(row.region, {}).setdefault(row.indicator, set()).add(row.when.last)
    # Of a share of the nation the nation itself has none.
    national = indicator.formula is not None and any(name.scope == "nation" for name in parse(indicator.formula).names)
    return tuple(
        sorted(
            region
            for region, held in found.items()
            if any(len(months) >= LEAST_MONTHS for months in held.values())
            and (one.indicator in held or codes - {one.indicator} <= held.keys())
            and not (national and region == NATION)
        )
    )

"""Authorities abroad that investigate our exports: which public holidays count for their deadlines, and their time zone.

Declared in ``catalogue/authorities.yaml``. Public holidays and weekends come from the package ``holidays``; a country or
group of countries that is not declared is an error that names it, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field

from commercebrain.engine.catalogue.models import Model, SourceRef, Words
from commercebrain.engine.catalogue.source import Fault

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class Authority(Model):
    """An authority abroad: ``code`` of the country (ISO alpha-3) or of the group for which it acts, its ``body``, the
    ``holidays`` that count (ISO alpha-2 of the seat, with ``subdivision`` where states differ) and its time ``zone``. ``days``
    says beside a deadline whose holidays were counted, where its name does not."""

    code: str = Field(pattern=r"^([A-Z]{3}|[a-z][a-z0-9_]*)$")
    name: Words
    body: Words
    holidays: str = Field(pattern=r"^[A-Z]{2}$")
    subdivision: str | None = None
    days: Words | None = None
    zone: str
    source: Annotated[tuple[SourceRef, ...], BeforeValidator(_as_list)] = Field(min_length=1)


def faults_of(one: Authority, whole: Catalogue) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """What is wrong with the code of an authority: it must be a country, or a group of the catalogue."""
    countries = whole.codes("countries")
    if countries and one.code not in countries and f"group:{one.code}" not in whole.declared:
        yield ("code",), f"没有国家（地区）或分组“{one.code}”。", f"There is no country or group “{one.code}”."


def check(whole: Catalogue) -> Iterator[Fault]:
    """A fault for every zone and calendar of holidays that is not known; asked for on a check, not on every load, because
    the package of holidays is slow to load."""
    if not whole.authorities:
        return
    from holidays import list_supported_countries

    supported = list_supported_countries()
    for code, one in whole.authorities.items():
        told: list[tuple[str, str, str]] = []
        try:
            ZoneInfo(one.zone)
        except (ZoneInfoNotFoundError, ValueError):
            told.append(("zone", f"没有时区“{one.zone}”，例如 Europe/Brussels。", f"No time zone “{one.zone}”."))
        if one.holidays not in supported:
            zh, en = f"没有“{one.holidays}”的节假日。", f"The holidays of “{one.holidays}” are not known."
            told.append(("holidays", zh, en))
        elif one.subdivision is not None and one.subdivision not in supported[one.holidays]:
            zh, en = f"没有地区“{one.subdivision}”。", f"There is no subdivision “{one.subdivision}”."
            told.append(("subdivision", zh, en))
        for key, zh, en in told:
            yield whole.fault(f"authority:{code}", zh, en, key)

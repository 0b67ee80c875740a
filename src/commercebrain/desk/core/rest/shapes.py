"""Types that the endpoints of every folder share: names, places, units, persons; and how values may come in.

What comes in is read strictly: a day is ``2025-07-21`` and nothing else, a number is a JSON number, a text holds no
null character (no database takes one), and a field that a body does not know is refused rather than dropped.
"""

# Annotations are evaluated here (no postponed ones): ninja reads them where their names are unknown.

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

MOST = 2**63 - 1
CLEAN = r"^[^\x00]*$"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(value: Any) -> Any:
    """Only the ISO form: a number of seconds or a date with a time is not meant as a day."""
    if isinstance(value, date) or value is None:
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("a day is written as 2025-07-21")
    return value


def _amount(value: Any) -> Any:
    """A JSON number as it was written, without the binary form between."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise ValueError("a number is needed, without quotes")
    return Decimal(str(value))


Number = Annotated[Decimal, PlainSerializer(float, return_type=float)]
Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    Field(max_digits=24, decimal_places=6),
    WithJsonSchema({"type": "number", "minimum": -1e17, "maximum": 1e17}),
]
Day = Annotated[date, BeforeValidator(_day)]
Id = Annotated[int, Field(strict=True, ge=1, le=MOST)]
Key = Annotated[int, Field(ge=1, le=MOST)]  # the same in an address, where all is text
Version = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1, description="the version that you read")]
Flag = Annotated[bool, Field(strict=True)]
Word = Annotated[str, StringConstraints(max_length=100, pattern=CLEAN)]
Line = Annotated[str, StringConstraints(max_length=400, pattern=CLEAN)]
Text = Annotated[str, StringConstraints(max_length=5_000, pattern=CLEAN)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=CLEAN)]


class Asked(Schema):
    """The body of a request; a field that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class Names(Schema):
    """A name in both languages."""

    zh: str = Field(examples=["宁波市"])
    en: str = Field(examples=["Ningbo"])


class RegionOut(Schema):
    """A region of the register."""

    code: str = Field(description="GB/T 2260", examples=["330200"])
    name: Names


class UnitRef(Schema):
    """A unit by its number and name."""

    id: int = Field(examples=[3])
    name: Names = Field(examples=[{"zh": "宁波市商务局", "en": "Ningbo Bureau of Commerce"}])


class PersonRef(Schema):
    """A person by number and name."""

    id: int = Field(examples=[7])
    name: Names = Field(examples=[{"zh": "李明", "en": "Li Ming"}])


def names_out(row: Any) -> dict[str, str]:
    """The two names of a row."""
    return {"zh": row.name_zh, "en": row.name_en}


def region_out(region: Any) -> dict[str, Any] | None:
    """A region, or none."""
    return None if region is None else {"code": region.code, "name": names_out(region)}


def unit_ref(unit: Any) -> dict[str, Any] | None:
    """A unit, or none."""
    return None if unit is None else {"id": unit.pk, "name": names_out(unit)}


def person_ref(person: Any) -> dict[str, Any] | None:
    """A person by the name that colleagues know, or none."""
    if person is None:
        return None
    return {
        "id": person.pk,
        "name": {"zh": person.name_zh or person.username, "en": person.name_en or person.username},
    }


def clean(value: Any, depth: int = 0) -> bool:
    """Whether JSON of any shape can be kept: no null character, nothing nested without end."""
    if isinstance(value, str):
        return "\x00" not in value
    if isinstance(value, dict):
        return depth < 8 and all(clean(key) and clean(item, depth + 1) for key, item in value.items())
    return not isinstance(value, list) or (depth < 8 and all(clean(item, depth + 1) for item in value))

"""What the exposure page is asked: a list (pasted, uploaded or kept), what to set beside it, partner, rate and dates.

The question is the address. What was pasted or uploaded is kept as the person's own draft under its digest, so that the
address stays short, a file can be taken away from it, and nothing typed is lost; nobody else can open it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from commercebrain.desk.core.models import Draft
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError
from commercebrain.engine.lists.nomenclature import nomenclature

#: The longest text and the most rows that are read at once; a longer list belongs into a kept list.
MOST_TEXT, MOST_ROWS, MOST_BYTES = 1_000_000, 20_000, 8_000_000
#: How many pasted lists of a person are kept, the newest.
KEPT = 30
MOST_RATE = 10_000
_DIGEST = re.compile(r"[0-9a-f]{20}")
PARTNER = re.compile(r"[A-Z]{3}|[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class Question:
    """``pasted``: the digest of what was given; ``version`` and ``compare``: kept versions (pk) to ask of and to set
    beside. ``partner`` (a country or a group), ``rate`` (per cent), ``nomenclature`` and ``edition`` hold for rows that say
    none themselves. ``on``: only rows in effect that day; ``day``: the date before and after which trade is compared."""

    pasted: str = ""
    version: int | None = None
    compare: int | None = None
    partner: str = ""
    rate: float | None = None
    nomenclature: str = "CN"
    edition: str = ""
    on: date | None = None
    day: date | None = None

    @property
    def asks(self) -> bool:
        """Whether there is anything to answer."""
        return bool(self.pasted) or self.version is not None

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The question as parameters of an address, in one order, what is not said left out."""
        rate = "" if self.rate is None else f"{self.rate:g}"
        told: list[tuple[str, Any]] = [
            ("pasted", self.pasted), ("version", self.version), ("compare", self.compare), ("partner", self.partner),
            ("rate", rate), ("nomenclature", "" if self.nomenclature == "CN" else self.nomenclature),
            ("edition", self.edition), ("on", self.on), ("day", self.day),
        ]  # fmt: skip
        return [(name, str(value)) for name, value in told if value not in ("", None)]

    @property
    def query(self) -> str:
        """As a query string."""
        said = QueryDict(mutable=True)
        said.update(dict(self.parameters))
        return str(said.urlencode())

    def of(self, **changes: Any) -> Question:
        """The same with something else."""
        return replace(self, **changes)


def read(given: Mapping[str, Any]) -> Question:
    """The question of a query, a form or a body. Raises :class:`UserError` for a part that cannot be read."""
    pasted = str(given.get("pasted") or "").strip()
    if pasted and not _DIGEST.fullmatch(pasted):
        raise _unreadable("pasted", pasted)
    partner = str(given.get("partner") or "").strip()
    if partner and not PARTNER.fullmatch(partner):
        raise UserError(
            "exposure.partner",
            f"国别或分组“{partner[:40]}”看不懂：请写三位国别代码（如 USA）或分组代码（如 eu27）。",
            f"“{partner[:40]}” is no partner: write a country's three letters (USA) or the code of a group (eu27).",
        )
    return Question(
        pasted=pasted,
        version=_number(given, "version"),
        compare=_number(given, "compare"),
        partner=partner,
        rate=_rate(given),
        nomenclature=nomenclature(str(given.get("nomenclature") or "CN")).code,
        edition=str(given.get("edition") or "").strip()[:20],
        on=_day(given, "on"),
        day=_day(given, "day"),
    )


def _number(given: Mapping[str, Any], name: str) -> int | None:
    text = str(given.get(name) or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**31):
        raise _unreadable(name, text)
    return int(text)


def _rate(given: Mapping[str, Any]) -> float | None:
    text = str(given.get("rate") if given.get("rate") is not None else "").strip().rstrip("%％").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST_RATE:
        raise UserError(
            "exposure.rate",
            f"税率“{text[:40]}”看不懂：请写0到{MOST_RATE}之间的数，单位是百分之一，如 25。",
            f"The rate “{text[:40]}” cannot be read: write a number from 0 to {MOST_RATE}, in per cent, such as 25.",
        )
    return value


def _day(given: Mapping[str, Any], name: str) -> date | None:
    value = given.get(name)
    if isinstance(value, date):
        return value
    text = str(value or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(
            "exposure.date",
            f"日期“{text[:40]}”看不懂：请写成 2025-08-01 这样的形式。",
            f"The date “{text[:40]}” cannot be read: write it like 2025-08-01.",
        ) from None


def _unreadable(name: str, text: str) -> UserError:
    return UserError(
        "exposure.unreadable",
        f"地址里的“{name}={text[:40]}”看不懂，请从敞口测算页面重新开始。",
        f"“{name}={text[:40]}” in the address cannot be read; begin again on the exposure page.",
    )


# -- what was pasted or uploaded


def keep(person: Person, values: dict[str, Any]) -> str:
    """Keeps what a person gave ({"text": …} or {"file": name, "sheets": cells}) and returns its digest.

    The same given twice is one; of each person the newest are kept.
    """
    digest = hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:20]
    Draft.objects.update_or_create(person=person, address=_address(digest), defaults={"values": values})
    mine = Draft.objects.filter(person=person, address__startswith=_address("")).order_by("-kept_at", "-pk")
    old = list(mine.values_list("pk", flat=True)[KEPT : KEPT + 100])
    Draft.objects.filter(pk__in=old).delete()
    return digest


def kept(person: Person, digest: str) -> dict[str, Any]:
    """What a person gave. Raises :class:`UserError` for what is not theirs or no longer kept."""
    row = Draft.objects.filter(person=person, address=_address(digest)).first() if person.pk else None
    if row is None:
        raise UserError(
            "exposure.not_kept",
            "这份粘贴的内容不是您的，或已超过保留期；请重新粘贴，或改用已保存的清单。",
            "What was pasted here is not yours or is no longer kept; paste it again, or use a kept list.",
        )
    values: dict[str, Any] = row.values
    return values


def _address(digest: str) -> str:
    return f"{reverse('exposure:exposure')}?pasted={digest}"

"""What register entries refer to: regions, units, countries, industries, firms — by code and by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser

from commercebrain.desk.core import reader
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registry.models import Code, Enterprise
from commercebrain.desk.registry.queries import regions

LISTS = {"country": Code.List.COUNTRY, "industry": Code.List.INDUSTRY}


class DeskLookups:
    """Knows what the database knows; each kind is read once, when it is first asked for.

    Where a code list has not been loaded, countries and industries are kept as they are written. Names of firms are
    told of those that ``person`` may find; of others the code alone.
    """

    def __init__(self, person: Person | AnonymousUser | None = None) -> None:
        self.person = person
        self._rows: dict[str, list[tuple[str, str, str]]] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._names: dict[str, dict[str, str]] = {"enterprise": {}}

    def rows(self, kind: str) -> list[tuple[str, str, str]]:
        """(code, Chinese name, English name) of everything of a kind that holds today."""
        if kind not in self._rows:
            self._rows[kind] = self._read(kind)
        return self._rows[kind]

    def _read(self, kind: str) -> list[tuple[str, str, str]]:
        found: Any
        if kind == "region":
            found = regions().order_by("code").values_list("code", "name_zh", "name_en")
        elif kind == "unit":
            found = Unit.objects.filter(closed_on=None).order_by("path").values_list("pk", "name_zh", "name_en")
        else:
            rows = Code.objects.filter(list=LISTS[kind])
            newest = rows.order_by("-edition").values_list("edition", flat=True).first()
            found = rows.filter(edition=newest).order_by("code").values_list("code", "name_zh", "name_en")
        return [(str(code), zh, en) for code, zh, en in found]

    def code(self, kind: str, text: str) -> str | None:
        """The code that ``text`` means, by code or by exact name."""
        if kind not in self._codes:
            known: dict[str, str] = {}
            for code, zh, en in self.rows(kind):
                for word in (en.lower(), zh, code):  # a code beats a name, a Chinese name an English one
                    known[word] = code
            self._codes[kind] = known
        known = self._codes[kind]
        if not known and kind in LISTS:
            return text[:60]
        return known.get(text) or known.get(text.upper()) or known.get(text.lower())

    def name(self, kind: str, code: str) -> str:
        """How a code is called in the reader's language."""
        if kind not in self._names:
            chinese = reader.chinese()
            self._names[kind] = {c: (zh or en) if chinese else (en or zh) for c, zh, en in self.rows(kind)}
        return self._names[kind].get(code, code)

    def remember_firms(self, codes: Iterable[str]) -> None:
        """Reads the names of firms at once, so that a page of rows costs one query."""
        asked = set(codes) - set(self._names["enterprise"])
        if asked and self.person is not None:
            found = Enterprise.objects.findable_by(self.person).filter(uscc__in=asked)
            self._names["enterprise"].update({firm.uscc: str(firm) for firm in found})

"""Countries and industries by code and name, kept in the process: two hundred reports at once read each list once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from commercebrain.desk.core import reader
from commercebrain.desk.forms.filing.boxes import SELECTS, codes, edition
from commercebrain.desk.registers.lookups import DeskLookups


class Known(DeskLookups):
    """As of registers; code lists come from the process's memory."""

    def code(self, kind: str, text: str) -> str | None:
        """The code that ``text`` means, by code or by exact name; as it is written where no list is loaded."""
        if kind not in SELECTS:
            return super().code(kind, text)
        known = _words(kind, edition(kind))
        if not known:
            return text[:60]
        return known.get(text) or known.get(text.upper()) or known.get(text.lower())

    def name(self, kind: str, code: str) -> str:
        """How a code is called in the reader's language."""
        if kind not in SELECTS:
            return super().name(kind, code)
        return dict(codes(kind, reader.language())).get(code, code)


@lru_cache(maxsize=8)
def _words(kind: str, _edition: str) -> dict[str, Any]:
    known: dict[str, Any] = {}
    chinese, english = codes(kind, "zh"), codes(kind, "en")
    for (code, zh), (_code, en) in zip(chinese, english, strict=True):
        for word in (en.lower(), zh, code):  # a code beats a name, a Chinese name an English one
            known.setdefault(word, code)
    for code, _zh in chinese:
        known[code] = code
    return known

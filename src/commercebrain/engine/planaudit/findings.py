"""What an audit hands back: the verdict on a few numbers with the sum that led to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["holds", "rounding", "tension", "conflict", "contradiction"]
#: From the mildest to the gravest.
VERDICTS: tuple[Verdict, ...] = ("holds", "rounding", "tension", "conflict", "contradiction")
VERDICT_NAMES: dict[Verdict, tuple[str, str]] = {
    "holds": ("相符", "holds"),
    "rounding": ("四舍五入之差", "off by rounding"),
    "tension": ("相互牵制", "tension"),
    "conflict": ("说法不一", "conflict"),
    "contradiction": ("自相矛盾", "contradiction"),
}


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """Words of a document: ``document[start:end]`` without line breaks is ``quote``."""

    doc: str
    start: int
    end: int
    quote: str

    def to_json(self) -> dict[str, Any]:
        """The quote as a JSON-ready row."""
        return {"doc": self.doc, "quote": self.quote, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's verdict: its number, the words that it is about, the sum, and a sentence in both languages.

    ``about`` names what was checked (an indicator and its year), so that a finding can be told from its like;
    ``numbers`` are the places (document, start, end) of the numbers that the sum is made of.
    """

    check: str
    verdict: Verdict
    quotes: tuple[Quote, ...]
    computation: str
    zh: str
    en: str
    about: str = ""
    numbers: tuple[tuple[str, int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The finding as a JSON-ready row."""
        return {
            "check": self.check,
            "verdict": self.verdict,
            "quotes": [quote.to_json() for quote in self.quotes],
            "computation": self.computation,
            "zh": self.zh,
            "en": self.en,
        }

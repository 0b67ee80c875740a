"""What every check is: a number, the sentence that people see, and a search over the ledger."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from functools import cache
from typing import ClassVar

from commercebrain.engine.planaudit.findings import VERDICT_NAMES, Finding, Quote, Verdict
from commercebrain.engine.planaudit.ledger import Figure, Ledger


class Check:
    """One kind of comparison. The first paragraph of a check's docstring is what people read: 中文 · English."""

    number: ClassVar[str]

    @classmethod
    def title(cls, language: str = "zh") -> str:
        """The sentence that says what must be so."""
        return _title(cls.__doc__ or "")[0 if language.startswith("zh") else 1]

    def run(self, ledger: Ledger) -> Iterator[Finding]:
        """What the check finds in the ledger, in the order of the text."""
        raise NotImplementedError

    def found(
        self, verdict: Verdict, quotes: Sequence[Figure | Quote], computation: str, zh: str, en: str, about: str = ""
    ) -> Finding:
        """A finding of this check; ``zh`` and ``en`` say what was seen and end without a full stop."""
        seen: dict[Quote, None] = {}
        for quote in quotes:
            seen[quote.quote if isinstance(quote, Figure) else quote] = None
        word_zh, word_en = VERDICT_NAMES[verdict]
        return Finding(
            self.number, verdict, tuple(seen), computation,
            f"{self.title('zh').rstrip('。')}：{zh}（{word_zh}）。", f"{self.title('en').rstrip('.')}: {en} ({word_en}).",
            about, tuple((f.doc, *f.at) for f in quotes if isinstance(f, Figure)),
        )  # fmt: skip


@cache
def _title(doc: str) -> tuple[str, str]:
    zh, _, en = inspect.cleandoc(doc).split("\n\n", 1)[0].replace("\n", " ").partition(" · ")
    return zh, en


def num(value: float, digits: int = 2) -> str:
    """A number for a computation: 587.3, 33.96."""
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def pct(value: float, digits: int = 2) -> str:
    """A fraction as a percentage."""
    return f"{num(value * 100, digits)} %"


def amount(value: float, unit: str) -> str:
    """A number of the dimension's first unit told in ``unit``."""
    from commercebrain.engine.units import Unit

    return f"{num(value / 10.0 ** Unit.parse(unit).power)}{'' if unit in ('', ':1') else unit}"

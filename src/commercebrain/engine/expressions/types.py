"""What the names of an expression stand for: their types, units and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.units import Unit

Kind = Literal["number", "text", "day", "truth", "choice", "ticks"]


@dataclass(frozen=True)
class Type:
    """What a name stands for.

    ``unit`` is that of a number, in which its values are given. ``choices`` are the codes of a choice with their words,
    from the lowest to the highest where it is ``ordered`` (only then ``<`` and ``>`` mean something), or those of ticks
    (several may hold at once). Where choices are empty, any text may be compared.
    """

    kind: Kind
    unit: str = ""
    choices: Mapping[str, Words] = field(default_factory=dict)
    ordered: bool = False
    words: Words | None = None

    @property
    def dimension(self) -> str:
        """What a number measures; empty for a plain one."""
        return Unit.parse(self.unit).dimension if self.unit and Unit.parse(self.unit).dimension != "ratio" else ""

    @property
    def power(self) -> int:
        """The power of ten from its unit to the first unit of its dimension."""
        return Unit.parse(self.unit).power if self.unit else 0

    def code(self, text: str) -> str | None:
        """The code of the choice that ``text`` means, by code or in words; None where there is none."""
        if not self.choices or text in self.choices:
            return text
        return next((code for code, said in self.choices.items() if text in (said.zh, said.en)), None)

    def rank(self, text: str) -> int | None:
        """The place of a choice among all, from 0."""
        code = self.code(text)
        return list(self.choices).index(code) if code is not None and code in self.choices else None


NUMBER, TEXT, DAY, TRUTH = Type("number"), Type("text"), Type("day"), Type("truth")


@dataclass(frozen=True)
class Function:
    """A function that the caller knows: the kinds of its arguments, and what it gives.

    An argument is a ``text``, ``number`` or ``day`` literal, or a ``name`` of the vocabulary. ``options`` are the texts
    that the first argument may be; none where any may. ``result`` is None where it gives what its name stands for
    (``lag(cover, 4)``).
    """

    arguments: Sequence[Literal["text", "number", "day", "name"]]
    result: Type | None
    options: Sequence[str] | None = None
    words: Words | None = None


@dataclass(frozen=True)
class Vocabulary:
    """The names and functions that an expression may use."""

    names: Mapping[str, Type] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)

    def __or__(self, other: Vocabulary) -> Vocabulary:
        """Both; what the other says of a name wins."""
        return Vocabulary({**self.names, **other.names}, {**self.functions, **other.functions})


#: Says whether something is there at all: itself always known. Every expression may use it.
KNOWN = "known"

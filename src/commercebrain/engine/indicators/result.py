"""A computed number, or the stated reason why there is none. Never zero for missing, never an infinity."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class NoValue:
    """Why a number cannot be given: a stable code and a sentence in both languages."""

    code: str
    zh: str
    en: str

    def say(self, language: str = "zh") -> str:
        """The sentence in ``language``."""
        return self.zh if language.startswith("zh") else self.en


Result = Decimal | NoValue

VALUE_MISSING = NoValue("value_missing", "本期数据缺失", "the value is missing")
BASE_MISSING = NoValue("base_missing", "基期数据缺失", "the base is missing")
BASE_ZERO = NoValue("base_zero", "基期为零，增速没有意义", "the base is zero, so a growth rate means nothing")
BASE_NEGATIVE = NoValue(
    "base_negative", "基期为负，增速没有意义", "the base is negative, so a growth rate means nothing"
)
WHOLE_ZERO = NoValue("whole_zero", "分母为零", "the denominator is zero")
NO_SPAN = NoValue("no_span", "两期之间不足一年", "there is no year between the two")
NEVER_POSITIVE = NoValue(
    "not_positive",
    "数值不为正，年均增速没有意义",
    "a value is not positive, so an average growth means nothing",
)

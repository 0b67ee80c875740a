"""Spans of time as a declaration says them: ``1 working day``, ``24 hours``, ``30 days``, ``18 months``, ``5 years``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError

SpanUnit = Literal["hour", "day", "working day", "month", "year"]
_SPAN = re.compile(r"(?P<count>\d{1,4}) (?P<unit>working day|day|hour|month|year)s?")
_ZH = {"hour": "小时", "day": "天", "working day": "个工作日", "month": "个月", "year": "年"}


@dataclass(frozen=True, slots=True)
class Span:
    """So many hours, days, working days, months or years."""

    count: int
    unit: SpanUnit

    @classmethod
    def parse(cls, text: str) -> Span:
        """The span; :class:`UserError` (``case.bad_span``) with what can be written instead."""
        found = _SPAN.fullmatch(" ".join(text.lower().split()))
        if found is None:
            raise UserError(
                "case.bad_span",
                f"“{text}”不是时长，请写成 1 working day、24 hours、30 days、18 months 或 5 years。",
                f"“{text}” is no span of time; write 1 working day, 24 hours, 30 days, 18 months or 5 years.",
            )
        return cls(int(found["count"]), cast(SpanUnit, found["unit"]))

    @property
    def words(self) -> Words:
        """The span in both languages."""
        plural = "" if self.count == 1 else "s"
        return Words(zh=f"{self.count}{_ZH[self.unit]}", en=f"{self.count} {self.unit}{plural}")

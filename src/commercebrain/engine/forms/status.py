"""Where a report stands in words people know, and what share of the firms asked has reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from commercebrain.engine.catalogue.models import Words


class Status(StrEnum):
    """The words: 未到期 待报 逾期 已报 退回 通过 免报."""

    NOT_YET = "not_yet"
    DUE = "due"
    OVERDUE = "overdue"
    FILED = "filed"
    RETURNED = "returned"
    PASSED = "passed"
    EXCUSED = "excused"


WORDS = {
    Status.NOT_YET: Words(zh="未到期", en="not due yet"),
    Status.DUE: Words(zh="待报", en="due"),
    Status.OVERDUE: Words(zh="逾期", en="overdue"),
    Status.FILED: Words(zh="已报", en="filed"),
    Status.RETURNED: Words(zh="退回", en="sent back"),
    Status.PASSED: Words(zh="通过", en="passed"),
    Status.EXCUSED: Words(zh="免报", en="excused"),
}
_SETTLED = {
    "sent": Status.FILED,
    "returned": Status.RETURNED,
    "passed": Status.PASSED,
    "excused": Status.EXCUSED,
}


def status(state: str, opens: datetime, due: datetime, now: datetime) -> Status:
    """The word for a report of ``state`` (asked, sent, returned, passed, excused) at the moment ``now``.

    Not opened yet is 未到期; opened, 待报 until and with the due moment; after it 逾期, until it is sent.
    """
    if state in _SETTLED:
        return _SETTLED[state]
    if now < opens:
        return Status.NOT_YET
    return Status.DUE if now <= due else Status.OVERDUE


def is_on_time(first_sent: datetime, due: datetime) -> bool:
    """Whether a report that was first sent then was on time; a later correction does not make it late."""
    return first_sent <= due


def is_locked(locks: datetime, now: datetime, until: datetime | None = None) -> bool:
    """Whether nothing is taken any more: the lock has fallen, and no exception runs (``until`` is its end)."""
    return now >= locks and (until is None or now >= until)


def counts_as_filed(state: str) -> bool:
    """Whether a report counts as reported: what was sent back counts again when it has been corrected."""
    return state in ("sent", "passed")


@dataclass(frozen=True, slots=True)
class Standing:
    """One report as the rates count it: its state, whether it was first sent on time, whether it said “no change”."""

    status: Status
    on_time: bool | None = None
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Rates:
    """Counts of reports, and the shares that come of them (0 to 1). None where nobody was asked: never 0, never 100 %."""

    asked: int = 0
    filed: int = 0
    on_time: int = 0
    passed: int = 0
    returned: int = 0
    overdue: int = 0
    unchanged: int = 0

    def __add__(self, other: Rates) -> Rates:
        """Both together."""
        return Rates(
            self.asked + other.asked,
            self.filed + other.filed,
            self.on_time + other.on_time,
            self.passed + other.passed,
            self.returned + other.returned,
            self.overdue + other.overdue,
            self.unchanged + other.unchanged,
        )

    @property
    def missing(self) -> int:
        """How many of those asked have not reported."""
        return self.asked - self.filed

    @property
    def rate(self) -> float | None:
        """填报率: filed of asked."""
        return self.filed / self.asked if self.asked else None

    @property
    def on_time_rate(self) -> float | None:
        """按时率: filed, and first sent by the due moment, of asked."""
        return self.on_time / self.asked if self.asked else None

    @property
    def unchanged_rate(self) -> float | None:
        """原样重报率: “no change” of filed; None where nothing was filed."""
        return self.unchanged / self.filed if self.filed else None


def rates(rows: Iterable[Standing]) -> Rates:
    """The rates of reports. Excused ones and those whose round has not opened are not asked."""
    asked = filed = on_time = passed = returned = overdue = unchanged = 0
    for row in rows:
        if row.status in (Status.NOT_YET, Status.EXCUSED):
            continue
        asked += 1
        is_filed = row.status in (Status.FILED, Status.PASSED)
        filed += is_filed
        on_time += is_filed and row.on_time is True
        unchanged += is_filed and row.unchanged
        passed += row.status is Status.PASSED
        returned += row.status is Status.RETURNED
        overdue += row.status is Status.OVERDUE
    return Rates(asked, filed, on_time, passed, returned, overdue, unchanged)


def shown(share: float | None, decimals: int = 1) -> str:
    """A share in per cent that never rounds up to a whole: 999 of 1,000 is 99.9 %, 9,999 of 10,000 is 99.9 % too."""
    if share is None:
        return "–"
    power = 10**decimals
    told = int(share * 100 * power + 0.5) / power
    if told >= 100 > share * 100:
        told = (100 * power - 1) / power
    if told <= 0 < share:
        told = 1 / power
    return f"{told:.{decimals}f}%"

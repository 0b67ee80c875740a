"""What is said of an unusual month: the anomaly itself, who made it, and what else moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from commercebrain.engine.catalogue.models import Words

#: A contribution is one member's, the sum of the members not named, or what no named or withheld member explains.
ContributionKind = Literal["member", "others", "withheld"]


@dataclass(frozen=True)
class Contribution:
    """One part of a gap: what a firm, product, market or county is away from its own expectation.

    ``key`` is the member's code ("" for ``others`` and ``withheld``), ``words`` its name. ``value``, ``expected`` and
    ``gap`` (value − expected) are in the anomaly's ``unit``; the expectations of all parts are reconciled, so that the
    gaps of a break-down add up to the anomaly's gap. ``share`` is the part of that gap as a fraction (1 = all of it;
    negative: it worked against it), ``change`` the gap as a fraction of what was expected of the member (None where
    nothing was expected), ``score`` its surprise in robust spreads (None where it could not be judged).

    ``others`` is the sum of members not named. ``withheld`` is the total less all members that may be told (not
    published, or withheld), and nothing of it can be told apart that the tables do not tell.
    """

    kind: ContributionKind
    key: str
    words: Words
    value: float
    expected: float
    gap: float
    share: float
    change: float | None = None
    score: float | None = None


@dataclass(frozen=True)
class BreakdownOfGap:
    """All parts of an anomaly's gap along one dimension, largest in the gap's direction first; they add up to the gap.

    ``dimension`` is the column ("uscc", "country", "hs2", "county"), ``words`` its name. ``named_share`` is the part of
    the gap that the named members with a gap in its direction explain. ``members`` counts all that could be told.
    """

    dimension: str
    words: Words
    parts: tuple[Contribution, ...]
    named_share: float
    members: int


@dataclass(frozen=True)
class PeerGroup:
    """The series that an anomaly is compared with: members of the same size, tier, industry or country group.

    ``words`` says which ("同为丁市的企业"), ``count`` how many of them were judged, ``score`` their median surprise in
    robust spreads, ``change`` their median distance from expectation as a fraction, ``moved`` how many of them were off
    their 80 % interval in the same direction. ``wide`` says that the group as a whole moved: the cause is shared.
    """

    words: Words
    count: int
    score: float
    change: float
    moved: int
    wide: bool


@dataclass(frozen=True)
class Anomaly:
    """One series whose latest month is not what it should have been, ready to be shown.

    ``key`` holds the codes of the break-down ``by`` (empty for the whole), ``names`` their words. ``value``,
    ``expected`` and the bounds are in ``unit`` (the indicator's display unit; of a member 万元 for 亿元), ``decimals`` the
    digits to show.
    ``gap`` is value − expected, ``change`` the same as a fraction of what was expected (None where nothing was),
    ``score`` the surprise in robust spreads, ``rank`` the place among all that were judged (0 first), ``kind`` drop or
    rise.

    ``year_on_year`` is the change to the month a year before as a fraction, ``base_effect`` by what fraction that month
    itself was off its own expectation (above 0: a high base), ``year_on_year_less_base`` the change had the base been
    as it should. All three None where there is no usual base. ``calendar`` is what the festival and the working days
    multiply the month by, ``calendar_year_before`` the same for the month a year before (1: nothing).

    ``joint`` is the change of January and February together on last year (as the statistics put them), where the month
    is February. ``peers`` is None without a group; ``breakdowns`` say who made the gap, one for each dimension asked.
    ``sentence`` says it all in one. ``synthetic``: invented figures. ``as_of`` is the day whose knowledge counts.
    """

    indicator: str
    region: str
    month: int
    by: tuple[str, ...]
    key: tuple[str, ...]
    names: tuple[Words, ...]
    unit: str
    decimals: int
    value: float
    expected: float
    low80: float
    high80: float
    low95: float
    high95: float
    gap: float
    change: float | None
    score: float
    rank: int
    kind: Literal["drop", "rise"]
    year_on_year: float | None
    base_effect: float | None
    year_on_year_less_base: float | None
    calendar: float
    calendar_year_before: float
    joint: float | None
    peers: PeerGroup | None
    breakdowns: tuple[BreakdownOfGap, ...]
    sentence: Words
    synthetic: bool
    as_of: date | None


@dataclass(frozen=True)
class Found:
    """What :func:`anomalies` answers.

    ``anomalies`` in the order of rank; ``judged`` how many series had a verdict, ``unjudged`` how many had none by
    reason (codes of ``foresight.result.REASONS``), ``month`` the month judged (yyyymm), ``expected_false`` how many
    verdicts at this threshold would come by chance alone. ``notes`` are sentences that belong below the list.
    """

    indicator: str
    region: str
    by: tuple[str, ...]
    month: int
    anomalies: tuple[Anomaly, ...]
    judged: int
    unjudged: dict[str, int]
    expected_false: float
    synthetic: bool
    as_of: date | None
    notes: tuple[Words, ...] = ()

"""The answer to an exposure question as far as one person may see it.

The figures are the engine's. Sums are of the counties within reach, with what would tell about single firms withheld
where the reader is not cleared for firms; rows of firms are those within sight. A firm's user gets the own goods that
stand on the list, and nothing of anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record_read
from commercebrain.desk.lists.exposure import sight as seeing
from commercebrain.desk.lists.exposure.editions import concordance
from commercebrain.desk.lists.exposure.given import Given, compared, given_of
from commercebrain.desk.lists.exposure.own import only
from commercebrain.desk.lists.exposure.questions import Question
from commercebrain.desk.lists.exposure.reported import employees, foreign_codes
from commercebrain.desk.lists.exposure.sight import Sight
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.base import Tier, TradeBase
from commercebrain.engine.exposure.best import best_base
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.difference import BeforeAfter, NewlyHit, before_after, newly_hit
from commercebrain.engine.exposure.foreign import confirmed_by
from commercebrain.engine.exposure.lines import Span
from commercebrain.engine.exposure.result import Exposure
from commercebrain.engine.indicators import ALL, Reach
from commercebrain.engine.lists.concordance import Concordance
from commercebrain.engine.lists.kinds import NewlyHit as Threshold

#: What firms are shown at most on the page itself; the list and the files have all.
SHOWN = 15
SYSTEM = Reach(ALL, "confidential")


@dataclass(frozen=True)
class Answer:
    """``sums``: the exposure that sums are told of (``protected``: through what may be published). ``firms``: the exposure
    that rows of firms are told of, and the credit codes that may be shown. ``confirming``: how many of the firms hit have
    confirmed codes of the list's nomenclature (None: nobody, or not to be told). What cannot be told says why."""

    question: Question
    given: Given
    sight: Sight
    sums: Exposure | None = None
    firms: Exposure | None = None
    shown: frozenset[str] = frozenset()
    no_sums: Words | None = None
    no_firms: Words | None = None
    other: Given | None = None
    confirming: int | None = None
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def protected(self) -> bool:
        """Whether sums are told only as far as they tell of no single firm."""
        return not self.sight.whole

    @property
    def own_only(self) -> bool:
        """Whether the reader is a firm's user and sees that firm alone."""
        return bool(self.sight.own) and self.sight.scope is None

    @property
    def least(self) -> Threshold:
        """From which exposure on a firm counts as hit beside the other version, as the kind of the kept list declares.
        Its value is in yuan: it holds of no trade that is told in another currency."""
        kept = self.given if self.given.version is not None or self.other is None else self.other
        in_yuan = self.firms is None or self.firms.base.unit == "元"
        return kept.newly_hit if in_yuan else Threshold(share=kept.newly_hit.share)

    @property
    def synthetic(self) -> bool:
        """Whether any of it is invented."""
        return any(one is not None and one.base.synthetic for one in (self.sums, self.firms))

    @property
    def places(self) -> list[int]:
        """Where in ``firms`` the rows stand that may be shown, the greatest first."""
        if self.firms is None:
            return []
        return [place for place, code in enumerate(self.firms.firms) if code in self.shown]


class Asking:
    """What one request computes for a question, each part once."""

    def __init__(self, person: Any, question: Question, given: Given | None = None) -> None:
        """``given``: the list itself, where it is not kept anywhere."""
        self.person, self.question, self.day = person, question, today()
        self._given = given
        self.sight = seeing.sight_of(person)
        self.root = Path(settings.LAKE_ROOT)
        self._where: dict[str, tuple[str, str]] | None = None

    def answer(self) -> Answer:
        """The answer. Raises :class:`UserError` where the question itself cannot be answered."""
        given = self._given or given_of(self.person, self.question)
        other = compared(self.person, self.question)
        if self.sight.nothing:
            why = Words(zh="您没有可看的企业和地区。", en="No region and no firm is in your sight.")
            return Answer(self.question, given, self.sight, no_sums=why, no_firms=why, other=other)
        sums, no_sums = self._sums(given)
        firms, shown, no_firms = self._firms(given, sums)
        many = self._confirming(given, sums) if sums is not None and self.sight.whole else None
        return Answer(self.question, given, self.sight, sums, firms, shown, no_sums, no_firms, other, many)

    def newly(self, answer: Answer) -> NewlyHit | None:
        """Whom this list hits that the other version does not, among the firms that may be shown."""
        if answer.other is None or answer.firms is None:
            return None
        least = answer.least
        old = self.exposed(answer.other, answer.firms.base)
        found = newly_hit(old, answer.firms, least_value=max(int(least.value), 1), least_share=float(least.share))

        def mine(rows: Any) -> Any:
            return tuple(row for row in rows if row.uscc in answer.shown)

        kept = [mine(rows) for rows in (found.new, found.gone, found.harder, found.softer)]
        return NewlyHit(*kept, unchanged=len(answer.places) - len(kept[0]) - len(kept[2]) - len(kept[3]))

    def around(self, answer: Answer) -> BeforeAfter | None:
        """The sums before and after the day asked for; none where no day is asked, or sums are told in part only."""
        if self.question.day is None or self.sight.sums is None or answer.sums is None or answer.protected:
            return None
        reach, tier = self.sight.sums, answer.sums.base.tier

        def base_of(span: Span) -> TradeBase:
            return best_base(self.root, reach=reach, as_of=self.day, span=span, tier=tier)

        return before_after(
            answer.given.rows, base_of, self.question.day, places=self._places(), concordance=self._editions
        )

    def base_of_firm(self, firm: Enterprise) -> TradeBase | None:
        """The trade of one firm on the best records of it that the person may see; none where there are none.

        Raises :class:`UserError` (``exposure.no_tier``) where the records cannot be had.
        """
        sight, alone = self.sight, frozenset({firm.uscc})
        county = firm.region.code
        if not Enterprise.objects.visible_to(self.person).filter(pk=firm.pk).exists():
            return None
        if firm.pk in sight.own:
            return only(self._base(SYSTEM), alone)
        if sight.cleared is not None and sight.cleared.sees(county, "confidential"):
            return only(self._base(sight.cleared), alone)
        if sight.scope is not None and sight.scope.sees(county, "confidential"):
            return only(self._base(sight.scope, Tier.FIRM_GOODS), alone)
        return None

    # -- the parts

    @cached_property
    def _editions(self) -> Concordance | None:
        return concordance()

    def _places(self) -> dict[str, tuple[str, str]]:
        if self._where is None:
            self._where = seeing.places()
        return self._where

    def exposed(self, given: Given, base: TradeBase, *, on: date | None = None) -> Exposure:
        """What a list takes of a base, with places and jobs of the day."""
        return exposure(
            given.rows, base, places=self._places(), jobs=employees(self.day) or None, on=on or self.question.on,
            confirmed=confirmed_by(given.rows, base, foreign_codes(self.day)), concordance=self._editions,
        )  # fmt: skip

    def _confirming(self, given: Given, sums: Exposure) -> int | None:
        """How many of the firms hit have confirmed foreign codes of the list's nomenclature; None where none was asked."""
        told = confirmed_by(given.rows, sums.base, foreign_codes(self.day))
        return None if told is None else len({uscc for uscc, _code in told} & set(sums.firms))

    def _base(self, reach: Reach, tier: Tier | None = None) -> TradeBase:
        return best_base(self.root, reach=reach, as_of=self.day, tier=tier)

    def _sums(self, given: Given) -> tuple[Exposure | None, Words | None]:
        if self.sight.sums is None:
            why = "合计只给能看地区内部数据的人。", "Sums are for whoever sees internal figures of a region."
            return None, Words(zh=why[0], en=why[1])
        try:
            return self.exposed(given, self._base(self.sight.sums)), None
        except UserError as fault:
            if fault.code != "exposure.no_tier":
                raise
            return None, Words(zh=fault.zh, en=fault.en)

    def _firms(self, given: Given, sums: Exposure | None) -> tuple[Exposure | None, frozenset[str], Words | None]:
        """The exposure that rows of firms are told of, and which of its firms may be shown."""
        sight = self.sight
        try:
            if sight.cleared is not None:
                found = sums if sight.whole and sums is not None else self.exposed(given, self._base(sight.cleared))
            elif sight.scope is not None:
                # Without clearance for customs lines a unit still reads what its own firms report to it.
                found = self.exposed(given, self._base(sight.scope, Tier.FIRM_GOODS))
            else:
                found = self.exposed(given, only(self._base(SYSTEM), seeing.codes_in_sight(self.person)))
        except UserError as fault:
            if fault.code != "exposure.no_tier":
                raise
            return None, frozenset(), Words(zh=fault.zh, en=fault.en)
        return found, seeing.codes_in_sight(self.person), None


def seen(answer: Answer, person: Any, *, exported: bool = False) -> None:
    """Writes to the log that rows of single firms were looked at, or taken out."""
    if answer.places and person.pk:
        title = answer.given.title
        subject = ("lists.exposure", answer.question.query[:60])
        what = (f"清单“{title.zh}”影响的企业", f"firms hit by “{title.en}”")
        record_read(subject, person, what, len(answer.places), exported=exported)


def months_said(span: tuple[int, int], day: date | None = None) -> str:
    """A span of months as it is written: 2024-07–2025-06."""
    first, last = (f"{month // 100}-{month % 100:02d}" for month in span)
    return first if first == last else f"{first}–{last}"

"""From the lake to what just broke: the series of a break-down judged, and each unusual one explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from commercebrain.engine.catalogue import Catalogue
from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.errors import CancelledError, UserError
from commercebrain.engine.foresight.judging import judge
from commercebrain.engine.foresight.peers import LEAST_PEERS
from commercebrain.engine.foresight.result import REASONS, Verdicts
from commercebrain.engine.indicators.counting import counted
from commercebrain.engine.indicators.logical import columns
from commercebrain.engine.indicators.reach import Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.transforms.plan import small_base
from commercebrain.engine.outlook.anomalies.groups import Groups, peer_groups
from commercebrain.engine.outlook.anomalies.names import PLACES, PRODUCTS, Namer, Names
from commercebrain.engine.outlook.anomalies.parts import Whole, break_down
from commercebrain.engine.outlook.anomalies.saying import sentence, short
from commercebrain.engine.outlook.anomalies.sinking import lasting_notes
from commercebrain.engine.outlook.anomalies.terms import Anomaly, BreakdownOfGap, Found, PeerGroup
from commercebrain.engine.outlook.series import MONTHS, SeriesSet, series_set
from commercebrain.engine.units import Unit

#: How many anomalies are told, and of how many of them is said who made them, where nobody says otherwise.
MOST: Final = 50
EXPLAINED: Final = 10
#: A group has moved as a whole from a median of one spread on, and half of it outside the 80 % interval on one side.
WIDE: Final = 1.0
_WITHHELD: Final = ("table.not_declared",)
#: The unit of a whole → that of its parts.
_IN_DETAIL: Final = {"亿元": "万元", "亿美元": "万美元"}


def anomalies(
    sources: Sources, catalogue: Catalogue, code: str, region: str, by: Iterable[str] = (), *, reach: Reach,
    month: int | None = None, where: Mapping[str, Iterable[str]] | None = None, least: float | None = None,
    level: float = 0.95, explain: Iterable[str] | None = None, most: int = MOST, explained: int = EXPLAINED,
    months: int = MONTHS, as_of: date | None = None, calibre: str = "", namer: Namer | None = None,
    progress: Callable[[int, int], None] | None = None, cancelled: Callable[[], bool] | None = None,
) -> Found:  # fmt: skip
    """The series of ``code`` in ``region`` broken down ``by`` whose month is not what it should have been.

    ``month`` (yyyymm; None: the newest known) is judged from the ``months`` before it, as known on ``as_of``. ``least``
    is the smallest mean of the last twelve months, in the indicator's display unit, that deserves a verdict (None: the
    base below which a growth is flagged as one of a small base); ``level``
    the probability of the interval outside of which a month is unusual. The ``most`` first are told, and of the
    ``explained`` first is said who made the gap, along each dimension of ``explain`` (None: the useful ones that ``by``
    and ``where`` leave; () none). ``namer`` names what the catalogue cannot (firms).

    Everything is read through ``tables.table`` with ``reach``: who has no clearance for firms sees none, and what is
    withheld stays withheld. Raises :class:`UserError` as :func:`series_set` and ``judge`` do,
    :class:`CancelledError` where ``cancelled`` says so.
    """
    asked = _Asked(sources, catalogue, code, region, tuple(by), reach, months, calibre, _plain(where))
    whole = series_set(
        sources, catalogue, code, region, by=asked.by, where=asked.where, last=month, months=months, as_of=as_of,
        calibre=calibre, reach=reach,
    )  # fmt: skip
    found = in_unit(whole, told_in(whole.unit, asked.by))
    smallest = _small_base(found) if least is None else least * _times(whole.unit, found.unit)
    together = np.zeros(len(found), dtype=np.int64)  # one question's series walk together
    verdicts = judge(
        found.values, found.first, peers=together, least=smallest, level=level, progress=progress, cancelled=cancelled
    )
    names = Names(catalogue, catalogue.indicator(code), namer)
    groups = peer_groups(found, catalogue, names)
    telling = _Telling(asked, found, verdicts, groups, names)
    unusual = [n for n in np.argsort(verdicts.rank, kind="stable").tolist() if str(verdicts.kind[n])][:most]
    told = [telling.anomaly(n) for n in unusual]
    dimensions = asked.explaining() if explain is None else tuple(explain)
    notes = dict.fromkeys((*lasting_notes(found, names, least=smallest, cancelled=cancelled), *found.notes))
    for place in range(min(explained, len(told))):
        if cancelled is not None and cancelled():
            raise CancelledError
        told[place] = telling.explained(unusual[place], told[place], dimensions, notes)
    reasons = Counter(REASONS[int(reason)] for reason in verdicts.reason if reason)
    judged = int((verdicts.reason == 0).sum())
    return Found(
        indicator=code,
        region=region,
        by=asked.by,
        month=found.last,
        anomalies=tuple(told),
        judged=judged,
        unjudged=dict(reasons),
        expected_false=judged * (1 - level),
        synthetic=found.synthetic,
        as_of=found.day,
        notes=tuple(notes),
    )


def told_in(unit: str, by: Iterable[str]) -> str:
    """The unit in which members of a break-down are told: what is 亿元 of a whole is 万元 of its parts."""
    return _IN_DETAIL.get(unit, unit) if any(by) else unit


def in_unit(found: SeriesSet, unit: str) -> SeriesSet:
    """The same series in another unit of the same dimension."""
    times = _times(found.unit, unit)
    if times == 1:
        return found
    return replace(found, values=found.values * times, joined=found.joined * times, unit=unit)


def _times(unit: str, other: str) -> float:
    """How many of ``other`` make one ``unit``."""
    return 1.0 if unit == other else float(10.0 ** (Unit.parse(unit).power - Unit.parse(other).power))


def _small_base(found: SeriesSet) -> float:
    """``catalogue/codes/small_bases.yaml`` in the unit of the series; 0 for a unit that it says nothing of."""
    month = f"{found.last // 100}-{found.last % 100:02d}"
    base = small_base(Request(found.indicator, found.region, month, month), found.unit)
    return base / 10.0 ** Unit.parse(found.unit).power if base else 0.0


def _plain(where: Mapping[str, Iterable[str]] | None) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in (where or {}).items()}


@dataclass(frozen=True)
class _Asked:
    """One question, for the members of its series."""

    sources: Sources
    catalogue: Catalogue
    code: str
    region: str
    by: tuple[str, ...]
    reach: Reach
    months: int
    calibre: str
    where: dict[str, tuple[str, ...]]

    def explaining(self) -> tuple[str, ...]:
        """The dimensions along which a gap can be taken apart: those that parts add up along and that are left."""
        indicator = self.catalogue.indicator(self.code)
        what = counted(self.catalogue, indicator)
        fixed = {*self.by, *self.where}
        if what is None:
            return () if fixed & PLACES or indicator.adds.place != "sum" else ("region",)
        if not what.additive:
            return ()
        there = columns(what.dataset)
        usual = (what.dataset.place or "", "hs2", "country", what.dataset.firm or "")
        offered = [name for name in usual if name in there]
        goods = bool(fixed & PRODUCTS)
        places = bool(fixed & PLACES)
        firm = what.dataset.firm in fixed
        return tuple(
            name
            for name in offered
            if name not in fixed
            and not (goods and name in PRODUCTS)
            and not ((places or firm) and name == what.dataset.place)
        )

    def members(self, found: SeriesSet, key: tuple[str, ...], dimension: str) -> SeriesSet:
        """The series of the members of one series along a dimension, over the same months and knowledge."""
        where = {**self.where, **{name: (value,) for name, value in zip(self.by, key, strict=True)}}
        members = series_set(
            self.sources, self.catalogue, self.code, self.region, by=(dimension,), where=where, last=found.last,
            months=found.months, as_of=found.day, calibre=self.calibre, reach=self.reach,
        )  # fmt: skip
        return in_unit(members, found.unit)


@dataclass(frozen=True)
class _Telling:
    """All that is needed to tell of one series."""

    asked: _Asked
    found: SeriesSet
    verdicts: Verdicts
    groups: Groups
    names: Names

    def anomaly(self, n: int) -> Anomaly:
        """What is known of series ``n`` without asking again."""
        v, found = self.verdicts, self.found
        indicator = self.asked.catalogue.indicator(self.asked.code)
        value, expected = float(v.value[n]), float(v.expected[n])
        change = _known(v.base[n])
        base = _known(v.base_effect[n])
        key = found.keys[n]
        draft = Anomaly(
            indicator=self.asked.code,
            region=self.asked.region,
            month=found.last,
            by=found.by,
            key=key,
            names=tuple(self.names.of(name, [code])[code] for name, code in zip(found.by, key, strict=True)),
            unit=found.unit,
            decimals=indicator.decimals if found.unit == indicator.display_unit else 0,
            value=value,
            expected=expected,
            low80=float(v.low80[n]),
            high80=float(v.high80[n]),
            low95=float(v.low95[n]),
            high95=float(v.high95[n]),
            gap=value - expected,
            change=value / expected - 1 if expected > 0 else None,
            score=float(v.score[n]),
            rank=int(v.rank[n]),
            kind="drop" if v.kind[n] == "drop" else "rise",
            year_on_year=change,
            base_effect=base,
            year_on_year_less_base=None if change is None or base is None else (1 + change) * (1 + base) - 1,
            calendar=float(v.calendar[n]),
            calendar_year_before=float(v.calendar_year_before[n]),
            joint=self._joint(n),
            peers=self._peers(n),
            breakdowns=(),
            sentence=Words(zh="—", en="—"),
            synthetic=found.synthetic,
            as_of=found.day,
        )
        return self._said(draft)

    def explained(self, n: int, draft: Anomaly, dimensions: tuple[str, ...], notes: dict[Words, None]) -> Anomaly:
        """The anomaly with who made its gap; a dimension that the reader may not ask for is left out, and said."""
        whole = Whole(self.found.values[n], draft.value, draft.expected)
        made: list[BreakdownOfGap] = []
        for dimension in dimensions:
            try:
                members = self.asked.members(self.found, draft.key, dimension)
            except UserError as fault:
                if fault.code not in _WITHHELD:
                    raise
                what = self.names.dimension(dimension)
                zh = f"按{what.zh}的构成不在您可查询的汇总表内"
                notes[Words(zh=zh, en=f"The parts by {what.en} are in no table that you may ask for")] = None
                continue
            if (parts := break_down(whole, members, self.names)) is not None and parts.members > 1:
                made.append(parts)
        return self._said(replace(draft, breakdowns=tuple(made)))

    def _said(self, draft: Anomaly) -> Anomaly:
        return replace(
            draft,
            sentence=sentence(
                subject=self._subject(draft), month=draft.month, unit=draft.unit, decimals=draft.decimals,
                value=draft.value, expected=draft.expected, low80=draft.low80, high80=draft.high80,
                year_on_year=draft.year_on_year, base_effect=draft.base_effect,
                year_on_year_less_base=draft.year_on_year_less_base, joint=draft.joint, calendar=draft.calendar,
                calendar_year_before=draft.calendar_year_before, peers=draft.peers, breakdowns=draft.breakdowns,
            ),
        )  # fmt: skip

    def _subject(self, draft: Anomaly) -> Words:
        indicator = self.asked.catalogue.indicator(self.asked.code)
        place = self.names.of("region", [self.asked.region])[self.asked.region]
        zh = "·".join(short(one).zh for one in draft.names)
        en = " · ".join(short(one).en for one in draft.names)
        about = f"（{zh}）" if zh else ""
        return Words(
            zh=f"{place.zh}{indicator.name.zh}{about}",
            en=f"{place.en}, {indicator.name.en}" + (f" ({en})" if en else ""),
        )

    def _joint(self, n: int) -> float | None:
        """January and February together on the year before, where the month is February."""
        values = self.found.values[n]
        if self.found.last % 100 != 2 or len(values) < 14:
            return None
        now, before = values[-2:].sum(), values[-14:-12].sum()
        return _known(now / before - 1) if before > 0 else None

    def _peers(self, n: int) -> PeerGroup | None:
        number = int(self.groups.number[n])
        if number < 0:
            return None
        v = self.verdicts
        rows = np.flatnonzero((self.groups.number == number) & np.isfinite(v.score))
        rows = rows[rows != n]
        if len(rows) < LEAST_PEERS - 1:
            return None
        score = float(np.median(v.score[rows]))
        with np.errstate(all="ignore"):
            off = v.value[rows] / v.expected[rows] - 1
        off = off[np.isfinite(off)]
        below, above = int((v.value[rows] < v.low80[rows]).sum()), int((v.value[rows] > v.high80[rows]).sum())
        moved = below if score < 0 else above
        return PeerGroup(
            words=self.groups.words[number],
            count=len(rows),
            score=score,
            change=float(np.median(off)) if len(off) else 0.0,
            moved=moved,
            wide=abs(score) >= WIDE and 2 * moved >= len(rows),
        )


def _known(number: float) -> float | None:
    found = float(number)
    return found if np.isfinite(found) else None

"""This year's end from what is known of the year: by its months, by the growth so far, by the share usually reached."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from commercebrain.engine.outlook import joint, monthly, rest
from commercebrain.engine.outlook.distribution import Z80, Z95, Distribution, blended, from_quantiles, transformed
from commercebrain.engine.outlook.evidence import Evidence
from commercebrain.engine.outlook.terms import Settings


@dataclass(frozen=True, slots=True)
class Scale:
    """Forecasting on logs (levels that grow) or on the values themselves (shares, ratios, ranks,
    anything ≤ 0)."""

    log: bool

    def to(self, value: Decimal) -> float:
        """The value on this scale."""
        return math.log(float(value)) if self.log else float(value)


def floor_of(scale: Scale, value: Decimal, settings: Settings, step: float = 0.0) -> float:
    """The assumed spread of one year: of growth, or of a value (never less than half of its usual step)."""
    if scale.log:
        return settings.floor_growth
    return max(abs(float(value)) * settings.floor_level, abs(step) / 2, 1e-9)


def with_so_far(found: Distribution, evidence: Evidence, year: int, settings: Settings) -> Distribution:
    """The forecast of months and what the year so far tells, halfway between: better than either, as forecasts put
    together are. Of the years after this one the year so far tells nothing more."""
    running = evidence.last_running
    if not found.log or running is None or running[0] != year or running[1] == 12:
        return found
    told = _as_so_far(evidence, running, settings)
    if told is None:
        return found
    zh, en = found.note_zh.split("；")[0], found.note_en.split("; ")[0]
    return blended(
        found,
        told,
        (
            f"{zh}，与按本年增速推算的结果各取一半；区间取两种方法误差中较宽的。",
            f"{en}, halfway to what the growth so far tells; bands as wide as the wider of both has them.",
        ),
    )


def this_year(evidence: Evidence, running: tuple[int, int], scale: Scale, settings: Settings) -> Distribution | None:
    """This year's end from what is known of it."""
    if evidence.parts is not None and not scale.log:
        found = joint.forecast(evidence, running, settings)
        if found is not None:
            return found
    if not scale.log:
        return _same_gap(evidence, running, settings)
    return _as_so_far(evidence, running, settings) or _by_share(evidence, running)


def _as_so_far(evidence: Evidence, running: tuple[int, int], settings: Settings, to: int = 12) -> Distribution | None:
    """The rest of the year (up to month ``to``) grows by what the growth so far says of it."""
    year, month = running
    own = rest.totals_of(evidence)
    peers = [(rest.totals_of(peer),) for peer in evidence.peers]
    told = rest.rest_of_year((own,), year, month, peers, to=to)
    if told is None:
        return None
    so_far, before = own[running], own[year - 1, to] - own[year - 1, month]
    given = rest.constants()
    point, tails = transformed(
        told.centre, told.scale, given.bound80, given.bound95, lambda x: math.log(so_far + before * math.exp(x))
    )
    zh = f"{year}年按本年前{month}个月的增速推算其余月份（增速按月度波动折让）"
    en = f"{year} from the growth of its first {month} month(s), as far as the noise of months lets it be believed"
    notes = rest.bands_from(told, settings.own_errors, zh, en)
    return from_quantiles(point, tails, log=True, method="season", errors=told.own, notes=notes)


def running_ahead(evidence: Evidence, settings: Settings, *, additive: bool) -> dict[int, Distribution]:
    """The running totals still to come this year, by month; as :func:`.landing.forecast` sees the year, so December is its
    landing.

    Empty where the year in progress is forecast as a whole only.
    """
    running = evidence.last_running
    if additive or running is None or running[1] == 12 or running[0] <= (evidence.last_year or running[0]):
        return {}
    grows = all(value > 0 for value in evidence.years.values())
    found = {}
    for month in range(running[1] + 1, 13):
        told = _as_so_far(evidence, running, settings, month)
        whole = monthly.forecast(evidence, running[0], month)
        if whole is None:
            one = told if grows else None
        else:
            one = blended(whole, told, ("", "")) if told is not None and whole.log else whole
        if one is not None:
            found[month] = one
    return found


def _by_share(evidence: Evidence, running: tuple[int, int]) -> Distribution | None:
    """The running total over the share of a year that is usually reached by then."""
    year, month = running
    own = rest.totals_of(evidence, implied=False)
    peers = [rest.totals_of(peer, implied=False) for peer in evidence.peers]
    told = rest.share_of_year(own, year, month, peers, code=evidence.code)
    if told is None or own.get(running, 0.0) <= 0:
        return None
    share, spread, years = told
    point = math.log(own[running]) - share
    near, far = (bound * spread for bound in (Z80, Z95))
    source = (
        (f"{years}个年度", f"{years} year(s)")
        if years
        else ("全国海关多年", "the nation’s customs figures of many years")
    )
    # The rest of the year is not negative.
    least = math.log(own[running])
    tails = (max(point - far, least), max(point - near, least), point + near, point + far)
    return from_quantiles(
        point,
        tails,
        log=True,
        method="share",
        errors=max(years - 1, 0),
        notes=(
            f"{year}年按前{month}个月通常占全年的比重推算（取自{source[0]}）；上年同期缺数，区间取自该比重的历年波动。",
            f"{year} from the share of a year that {month} month(s) usually make (from {source[1]}); last year’s same "
            "months are missing, and the bands are how much that share moves.",
        ),
    )


def _same_gap(evidence: Evidence, running: tuple[int, int], settings: Settings) -> Distribution | None:
    """What is no flow: the same step from the value so far to the year's as last year."""
    year, month = running
    totals = {y: v for y, v in evidence.years.items() if y < year}
    parts = {y: evidence.running[y, month] for y in totals if (y, month) in evidence.running}
    if not parts or max(parts) != year - 1:
        return None
    gaps = {y: float(totals[y] - parts[y]) for y in parts}  # what the rest of the year added
    errors = [gaps[y] - gaps[y - 1] for y in gaps if y - 1 in gaps]
    floor = floor_of(Scale(False), totals[year - 1], settings)
    spread = max(1 - month / 12, 0.02) * floor
    measured = len(errors) >= settings.own_errors
    if measured:
        spread = math.sqrt(sum(e * e for e in errors) / len(errors)) * (1 + 1 / len(errors))
    zh, en = f"{year}年按本年累计和往年同期进度推算", f"{year} from this year's running total and the own season"
    size = f"{settings.floor_level:.0%}"
    zh += (
        f"；区间取自同一方法在本地历史上的{len(errors)}次误差。"
        if measured
        else f"；本地历史太短，区间按下限（年波动为数值的{size}）给出。"
    )
    en += (
        f"; bands from {len(errors)} own errors."
        if measured
        else f"; the own history is short, so the bands rest on a floor (a yearly spread of {size})."
    )
    centre = float(evidence.running[running]) + gaps[year - 1]
    return Distribution(centre, max(spread, floor / 10), False, "season", len(errors), zh, en)

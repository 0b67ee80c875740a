"""Reads of the bureau's side: which rounds and reports a person sees, and what share of the firms has reported.

A share counts the firms where they stood when they were asked. The bureau that opened a round sees all its counties; a
county sees its own row and its place among the others, a township office its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Max, Q, QuerySet

from commercebrain.desk.core.clock import today
from commercebrain.desk.forms.models import Report, Round, Submission, TownshipOffice
from commercebrain.desk.forms.moment import now
from commercebrain.desk.lists.kinds import kinds
from commercebrain.desk.lists.queries import firms_on
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import Extent, extent_of
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.forms.status import Rates

Reader = Person | AnonymousUser
COUNTY, TOWNSHIP, LIST = "county", "township", "list"
State = Report.State
#: How many rounds the strip shows at most.
STRIP = 10
AFTER = timedelta(days=7)


def reports(person: Reader) -> QuerySet[Report]:
    """The reports that a person sees as one of the administration, with what their lines and pages show. A firm's user
    finds the own ones on the firm's side."""
    extent = replace(extent_of(person, Right.SEE, today()), firms=frozenset())
    rows = Report.objects.inside(extent, Right.SEE)
    return rows.select_related("round__unit", "enterprise", "unit", "county", "township")


def rounds(person: Reader) -> QuerySet[Round]:
    """The rounds that concern a person: those of the own units and below, those of the bureau above, and those in which
    the own firm is asked."""
    extent = extent_of(person, Right.SEE, today())
    rows = Round.objects.select_related("unit__region").order_by("-opens_at", "form", "unit")
    if extent.everything:
        return rows
    seen = Q(unit__in=extent.units | units_above(extent))
    if extent.firms:
        seen |= Q(pk__in=Report.objects.filter(enterprise__in=extent.firms).order_by().values("round"))
    return rows.filter(seen)


def units_above(extent: Extent) -> frozenset[int]:
    """The units above those of an extent: their rounds ask the firms of the own unit."""
    paths = Unit.objects.filter(pk__in=extent.units).order_by().values_list("path", flat=True)
    return frozenset(int(part) for path in paths for part in path.split("/") if part)


def bureau_reader(person: Reader) -> bool:
    """Whether a person reads as one of the administration, not only as a firm's user."""
    extent = extent_of(person, Right.SEE, today())
    return extent.everything or bool(extent.units)


def follows(person: Reader, enterprise: Enterprise) -> bool:
    """Whether what a firm was asked concerns a person: the firm is of the own units, or one of its reports in sight."""
    extent = extent_of(person, Right.SEE, today())
    own = extent.everything or enterprise.unit_id in extent.units
    return own or reports(person).filter(enterprise=enterprise).exists()


def oversees(person: Reader, unit: int) -> bool:
    """Whether a person sees the whole of what ``unit`` asks: all counties by name."""
    extent = extent_of(person, Right.SEE, today())
    return extent.everything or unit in extent.units


def enters_for(person: Reader, *units: int) -> bool:
    """Whether a person may enter for one of the units."""
    extent = extent_of(person, Right.ENTER, today())
    return extent.everything or bool(extent.units & set(units))


def last_submission(enterprise: Enterprise, form: str) -> Submission | None:
    """What a firm sent last for a form, whatever the round."""
    rows = Submission.objects.filter(report__enterprise=enterprise, report__round__form=form)
    return rows.select_related("report__round").order_by("-report__round__opens_at", "-number").first()


def chase_kinds() -> list[Any]:
    """The kinds of lists whose firms are chased, by code."""
    return [kind for kind in kinds().values() if kind.chase]


# --- rates ---------------------------------------------------------------------------------------------------------------
@dataclass
class Line:
    """One county, township or list: its rates by period. ``place`` is its place among all, the highest rate first."""

    key: str
    name: str
    name_en: str
    cells: dict[str, Rates] = field(default_factory=dict)
    place: int | None = None
    of: int = 0

    def at(self, period: str) -> Rates:
        """The rates of a period; nobody asked where there are none."""
        return self.cells.get(period) or Rates()


@dataclass(frozen=True)
class Board:
    """Rates of one form at one bureau: all in sight together, and line by line. ``scored`` are the periods asked under
    an approval; the others are counted and not rated. ``by`` is what a line stands for."""

    form: str
    unit: Unit
    periods: tuple[str, ...]
    period: str
    scored: frozenset[str]
    whole: bool
    total: dict[str, Rates]
    lines: tuple[Line, ...]
    by: str
    moved: int = 0

    def now(self) -> Rates:
        """All in sight in the chosen period."""
        return self.total.get(self.period) or Rates()


def board(person: Reader, form: str, unit: Unit, periods: Sequence[str], period: str, by: str = COUNTY) -> Board:
    """The rates of ``periods`` of a form at a bureau, by county, township or chase list, as far as a person sees them.

    Who sees townships alone gets them where counties were asked for: a township is no county, and has no place among them.
    """
    extent = extent_of(person, Right.SEE, today())
    whole = oversees(person, unit.pk)
    if by == COUNTY and COUNTY not in groupings(person, unit):
        by = TOWNSHIP
    held = list(Round.objects.filter(form=form, unit=unit, period__in=periods))
    rows = asked(held)
    seen = rows if whole else rows.filter(_own_place(extent))
    total = _grouped(seen, None).get("", {})
    if by == LIST:
        lines = _by_list(seen, unit, held)
    elif by == TOWNSHIP:
        lines = _by_township(seen)
    else:
        lines = _by_county(seen)
        _places(lines, _by_county(rows), period)
    moved = seen.filter(round__period=period).exclude(enterprise__region=F("county")).count()
    return Board(
        form, unit, tuple(periods), period, frozenset(row.period for row in held if row.approval), whole, total,
        tuple(lines), by, moved,
    )  # fmt: skip


def groupings(person: Reader, unit: Unit) -> tuple[str, ...]:
    """What the rates of a bureau may be told by: of a township office no counties."""
    if oversees(person, unit.pk) or own_counties(extent_of(person, Right.SEE, today())):
        return (COUNTY, TOWNSHIP, LIST)
    return (TOWNSHIP, LIST)


def asked(held: Iterable[Round]) -> QuerySet[Report]:
    """The reports that count as asked in rounds that have opened, whoever asks."""
    moment = now()
    opened = [row.pk for row in held if row.opens_at <= moment]
    return Report.objects.filter(round__in=opened).exclude(state=State.EXCUSED)


def _own_place(extent: Extent) -> Q:
    """The counties of the own units; for a township office the own townships alone."""
    offices = TownshipOffice.objects.filter(unit__in=extent.units)
    return Q(county__in=own_counties(extent)) | Q(township__in=list(offices.values_list("township", flat=True)))


def own_counties(extent: Extent) -> list[int]:
    """The regions of the own units, township offices left out."""
    below = set(TownshipOffice.objects.filter(unit__in=extent.units).values_list("unit", flat=True))
    return list(Unit.objects.filter(pk__in=extent.units - below).order_by().values_list("region", flat=True))


def counts() -> dict[str, Any]:
    """What a group of reports is counted by."""
    filed = Q(state__in=(State.SENT, State.PASSED))
    late = Q(state=State.ASKED, round__due_at__lt=now())
    return {
        "asked": Count("pk"),
        "filed": Count("pk", filter=filed),
        "timely": Count("pk", filter=filed & Q(on_time=True)),
        "through": Count("pk", filter=Q(state=State.PASSED)),
        "back": Count("pk", filter=Q(state=State.RETURNED)),
        "late": Count("pk", filter=late),
        "same": Count("pk", filter=filed & Q(unchanged__gt=0)),
    }


def rates_of(row: Any) -> Rates:
    """The counts of a group as the engine's rates."""
    return Rates(
        row["asked"], row["filed"], row["timely"], row["through"], row["back"], row["late"], row["same"]
    )  # fmt: skip


def _grouped(rows: QuerySet[Report], key: str | None) -> dict[Any, dict[str, Rates]]:
    keys = ["round__period", *([key] if key else [])]
    found: dict[Any, dict[str, Rates]] = {}
    for row in rows.order_by().values(*keys).annotate(**counts()):
        found.setdefault(row[key] if key else "", {})[row["round__period"]] = rates_of(row)
    return found


def _by_county(rows: QuerySet[Report]) -> list[Line]:
    found = _grouped(rows, "county")
    places = Region.objects.in_bulk(list(found))
    lines = [Line(places[pk].code, places[pk].name_zh, places[pk].name_en, cells) for pk, cells in found.items()]
    return sorted(lines, key=lambda line: line.key)


def _by_township(rows: QuerySet[Report]) -> list[Line]:
    from commercebrain.desk.registry.models import Township

    found = _grouped(rows, "township")
    places = Township.objects.select_related("region").in_bulk([pk for pk in found if pk])
    lines = []
    for pk, cells in found.items():
        if pk is None:
            lines.append(Line("", "未登记乡镇", "no township registered", cells))
            continue
        town = places[pk]
        name_en = town.name_en or town.name_zh
        lines.append(
            Line(town.code, f"{town.region.name_zh} {town.name_zh}", f"{town.region.name_en}: {name_en}", cells)
        )
    return sorted(lines, key=lambda line: line.key or "~")


def _by_list(rows: QuerySet[Report], unit: Unit, held: list[Round]) -> list[Line]:
    """By chase list, as it stood when each round opened."""
    lines = []
    for kind in chase_kinds():
        line = Line(kind.code, kind.name.zh, kind.name.en)
        for round_ in held:
            firms = firms_on(kind.code, unit, min(round_.opens_at.date(), today()))
            row = rows.filter(round=round_, enterprise__in=firms).aggregate(**counts())
            if row["asked"]:
                line.cells[round_.period] = rates_of(row)
        if line.cells:
            lines.append(line)
    return lines


def _places(lines: list[Line], all_lines: list[Line], period: str) -> None:
    """The place of each line among all counties of the bureau; equal rates share a place."""
    told = [rate for line in all_lines if (rate := line.at(period).rate) is not None]
    for line in lines:
        rate = line.at(period).rate
        if rate is not None:
            line.place, line.of = 1 + sum(other > rate for other in told), len(told)


# --- what the board offers -------------------------------------------------------------------------------------------------
def offered(person: Reader) -> list[tuple[str, Unit]]:
    """The forms with rounds in sight, each with the bureau that asks; the one with the newest round first."""
    newest = rounds(person).order_by().values_list("form", "unit").annotate(last=Max("opens_at"))
    held = sorted(newest, key=lambda row: (-row[2].timestamp(), row[0], row[1]))
    units = Unit.objects.select_related("region").in_bulk({unit for _form, unit, _last in held})
    return [(form, units[unit]) for form, unit, _last in held]


def last_periods(form: str, unit: Unit, many: int = STRIP, until: datetime | None = None) -> list[Round]:
    """The latest rounds of a form at a bureau that had opened by ``until`` (default: now), the oldest first."""
    rows = Round.objects.filter(form=form, unit=unit, opens_at__lte=until or now()).order_by("-opens_at")[:many]
    return list(reversed(rows))


def round_at(form: str, unit: Unit, period: str) -> Round | None:
    """The opened round of a period, however long ago."""
    return Round.objects.filter(form=form, unit=unit, period=period, opens_at__lte=now()).first()


def shown_first(held: Sequence[Round]) -> Round | None:
    """The round that the board opens with: the latest that is due, else the latest."""
    moment = now()
    due = [row for row in held if row.due_at <= moment]
    return (due or list(held) or [None])[-1]


# --- who has not reported ---------------------------------------------------------------------------------------------------
def chase(person: Reader, moment: datetime | None = None) -> QuerySet[Report]:
    """The reports in sight that firms still owe: never sent or sent back, in rounds that are open (or were until
    :data:`AFTER` ago, since an exception may open them again)."""
    at = moment or now()
    rows = reports(person).filter(
        state__in=(State.ASKED, State.RETURNED), round__opens_at__lte=at, round__locks_at__gt=at - AFTER
    )
    return rows.order_by("round__due_at", "county__code", "enterprise__name_zh", "pk")


def waiting(person: Reader) -> QuerySet[Report]:
    """The reports that wait for a decision of the person's own units."""
    extent = extent_of(person, Right.ENTER, today())
    rows = reports(person).filter(state=State.SENT)
    if not extent.everything:
        rows = rows.filter(unit__in=extent.units)
    return rows.order_by("round__due_at", "first_sent_at", "pk")

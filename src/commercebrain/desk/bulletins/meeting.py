"""会前一页纸 as Word: what changed, why, what next, three questions likely to be asked; one A4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from commercebrain.desk.bulletins.calendar import calendar, month_span
from commercebrain.desk.bulletins.drivers import Drivers, Pull, drivers, last_month
from commercebrain.desk.bulletins.models import Bulletin
from commercebrain.desk.bulletins.queries import bulletins
from commercebrain.desk.core import reader
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import MINUS, number, unit_words
from commercebrain.desk.core.official import CENTER, HEADING, KAI, TITLE, Paper
from commercebrain.desk.registry.models import Region

SHOWN = 3  # late ones that are named
LINES = 5  # of each part, so that it stays one page


@dataclass(frozen=True)
class Page:
    """The page as text, in the reader's language."""

    title: str
    answer: str
    day: date
    changed: Sequence[str] = ()
    why: Sequence[str] = ()
    following: Sequence[str] = ()
    questions: Sequence[tuple[str, str]] = ()
    foot: str = ""
    synthetic: bool = False
    heads: dict[str, str] = field(default_factory=dict)


def why(person: Any, region: Region | None) -> tuple[list[str], bool]:
    """Why things moved, as sentences, and whether any of it is invented: from the records of a region where there are any,
    else from its newest bulletin, else that it cannot be told."""
    if region is None:
        return [_("Choose a region: pulls are told by county, market and product of one region.")], False
    told = drivers(person, region)
    if told is not None:
        return _from_records(told), told.synthetic
    newest: Bulletin | None = bulletins(person).filter(region=region).first()
    if newest is not None:
        return newest.sentences[1:], newest.synthetic
    missing = _("Not measurable for %(region)s: no declaration lines and no county bulletin are on file, so what pulled "
                "at its figures cannot be told.")  # fmt: skip
    return [missing % {"region": region}], False


def _from_records(told: Drivers) -> list[str]:
    amount = f"{number(told.value, 2)}{'' if reader.chinese() else ' '}{unit_words(told.unit)}"
    said = {"region": told.region, "period": told.period.say(reader.language()), "amount": amount}
    if told.growth is None:
        first = (
            _("%(region)s declared exports of %(amount)s in %(period)s; the base of last year is not on file.") % said
        )
    else:
        said["growth"] = _signed(told.growth, 1) + "%"
        first = _("%(region)s declared exports of %(amount)s in %(period)s, %(growth)s year on year.") % said
    titles = {"county": _("By county"), "country": _("By market"), "hs2": _("By product")}
    lines = [first]
    for pulls in told.by:
        colon, stop = ("：", "。") if reader.chinese() else (": ", ".")
        parts = [*pulls.up, *pulls.down]
        text = ("、" if reader.chinese() else ", ").join(_part(part) for part in parts)
        if pulls.withheld:
            text += _(" (%(n)s withheld: they would tell about single firms)") % {"n": pulls.withheld}
        if parts:
            lines.append(f"{titles[pulls.dimension]}{colon}{text}{stop}")
    return lines


def _part(part: Pull) -> str:
    return _("%(name)s %(points)s points") % {"name": part.name, "points": _signed(part.points, 2)}


def _signed(value: Decimal, places: int) -> str:
    text = number(abs(value), places)
    return text if not text.strip("0.") else f"+{text}" if value > 0 else f"{MINUS}{text}"


def question_of(person: Any, region: Region | None) -> tuple[str, str] | None:
    """The question that records answer: who is behind the fall (or the rise) this year."""
    told = drivers(person, region) if region is not None else None
    if told is None or told.growth is None:
        return None
    falling = told.growth < 0
    names = []
    for pulls in told.by:
        parts = pulls.down if falling else pulls.up
        names += [_part(part) for part in parts[:1]]
    if not names:
        return None
    text = "、".join(names) if reader.chinese() else ", ".join(names)
    question = _("Who is behind the fall of exports?") if falling else _("Who is behind the rise of exports?")
    return question, text + ("。" if reader.chinese() else ".")


def question_of_late(person: Any) -> tuple[str, str]:
    """What is not in yet and who is late, from the release calendar of this month."""
    rows = [row for row in calendar(person, *month_span(today())) if row.overdue]
    rows.sort(key=lambda row: -row.status.late)
    question = _("Which figures are overdue, and whose are they?")
    if not rows:
        return question, _("None of this month's releases is overdue.")
    named = ("；" if reader.chinese() else "; ").join(
        _("%(who)s, %(name)s (%(region)s) by %(n)s working days")
        % {"who": row.who_said, "name": row.name_said, "region": row.region, "n": row.status.late}
        for row in rows[:SHOWN]
    )
    more = _(" and %(n)s more") % {"n": len(rows) - SHOWN} if len(rows) > SHOWN else ""
    return question, f"{named}{more}{'。' if reader.chinese() else '.'}"


def region_with_records(person: Any) -> Region | None:
    """The region whose records this installation holds, where ``person`` reads them; the demonstration's city."""
    if last_month() is None:
        return None
    regions = Region.objects.filter(level=Region.Level.CITY, synthetic=True, valid_to=None)
    return next((region for region in regions if drivers(person, region) is not None), None)


def to_docx(page: Page) -> bytes:
    """The page as Word."""
    heads = page.heads
    paper = Paper(page.title, compact=True)
    paper.paragraph(page.title, TITLE, 20, align=CENTER, heading=0, line=34)
    paper.paragraph(page.day.isoformat(), KAI, 12, align=CENTER, line=20, rule=True)
    if page.synthetic:
        paper.paragraph(heads["synthetic"], HEADING, 10.5, align=CENTER, line=16)
    paper.paragraph(page.answer, size=13, indent=True, line=20, space=6)
    for name, lines in (("changed", page.changed), ("why", page.why), ("following", page.following)):
        paper.paragraph(heads[name], HEADING, 13, heading=1, line=22, space=4)
        for line in lines[:LINES]:
            paper.paragraph(f"• {line}", size=12, line=18)
    paper.paragraph(heads["questions"], HEADING, 13, heading=1, line=22, space=4)
    for place, (question, reply) in enumerate(page.questions[:3], 1):
        paper.paragraph(f"{place}. {question}", KAI, 12, line=18, keep=True)
        paper.paragraph(reply, size=12, indent=True, line=18)
    paper.paragraph(page.foot, KAI, 10.5, line=16, space=6)
    return paper.to_bytes()

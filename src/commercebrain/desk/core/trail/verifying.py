"""Walks the chain and names what was changed, removed, put in, reordered or cut off.

1. The seals: numbers without a gap, each hash right, each holding the hash of the one before, totals that add up.
2. The members of each seal against the events: each there, each with its digest, all together with the seal's root.
3. Events that are under no seal although one was made more than an hour (``LATE``) after the time they bear, or
   that came under a seal so late, or whose id was given out at another time: they were put in afterwards. (So are
   those of a machine whose clock was set back by more than that.)
4. The anchors: each remembered head must still stand in the chain.

An entry written now with the time of now cannot be told from an honest one; no log can.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.utils import timezone

from commercebrain.desk.core.models import Event, Seal, SealedEvent
from commercebrain.desk.core.trail import triggers
from commercebrain.desk.core.trail.anchors import Anchor
from commercebrain.desk.core.trail.canonical import FIELDS, event_digest, root, seal_hash
from commercebrain.desk.core.trail.sealing import LATE, unsealed

CHUNK = 10_000  # members read at once
KEPT = 1_000  # findings kept in words; the rest is only counted

SENTENCES = {
    "changed": (
        "日志{event}的内容与第{seal}号封条不符：被改动过",
        "Event {event} differs from seal {seal}: it was changed",
    ),
    "missing": (
        "第{seal}号封条中的日志{event}已不存在：被删除",
        "Event {event} of seal {seal} is gone: it was removed",
    ),
    "inserted": (
        "日志{event}是事后补入的：其时间早于其入链或编号所属的时段",
        "Event {event} was put in afterwards: its time does not fit its number or its seal",
    ),
    "members": (
        "第{seal}号封条应有{expected}条日志，实有{found}条",
        "Seal {seal} should hold {expected} events and holds {found}",
    ),
    "root": ("第{seal}号封条的批次指纹与其日志不符", "The fingerprint of seal {seal} does not match its events"),
    "hash": ("第{seal}号封条自身被改动过", "Seal {seal} itself was changed"),
    "link": ("第{seal}号封条与前一封条不相接", "Seal {seal} does not continue the seal before it"),
    "gap": ("缺少第{seal}号封条", "Seal {seal} is missing"),
    "orphan": (
        "有{found}条日志挂在不存在的第{seal}号封条下",
        "{found} events lie under seal {seal}, which does not exist",
    ),
    "cut": (
        "链尾被截断：锚点记得第{seal}号封条（累计{expected}条），链上没有",
        "The tail was cut off: an anchor remembers seal {seal} ({expected} events in all), the chain lacks it",
    ),
    "anchor": ("第{seal}号封条与锚点不符：链被重写过", "Seal {seal} differs from its anchor: the chain was rewritten"),
    "trigger": (
        "数据库缺少保护日志的触发器{name}（运行 cbrain install 可补上）",
        "The trigger {name} that guards the log is missing (cbrain install sets it)",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: its code in :data:`SENTENCES`, the seal and the event where there is one."""

    code: str
    seal: int | None = None
    event: int | None = None
    expected: int | None = None
    found: int | None = None
    name: str = ""

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        return SENTENCES[self.code][0].format(**vars(self))

    @property
    def en(self) -> str:
        """The sentence in English."""
        return SENTENCES[self.code][1].format(**vars(self))


@dataclass
class Verdict:
    """What a verification saw: ``events`` sealed and checked, ``open`` not sealed yet, ``faults`` found in all."""

    at: datetime
    seals: int = 0
    events: int = 0
    open: int = 0
    anchors: int = 0
    faults: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    def add(self, finding: Finding) -> None:
        """Counts a finding and keeps it while there is room."""
        self.faults += 1
        if len(self.findings) < KEPT:
            self.findings.append(finding)


Progress = Callable[[int, int, str, str], None]


def verify(anchors: Sequence[Anchor] = (), progress: Progress | None = None) -> Verdict:
    """Checks the whole chain, and against ``anchors`` where there are any; changes nothing."""
    verdict = Verdict(timezone.now(), anchors=len(anchors))
    for name in triggers.missing(connection):
        verdict.add(Finding("trigger", name=name))
    seals = list(Seal.objects.order_by("number"))
    verdict.seals = len(seals)
    _check_seals(seals, verdict)
    _check_orphans(seals, verdict)
    times = _Times(seals)
    total = sum(seal.count for seal in seals)
    for chunk in _chunks(seals):
        _check_members(chunk, times, verdict)
        if progress:
            progress(verdict.events, max(total, 1), f"第{chunk[-1].number}号封条", f"seal {chunk[-1].number}")
    for number, at in unsealed().values_list("pk", "at").iterator(CHUNK):
        verdict.open += 1
        if times.put_in(number, at, len(seals)):
            verdict.add(Finding("inserted", event=number))
    _check_anchors(seals, anchors, verdict)
    return verdict


def _check_seals(seals: Sequence[Seal], verdict: Verdict) -> None:
    number, total, previous = 0, 0, ""
    for seal in seals:
        for gap in range(number + 1, min(seal.number, number + 1 + KEPT)):
            verdict.add(Finding("gap", gap))
        total += seal.count
        own = seal_hash(seal.number, seal.count, seal.total, seal.first_event, seal.last_event, seal.root,
                        seal.previous, seal.sealed_at)  # fmt: skip
        if own != seal.hash:
            verdict.add(Finding("hash", seal.number))
        if seal.previous != previous or seal.total != total:
            verdict.add(Finding("link", seal.number))
        number, total, previous = seal.number, seal.total, seal.hash


def _check_orphans(seals: Sequence[Seal], verdict: Verdict) -> None:
    known = {seal.number for seal in seals}
    newest = seals[-1].number if seals else 0
    held = Counter(SealedEvent.objects.exclude(seal__in=Seal.objects.all()).values_list("seal_id", flat=True))
    for number, found in sorted(held.items()):
        # What is above the newest seal that we read may have come under a new one since.
        if number not in known and (number <= newest or not Seal.objects.filter(pk=number).exists()):
            verdict.add(Finding("orphan", number, found=found))


def _chunks(seals: Sequence[Seal]) -> Iterator[list[Seal]]:
    """Seals in groups of about :data:`CHUNK` events."""
    group: list[Seal] = []
    size = 0
    for seal in seals:
        if group and size + seal.count > CHUNK:
            yield group
            group, size = [], 0
        group.append(seal)
        size += seal.count
    if group:
        yield group


def _members(first: int, last: int) -> Iterator[tuple[Any, ...]]:
    """Seal, event id, digest, and the event's fields (none where it is gone), by seal and event id."""
    columns = ", ".join(f"e.{name}" for name in FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.seal_id, s.event_id, s.digest, {columns} FROM {SealedEvent._meta.db_table} s "  # noqa: S608
            f"LEFT JOIN {Event._meta.db_table} e ON e.id = s.event_id "
            "WHERE s.seal_id BETWEEN %s AND %s ORDER BY s.seal_id, s.event_id",
            [first, last],
        )
        yield from cursor.fetchall()


def _check_members(chunk: Sequence[Seal], times: _Times, verdict: Verdict) -> None:
    rows = {
        number: list(members)
        for number, members in groupby(_members(chunk[0].number, chunk[-1].number), key=itemgetter(0))
    }
    for seal in chunk:
        members = rows.get(seal.number, [])
        verdict.events += len(members)
        place = times.place[seal.number]
        for _seal, number, stored, *event in members:
            if event[0] is None:
                verdict.add(Finding("missing", seal.number, number))
                continue
            if _digest(event) != bytes(stored):
                verdict.add(Finding("changed", seal.number, number))
            elif times.put_in(number, event[1], place):
                verdict.add(Finding("inserted", seal.number, number))
        if len(members) != seal.count:
            verdict.add(Finding("members", seal.number, expected=seal.count, found=len(members)))
        elif root(bytes(member[2]) for member in members) != seal.root:
            verdict.add(Finding("root", seal.number))
        elif members and (members[0][1], members[-1][1]) != (seal.first_event, seal.last_event):
            verdict.add(Finding("members", seal.number, expected=seal.count, found=len(members)))


def _digest(event: Sequence[Any]) -> bytes:
    """The event's digest; nothing at all for a row that cannot even be read, so that it counts as changed."""
    try:
        return event_digest(event)
    except (ValueError, TypeError, AttributeError):
        return b""


def _moment(at: datetime | str) -> datetime:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


class _Times:
    """Whether an event's time fits its id and its place in the chain.

    Ids are given out in the order of time, whatever the order of commits, and a transaction ends within
    :data:`~.sealing.LATE`. Three things give away an event that was put in with SQL: a seal made well after its time
    reached beyond its id without it; its id is below those sealed well before its time; its time is well before that
    of the whole seal before its own.
    """

    def __init__(self, seals: Sequence[Seal]) -> None:
        self.place = {seal.number: n for n, seal in enumerate(seals)}
        self.sealed = list(accumulate((seal.sealed_at for seal in seals), max))
        self.last = [seal.last_event for seal in seals]
        self.highest = list(accumulate(self.last, max))
        self.earliest: list[datetime | None] = [None] * len(seals)  # of each seal's events, known as the walk goes on

    def put_in(self, number: int, at: datetime | str, place: int) -> bool:
        """Whether event ``number`` of the time ``at``, under the seal at ``place``, does not belong there."""
        try:
            moment = _moment(at)
        except ValueError:
            return True
        if place < len(self.earliest):
            known = self.earliest[place]
            self.earliest[place] = moment if known is None else min(known, moment)
        before = bisect_right(self.sealed, moment - LATE)
        if before and number < self.highest[before - 1]:
            return True
        if place and number < self.highest[place - 1]:
            first = bisect_right(self.sealed, moment + LATE)
            return any(last > number for last in self.last[first:place])
        earlier = self.earliest[place - 1] if place else None
        return earlier is not None and moment < earlier - LATE


def _check_anchors(seals: Sequence[Seal], anchors: Sequence[Anchor], verdict: Verdict) -> None:
    known = {seal.number: seal for seal in seals}
    for anchor in anchors:
        seal = known.get(anchor.seal)
        if seal is None:
            # A seal made since we began to read is no cut tail.
            if anchor.seal > verdict.seals and Seal.objects.filter(pk=anchor.seal, hash=anchor.hash).exists():
                continue
            verdict.add(Finding("cut", anchor.seal, expected=anchor.total))
        elif (seal.hash, seal.total) != (anchor.hash, anchor.total):
            verdict.add(Finding("anchor", anchor.seal))

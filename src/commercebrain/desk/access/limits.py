"""How often somebody may try: counted in the database, so that one limit holds over all processes of the server.

A count is one row for a kind, a subject and a stretch of time, raised by a single ``INSERT … ON CONFLICT … RETURNING``:
two processes cannot both see the last free place. What guards secrets (signing in, codes, wrong tokens) is written at
each try. What only guards the server's time (search, API) is gathered in each process and written every few tries or
seconds, so that reading stays cheap; such a limit may be overshot by at most ``step`` tries in each process.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.db import connection

from commercebrain.desk.access.models import Count
from commercebrain.engine.errors import UserError

KEPT_SECONDS = 2 * 86400
WRITTEN_AFTER = 2.0  # seconds after which a process tells the others, though the step is not reached


@dataclass(frozen=True)
class Limit:
    """At most ``tries`` in each stretch of ``seconds``; written every ``step`` tries."""

    tries: int
    seconds: int
    step: int = 1


LIMITS = {
    "sign_in": Limit(60, 60),  # an address; a whole bureau may stand behind one
    "account": Limit(50, 86400),  # wrong passwords for one account from computers that never signed in with it
    "second_step": Limit(8, 600),  # codes for one account: 8 of a million
    "password": Limit(10, 600),  # the own password asked again
    "token": Limit(30, 60),  # wrong tokens from one address
    "api": Limit(600, 60, step=10),  # a person or token
    "search": Limit(180, 60, step=5),
    "export": Limit(30, 600),
    "upload": Limit(60, 600),
    "confirmation": Limit(10, 3600),  # mails with a confirming link that one person has sent
}


class TooMany(UserError):  # noqa: N818 - it is an answer, not a fault of the program
    """A limit is reached; pages and the API answer 429 with the seconds to wait."""

    status = 429

    def __init__(self, kind: str, wait: int) -> None:
        super().__init__(
            f"limits.{kind}",
            f"操作过于频繁，请在 {wait} 秒后再试。",
            f"Too many requests in a short time; try again in {wait} seconds.",
        )
        self.wait = wait


@cache
def limits(told: str) -> dict[str, Limit]:
    """The limits in force: ours, with what ``CBRAIN_LIMITS`` says otherwise.

    ``told`` is ``"off"`` or words like ``api=1200/60 search=off`` (tries/seconds). Raises :class:`UserError` for a word
    that cannot be read, so that a mistyped limit is no missing one.
    """
    if told == "off":
        return {}
    merged = dict(LIMITS)
    for word in told.split():
        kind, _, value = word.partition("=")
        tries, _, seconds = value.partition("/")
        if kind in LIMITS and value == "off":
            merged.pop(kind, None)
        elif kind in LIMITS and tries.isdigit() and seconds.isdigit() and int(tries) and int(seconds):
            merged[kind] = Limit(int(tries), int(seconds), min(LIMITS[kind].step, max(1, int(tries) // 10)))
        else:
            raise UserError(
                "limits.unreadable",
                f"CBRAIN_LIMITS 中的“{word}”无法识别；写作 {'、'.join(LIMITS)} 之一=次数/秒，或 =off。",
                f"“{word}” in CBRAIN_LIMITS cannot be read; write one of {', '.join(LIMITS)} as kind=tries/seconds or =off.",
            )
    return merged


class _Gathered:
    """What this process has counted and not yet written, by row."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: dict[tuple[str, int], tuple[int, int, float]] = {}  # pending, total as last written, when

    def add(self, key: str, since: int, step: int) -> int:
        """One more; returns the total as far as this process knows."""
        now = time.monotonic()
        with self.lock:
            pending, total, at = self.rows.get((key, since), (0, 0, 0.0))
            pending += 1
            due = pending >= step or now - at > WRITTEN_AFTER
            self.rows[key, since] = (0 if due else pending, total, now if due else at)
            if not due:
                return total + pending
            if len(self.rows) > 5000:
                self.rows = {row: kept for row, kept in self.rows.items() if now - kept[2] < 600}
        written = _raise(key, since, pending)
        with self.lock:
            later, _total, at = self.rows.get((key, since), (0, 0, now))
            self.rows[key, since] = (later, max(written, _total), at)
        return written


_gathered = _Gathered()


def _raise(key: str, since: int, by: int) -> int:
    """Raises a row and returns what it stands at then."""
    table = connection.ops.quote_name(Count._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (key, since, n) VALUES (%s, %s, %s) "  # noqa: S608 - the table's own name
            f"ON CONFLICT (key, since) DO UPDATE SET n = {table}.n + excluded.n RETURNING n",
            [key, since, by],
        )
        n = int(cursor.fetchone()[0])
    if secrets.randbelow(1000) == 0:
        Count.objects.filter(since__lt=int(time.time()) - KEPT_SECONDS).delete()
    return n


def _row(kind: str, who: object, limit: Limit) -> tuple[str, int, int]:
    """The row's key and beginning, and the seconds until the next one; who is asked for is kept as a checksum only."""
    now = int(time.time())
    since = now - now % limit.seconds
    return f"{kind}:{sha256(str(who).encode()).hexdigest()[:40]}", since, since + limit.seconds - now


def count(kind: str, who: object) -> None:
    """Counts one try of ``kind`` by ``who`` (a person's id, an address, a name).

    Raises :class:`TooMany` when that is one too many. Call it outside of a transaction that may be rolled back.
    """
    limit = limits(settings.LIMITS).get(kind)
    if limit is None:
        return
    key, since, wait = _row(kind, who, limit)
    total = _raise(key, since, 1) if limit.step == 1 else _gathered.add(key, since, limit.step)
    if total > limit.tries:
        raise TooMany(kind, wait)


def reached(kind: str, who: object) -> int:
    """The seconds to wait when the limit is reached already, else 0; counts nothing."""
    limit = limits(settings.LIMITS).get(kind)
    if limit is None:
        return 0
    key, since, wait = _row(kind, who, limit)
    row = Count.objects.filter(key=key, since=since, n__gte=limit.tries).exists()
    return wait if row else 0


def forget(kind: str, who: object) -> int:
    """Begins anew for ``who``, after an administrator's unlocking; returns how many rows there were."""
    key, _since, _wait = _row(kind, who, LIMITS[kind])
    return Count.objects.filter(key=key).delete()[0]

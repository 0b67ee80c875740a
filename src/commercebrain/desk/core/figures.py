"""How the desk reaches figures: the lake of this installation, and what a person may see of it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from commercebrain.desk.core.clock import today
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import extent_of
from commercebrain.engine.indicators import ALL, Reach, Snapshot
from commercebrain.engine.lake import Lake

Version = tuple[tuple[str, int], ...]


def lake() -> Lake:
    """The lake of this installation (``CBRAIN_LAKE``); no file is opened before something is asked."""
    return Lake(Path(settings.LAKE_ROOT))


def lake_version() -> Version:
    """What the lake holds now, as a key: it changes with every intake."""
    return tuple(sorted(lake().versions().items()))


@lru_cache(maxsize=6)
def _snapshot(root: str, version: Version, as_of: date) -> Snapshot:
    return Snapshot(Lake(Path(root)), as_of)


def store(as_of: date | None = None) -> Snapshot:
    """The observations known on ``as_of`` (default: the business date), read once per state of the lake."""
    return _snapshot(str(settings.LAKE_ROOT), lake_version(), as_of or today())


def reach_for(person: Person | AnonymousUser) -> Reach:
    """What ``person`` may see of the figures, from the memberships in force.

    Whoever may see everything sees every classification; whoever may see anything at all sees the public figures of
    every region; a stranger sees nothing.
    """
    extent = extent_of(person, Right.SEE, today())
    if extent.empty:
        return Reach(frozenset(), "public")
    return Reach(ALL, "confidential" if extent.everything else "public")

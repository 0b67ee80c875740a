"""The small demonstration, prepared once and copied by every run of the tests until something it is made of changes.

Preparing it takes minutes: what is kept is named by all that a preparation may read, and made anew when that changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import commercebrain

ROOT = Path(__file__).parents[1]
SOURCE = Path(commercebrain.__file__).parent
PLACE = ROOT / ".pytest_cache" / "demo"
#: What is made of other files of the product, some of it anew at the beginning of every run.
MADE = {"__pycache__", "zh_Hans"}
#: How many are kept: that of the state before a change too, to which one may return.
MOST = 2


def version(environment: Mapping[str, str]) -> str:
    """Changes with whatever a preparation may read: every file of the product, the locked libraries, how it is called."""
    told = hashlib.sha256(sys.version.encode())
    for path in sorted(SOURCE.rglob("*")):
        if path.is_file() and not MADE & {*path.relative_to(SOURCE).parts}:
            told.update(str(path.relative_to(SOURCE)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    told.update((ROOT / "requirements.txt").read_bytes())
    own = {name: value for name, value in environment.items() if name.startswith("CBRAIN_") and name != "CBRAIN_HOME"}
    told.update(repr(sorted(own.items())).encode())
    return told.hexdigest()[:24]


def put(home: Path, prepare: Callable[[Path], object], environment: Mapping[str, str]) -> None:
    """Puts a copy of the prepared demonstration into ``home``, which is not there yet; ``prepare(folder)`` makes one.

    Of two runs that find none the first makes it and the other waits. One whose preparation did not end is never used,
    one during which the product was changed by this run alone.
    """
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        name = version(environment)
        kept, half = PLACE / name, PLACE / "half"
        shutil.rmtree(half, ignore_errors=True)
        if not kept.exists():
            prepare(half)
            if version(environment) != name:
                shutil.move(half, home)
                return
            half.rename(kept)
        os.utime(kept)
        _forget()
        shutil.copytree(kept, home)


def _forget() -> None:
    """Removes all but those used last."""
    kept = sorted((path for path in PLACE.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in kept[:-MOST]:
        shutil.rmtree(old)

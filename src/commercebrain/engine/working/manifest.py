"""The manifest: the one small file that says which files of the working store count. Swapped by one atomic rename."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.locks import held

#: Raised whenever files mean something else than before: a store of another layout is made again from the record.
LAYOUT = 3
#: Manifests whose files are kept: a reader that has just read one still finds what it names.
KEPT = 3
#: Seconds that a refresh waits for another one.
PATIENCE = 600.0


@dataclass(frozen=True)
class Part:
    """One file of the store, by its path under the store's folder, and its size in bytes."""

    path: str
    bytes: int


@dataclass(frozen=True)
class MonthState:
    """What is known of a month: the record's versions it was made from, its size, and its files."""

    month: int
    batches: tuple[str, ...]
    published: date
    taken_in: date
    synthetic: bool
    rows: int
    keys: int
    number: int
    lines: Part
    rollup: Part | None = None
    base: Part | None = None
    panel: Part | None = None

    @property
    def batch(self) -> str:
        """The batch; of several providers, all of them."""
        return ",".join(self.batches)


@dataclass(frozen=True)
class Manifest:
    """Everything that a reader needs to know; see :class:`MonthState`. ``number`` counts swaps."""

    dataset: str
    number: int = 0
    dictionaries: dict[str, list[str]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    months: dict[int, MonthState] = field(default_factory=dict)
    years: dict[int, Part] = field(default_factory=dict)
    recent: Part | None = None
    conditions: str = ""
    layout: int = LAYOUT

    def parts(self) -> set[str]:
        """The paths of all files that it names."""
        found = {f"dict/{name}" for names in self.dictionaries.values() for name in names}
        for state in self.months.values():
            found |= {p.path for p in (state.lines, state.rollup, state.base, state.panel) if p is not None}
        found |= {part.path for part in self.years.values()}
        return found | ({self.recent.path} if self.recent else set())

    def to_json(self) -> str:
        """As it lies on disk."""
        return json.dumps(asdict(self), ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, text: str) -> Manifest | None:
        """Back again; None for another layout, and for what is no whole manifest: the record has everything."""
        try:
            return cls._read(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    @classmethod
    def _read(cls, given: dict[str, Any]) -> Manifest | None:
        if given.get("layout") != LAYOUT:
            return None

        def part(value: dict[str, Any] | None) -> Part | None:
            return None if value is None else Part(**value)

        months = {}
        for key, state in given["months"].items():
            lines = part(state["lines"])
            if lines is None:
                return None
            months[int(key)] = MonthState(
                **{
                    **state,
                    "batches": tuple(state["batches"]),
                    "published": date.fromisoformat(state["published"]),
                    "taken_in": date.fromisoformat(state["taken_in"]),
                    "lines": lines,
                    **{name: part(state[name]) for name in ("rollup", "base", "panel")},
                }
            )
        years = {int(key): Part(**value) for key, value in given["years"].items()}
        return cls(**{**given, "months": months, "years": years, "recent": part(given["recent"])})


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest in force; None where nothing has been built, it is of another layout, or it cannot be read."""
    try:
        return Manifest.from_json((folder / "manifest.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def swap_manifest(folder: Path, manifest: Manifest) -> None:
    """Make ``manifest`` the one in force, then remove files that none of the last :data:`KEPT` names."""
    text = manifest.to_json()
    kept = folder / f"manifest.{manifest.number}.json"
    for path in (kept, folder / ".manifest.json"):
        with path.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    (folder / ".manifest.json").replace(folder / "manifest.json")
    _clean(folder, manifest)


def next_number(folder: Path) -> int:
    """A number greater than that of any manifest that ever stood here, whatever its layout."""
    return max((_number(path) for path in folder.glob("manifest.*.json")), default=0) + 1


def _number(path: Path) -> int:
    return int(path.name.split(".")[1])


def _clean(folder: Path, current: Manifest) -> None:
    """Remove what neither ``current`` nor the manifests before it name."""
    named = current.parts()
    kept = 1
    for path in sorted(folder.glob("manifest.*.json"), key=_number, reverse=True):
        if _number(path) == current.number:
            continue
        manifest = Manifest.from_json(path.read_text(encoding="utf-8", errors="replace")) if kept < KEPT else None
        if manifest is None:
            path.unlink(missing_ok=True)
        else:
            kept += 1
            named |= manifest.parts()
    for sub in folder.iterdir():
        if sub.is_dir():
            for file in sub.iterdir():
                if file.relative_to(folder).as_posix() not in named:
                    file.unlink(missing_ok=True)


@contextmanager
def refreshing(folder: Path) -> Iterator[None]:
    """Be the only process that refreshes; the system holds the lock and frees it when the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    busy = UserError(
        "working.busy",
        "另一个进程正在刷新汇总，已等待十分钟；请稍后再试，现有汇总没有改动。",
        "Another process has been refreshing the roll-ups for ten minutes; try again later. Nothing was changed.",
    )
    with held(folder / ".refreshing", PATIENCE, busy):
        yield

"""Whether what is computed from a dataset's record is there: roll-ups of its months, and what may be told of them.

An upgrade may raise the layout of roll-ups or the way months are protected. What was kept before then counts no longer:
questions fall back to the lines, and whoever has no clearance for firms is told nothing, until a refresh has been made.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from commercebrain.engine.disclosure.declared import declared_tables
from commercebrain.engine.disclosure.store import Protections, vintages
from commercebrain.engine.lake.records.schema import record_dataset, record_datasets
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.working.manifest import read_manifest
from commercebrain.engine.working.store import Working, refresh_dataset


@dataclass(frozen=True)
class Standing:
    """How many months of a dataset the record holds, of how many there are roll-ups of the vintage in force, and of how
    many every vintage is protected; None where the dataset needs none."""

    dataset: str
    months: int = 0
    rolled: int | None = None
    protected: int | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing has to be computed."""
        return self.rolled in (None, self.months) and self.protected in (None, self.months)


def standing(root: Path, code: str) -> Standing:
    """The standing of one dataset; looks at names of files only."""
    table = RecordTable(root, record_dataset(code))
    if not table.exists():
        return Standing(code)
    force: dict[int, list[str]] = {}
    for version in table.months():
        force.setdefault(version.month, []).append(version.batch)
    rolled = protected = None
    working = Working(root)
    if working.fits(table):
        manifest = read_manifest(working.folder(code))
        held = {} if manifest is None else {m: s.batches for m, s in manifest.months.items() if s.rollup is not None}
        rolled = sum(held.get(month) == tuple(batches) for month, batches in force.items())
    tables = declared_tables().get(code)
    if tables is not None and table.dataset.firm is not None:
        kept = Protections(root, tables)
        states = vintages(table.vintages())
        protected = sum(all(kept.path(month, one).exists() for one in states.get(month, ())) for month in force)
    return Standing(code, len(force), rolled, protected)


def standings(root: Path) -> list[Standing]:
    """The standing of every dataset that holds anything."""
    found = (standing(root, code) for code in record_datasets())
    return [one for one in found if one.months]


def bring_up(root: Path) -> tuple[int, int]:
    """Compute what is lacking, after an upgrade, an interrupted refresh or a restored backup. Returns how many datasets
    hold anything, and of how many something was lacking."""
    found = standings(root)
    due = [one.dataset for one in found if not one.whole]
    for code in due:
        refresh_dataset(root, code)
    return len(found), len(due)

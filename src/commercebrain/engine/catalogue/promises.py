"""The promises of plans held against the catalogue: which indicator measures each, and why none does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commercebrain.engine.catalogue.models import Unmatched
from commercebrain.engine.errors import UserError

if TYPE_CHECKING:
    from commercebrain.engine.catalogue.loader import Catalogue


@dataclass(frozen=True, slots=True)
class Promise:
    """A quantified promise: its ``id``, document, and the indicator's words, unit and region as they were read."""

    id: str
    doc: str
    name: str
    unit: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """What came of a promise: the ``code`` of its indicator, or ``argued`` (why none is certain), or neither, in which
    case nobody has looked at it. ``candidates`` are indicators for a person to choose from."""

    promise: Promise
    code: str | None
    argued: Unmatched | None
    candidates: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether it is neither matched nor argued."""
        return self.code is None and self.argued is None


def hold(promises: Iterable[Promise], catalogue: Catalogue) -> list[Held]:
    """Each promise with its indicator or the argument of ``unmatched.yaml``."""
    from commercebrain.engine.indicators.matching import match_indicator

    argued = {(one.doc, name): one for one in catalogue.unmatched.values() for name in (one.name, *one.also)}
    found: list[Held] = []
    for promise in promises:
        match = match_indicator(promise.name, promise.unit, promise.region, catalogue)
        why = None if match.code else argued.get((promise.doc, promise.name))
        found.append(Held(promise, match.code, why, match.candidates))
    return found


def from_lines(path: Path) -> Iterator[Promise]:
    """The promises in a file with one JSON object a line: ``id``, ``doc``, ``indicator``, ``unit``, ``region``.

    Raises :class:`UserError` (``targets.unreadable``) naming the line.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield Promise(str(row["id"]), row["doc"], row["indicator"], row.get("unit") or "", row.get("region"))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                "targets.unreadable",
                f"{path.name}第{number}行读不懂：每行应是一个 JSON 对象，含 id、doc、indicator、unit、region（{error}）。",
                f"{path.name}, line {number} cannot be read: each line should be a JSON object with id, doc, indicator, "
                f"unit and region ({error}).",
            ) from None


def from_plans(folder: Path) -> Iterator[Promise]:
    """The promises that the plan reader finds in the texts of ``folder``, in the order of the files."""
    from commercebrain.engine.plantext.findings import TargetFinding
    from commercebrain.engine.plantext.reader import read_plan

    for path in sorted(folder.glob("*.txt")):
        read = read_plan(path.read_text(encoding="utf-8"), path.name, ("target",))
        for number, one in enumerate((one for one in read if isinstance(one, TargetFinding)), 1):
            yield Promise(f"{path.name[:3]}-{number}", path.name, one.indicator or "", one.unit or "", one.region)

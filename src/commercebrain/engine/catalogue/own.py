"""What the product declares with what the bureau declares of its own: a file with the same code stands in the place of the
product's, so that a bureau sets its approval number, its firms, its fields and its days without a programmer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from commercebrain.engine.catalogue.loader import load_catalogue
from commercebrain.engine.catalogue.source import Fault

Kind = Literal["forms", "lists"]


def with_own(folder: Path, kind: Kind) -> tuple[Mapping[str, Any], tuple[Fault, ...]]:
    """Everything of a kind by its code, with what stands in ``folder/<kind>/*.yaml`` in the place of the product's, and the
    faults of these files.

    A faulty file is left out: the product's of that code stands. A file that was changed is read again.
    """
    own = folder / kind
    files = sorted(own.glob("*.yaml")) if own.is_dir() else []
    stats = [(str(file), file.stat()) for file in files]
    return _read(str(folder), kind, tuple((name, one.st_mtime_ns, one.st_size) for name, one in stats))


@lru_cache(maxsize=8)
def _read(
    folder: str, kind: Kind, stamps: tuple[tuple[str, int, int], ...]
) -> tuple[Mapping[str, Any], tuple[Fault, ...]]:
    shipped = getattr(load_catalogue(), kind)
    if not stamps:
        return shipped, ()
    mine = load_catalogue(Path(folder))
    faults = tuple(fault for fault in mine.check() if fault.file.startswith(f"{kind}/"))
    return {**shipped, **getattr(mine, kind)}, faults

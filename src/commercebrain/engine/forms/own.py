"""The forms of the product with those of the bureau: a file of its own with the same code stands in the place of the
product's, so that a bureau sets its approval number, its firms and its days without a programmer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from commercebrain.engine.catalogue import Fault, load_catalogue
from commercebrain.engine.forms.kinds import FormKind


def forms_with(folder: Path) -> tuple[Mapping[str, FormKind], tuple[Fault, ...]]:
    """Every form by its code, with those in ``folder/forms/*.yaml`` in the place of the product's, and the faults of these.

    A faulty file is left out: the product's form of that code stands. A file that was changed is read again.
    """
    own = folder / "forms"
    files = sorted(own.glob("*.yaml")) if own.is_dir() else []
    return _read(str(folder), tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@lru_cache(maxsize=4)
def _read(folder: str, stamps: tuple[tuple[str, int, int], ...]) -> tuple[Mapping[str, FormKind], tuple[Fault, ...]]:
    shipped = load_catalogue().forms
    if not stamps:
        return shipped, ()
    mine = load_catalogue(Path(folder))
    faults = tuple(fault for fault in mine.check() if fault.file.startswith("forms/"))
    return {**shipped, **mine.forms}, faults

"""What the product declares with what the bureau declares of its own: a file with the same code stands in the place of the
product's, so that a bureau sets its approval number, its firms, its fields and its days without a programmer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from commercebrain.engine.catalogue.loader import items_of, load_catalogue, shipped_documents
from commercebrain.engine.catalogue.source import Fault

Kind = Literal["authorities", "forms", "lists", "measures", "rankings", "rules", "templates"]
#: Kinds of which a bureau declares its own in one file (``measures.yaml``), not in a folder of files.
IN_ONE_FILE = ("authorities", "measures")


def with_own(folder: Path, kind: Kind) -> tuple[Mapping[str, Any], tuple[Fault, ...]]:
    """Everything of a kind by its code, with what stands in ``folder/<kind>/*.yaml`` (of authorities and measures in
    ``folder/<kind>.yaml``) in the place of the product's, and the faults of these files.

    A faulty file is left out: the product's of that code stands. A file that was changed is read again. Templates, also
    those of the product, offer the bureau's own measures beside the product's.
    """
    files = _files(folder, kind) + (_files(folder, "measures") if kind == "templates" else [])
    stats = [(str(file), file.stat()) for file in files]
    return _read(str(folder), kind, tuple((name, one.st_mtime_ns, one.st_size) for name, one in stats))


def _files(folder: Path, kind: Kind) -> list[Path]:
    if kind in IN_ONE_FILE:
        return [file for file in (folder / f"{kind}.yaml",) if file.is_file()]
    own = folder / kind
    return sorted(own.glob("*.yaml")) if own.is_dir() else []


@lru_cache(maxsize=12)
def _read(
    folder: str, kind: Kind, stamps: tuple[tuple[str, int, int], ...]
) -> tuple[Mapping[str, Any], tuple[Fault, ...]]:
    shipped = getattr(load_catalogue(), kind)
    if not stamps:
        return shipped, ()
    mine = load_catalogue(Path(folder))
    where = f"{kind}.yaml" if kind in IN_ONE_FILE else f"{kind}/"
    faults = tuple(fault for fault in mine.check() if fault.file.startswith(where))
    if kind == "templates" and mine.measures:
        shipped = _shipped_templates({**load_catalogue().measures, **mine.measures})
    return {**shipped, **getattr(mine, kind)}, faults


def _shipped_templates(measures: Mapping[str, Any]) -> dict[str, Any]:
    """The product's templates, whose choices of measures are all of ``measures``."""
    from commercebrain.engine.cases.kinds import Template

    read = [
        Template.model_validate(data, context={"measures": measures})
        for document in shipped_documents("templates")
        for _path, data in items_of(document.data, keyed=False)
    ]
    return {one.code: one for one in read}

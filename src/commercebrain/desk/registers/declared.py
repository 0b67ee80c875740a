"""Which registers there are: those of the product, and those that the bureau declared under ``CBRAIN_HOME/catalogue``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from commercebrain.desk.core.catalogue import catalogue
from commercebrain.engine.catalogue import Fault, Register, load_catalogue


def own_folder() -> Path:
    """The bureau's own catalogue; its ``registers/*.yaml`` stand beside the product's."""
    return Path(settings.HOME) / "catalogue"


def registers() -> Mapping[str, Register]:
    """Every declared register by its code. A file that was changed is read again; a faulty one is left out."""
    return _all()[0]


def faults() -> tuple[Fault, ...]:
    """What is wrong in the bureau's own files."""
    return _all()[1]


def register(code: str) -> Register | None:
    """The register of a code; none where no file declares it."""
    return registers().get(code)


def _all() -> tuple[Mapping[str, Register], tuple[Fault, ...]]:
    folder = own_folder() / "registers"
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    stamps = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    return _read(str(own_folder()), stamps)


@lru_cache(maxsize=4)
def _read(root: str, stamps: tuple[tuple[str, int, int], ...]) -> tuple[Mapping[str, Register], tuple[Fault, ...]]:
    shipped = catalogue().registers
    if not stamps:
        return shipped, ()
    own = load_catalogue(Path(root))
    doubles = sorted(set(own.registers) & set(shipped))
    told = [
        own.fault(
            f"register:{code}",
            f"登记册“{code}”产品中已有，请换一个代码。",
            f"The product declares a register “{code}” already; take another code.",
            "code",
        )
        for code in doubles
    ]
    mine = {code: one for code, one in own.registers.items() if code not in shipped}
    return {**shipped, **mine}, (*own.check(), *told)

"""Kernels compiled ahead, beside other work: ``kernels.txt`` names those that a fresh installation needs, with their types.

Compiling takes a minute or two of one core, once an installation. A preparation that has other things to do first lets a
process of its own do it meanwhile (:func:`beside`), so that most kernels are there when they are first called.
``python -m commercebrain.engine.compiling`` does it in the foreground; ``--write`` writes the list again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = "commercebrain.engine"
LIST = Path(__file__).with_name("kernels.txt")
#: The order in which a preparation first needs them, by the folder of their modules.
ORDER = ("working", "rollups", "disclosure", "exposure", "foresight", "rules")
HEAD = """\
# Kernels that are compiled ahead, in the order in which a preparation needs them: module below commercebrain.engine,
# function, types of its arguments as Numba writes them. A kernel that is missing here is compiled when it is first called.
# Written again with: NUMBA_CACHE_DIR=folder cbrain demo --prepare-only, with an empty folder and an empty CBRAIN_HOME, once more
# with CBRAIN_DEMO_SMALL=1 and another CBRAIN_HOME, then NUMBA_CACHE_DIR=folder python -m commercebrain.engine.compiling --write
"""


class Ahead(NamedTuple):
    """One kernel with the types that it is called with."""

    module: str
    function: str
    types: str

    def __str__(self) -> str:
        return f"{self.module} {self.function} {self.types}"

    def kernel(self) -> Any:
        """The kernel itself. Raises :class:`AttributeError` or :class:`ImportError` where there is none of that name."""
        return getattr(import_module(f"{PACKAGE}.{self.module}"), self.function)

    def compile(self) -> None:
        """Compile it, or find that its machine code is kept already."""
        from numba.core.sigutils import normalize_signature

        # Types, not their text: machine code is kept, and found, under what is given here.
        types, _result = normalize_signature(f"({self.types},)")  # type: ignore[no-untyped-call]
        self.kernel().compile(types)


def listed() -> list[Ahead]:
    """The kernels of ``kernels.txt``, in its order."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [Ahead(*line.split(" ", 2)) for line in lines if line and not line.startswith("#")]


def compile_ahead(going_on: Callable[[], bool] = lambda: True) -> int:
    """Compile what is listed as long as ``going_on``; how many are there now.

    A kernel that is not kept on disk (no folder can be written to) is left out: compiling it here would serve nobody.
    One that cannot be compiled so, because it has changed since, is left to its first call.
    """
    done = 0
    for one in listed():
        if not going_on():
            break
        with suppress(Exception):
            if one.kernel()._cache.cache_path is not None:
                one.compile()
                done += 1
    return done


@contextmanager
def beside() -> Iterator[None]:
    """Have the kernels compiled by another process during a ``with``; on a machine of one core nothing is begun."""
    if (os.cpu_count() or 1) < 2:
        yield
        return
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(
        [sys.executable, "-m", f"{PACKAGE}.compiling", "--of", str(os.getpid())],
        stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        child.kill()  # what it was about to keep is kept whole or not at all
        child.wait()


def compiled() -> list[Ahead]:
    """The kernels that this installation has compiled and that no other one of them calls, with their types."""
    from numba.core.dispatcher import Dispatcher

    kernels: list[tuple[str, Any]] = []
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        if "@kernel" in path.read_text(encoding="utf-8"):
            module = ".".join(path.relative_to(Path(__file__).parent).with_suffix("").parts)
            here = import_module(f"{PACKAGE}.{module}")
            kernels += [(module, one) for one in vars(here).values() if isinstance(one, Dispatcher)]
    inner = {
        called.py_func
        for _, one in kernels
        for name in one.py_func.__code__.co_names
        if isinstance(called := one.py_func.__globals__.get(name), Dispatcher)
    }
    found = {
        Ahead(module, one.py_func.__name__, ", ".join(map(_written, types)))
        for module, one in kernels
        if one.py_func not in inner and one.py_func.__module__ == f"{PACKAGE}.{module}"
        for types in one._cache.kept()
    }
    return sorted(found, key=lambda one: (ORDER.index(one.module.partition(".")[0]), one))


def _written(type_: Any) -> str:
    """A type as Numba reads it: ``float64[:, ::1]`` for an array without gaps, ``float64[:]`` for any."""
    from numba.core import types

    if not isinstance(type_, types.Array):
        return str(type_)
    every = [":"] * (type_.ndim - 1) + ["::1" if type_.layout == "C" else ":"]
    return f"{type_.dtype}[{', '.join(every)}]"


def main(words: list[str]) -> None:
    """The list written again, or its kernels compiled; with ``--of PID`` at the lowest priority, until that process ends."""
    if words[:1] == ["--write"]:
        found = compiled()
        LIST.write_text(HEAD + "".join(f"{one}\n" for one in found), encoding="utf-8")
        print(f"{len(found)} → {LIST}")
    elif words[:1] == ["--of"]:
        os.nice(10)
        compile_ahead(lambda: os.getppid() == int(words[1]))
    else:
        print(compile_ahead())


if __name__ == "__main__":
    main(sys.argv[1:])

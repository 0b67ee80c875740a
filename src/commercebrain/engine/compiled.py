"""How kernels are compiled: once an installation, kept on disk, without the interpreter's lock."""

from __future__ import annotations

import fcntl
import hashlib
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, overload

import numba
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.dispatcher import Dispatcher

R = TypeVar("R")


@overload
def kernel(function: Callable[..., R]) -> Callable[..., R]: ...
@overload
def kernel(
    *, error_model: str = ..., fastmath: bool | set[str] = ...
) -> Callable[[Callable[..., R]], Callable[..., R]]: ...
def kernel(function: Callable[..., R] | None = None, **options: Any) -> Any:
    """Compile ``function`` on its first call with each set of types; ``options`` are those of ``numba.njit``.

    The machine code is kept beside the module or, where that cannot be written to, in the user's cache folder
    (``NUMBA_CACHE_DIR`` overrides both); where neither can be written to, it is compiled again in each process.
    """
    if function is None:
        return partial(kernel, **options)
    compiled: Any = numba.njit(nogil=True, **options)(function)
    with suppress(RuntimeError):  # no folder to keep it in
        compiled._cache = _Cache(function)  # type: ignore[no-untyped-call]
    return compiled


class _Cache(FunctionCache):
    """Numba's cache on disk, kept by :class:`_Files`."""

    def load_overload(self, signature: Any, context: Any) -> Any:
        """The kept machine code for these types, None where there is none; asked before anything is compiled or kept.

        Only now are all functions that the kernel calls there to be looked at: when it is made, those further down in
        its module are not yet defined.
        """
        self._look()
        return super().load_overload(signature, context)  # type: ignore[no-untyped-call]

    def kept(self) -> list[tuple[Any, ...]]:
        """The types of arguments that machine code is kept for."""
        self._look()
        return [key[0] for key in self._cache_file._load_index()]  # type: ignore[no-untyped-call]

    def _look(self) -> None:
        if not isinstance(self._cache_file, _Files):
            self._cache_file = _Files(  # type: ignore[no-untyped-call]
                cache_path=self._cache_path,
                filename_base=self._impl.filename_base,
                source_stamp=(self._cache_file._source_stamp, _digest(self._py_func)),
            )


def _digest(function: Callable[..., Any]) -> str:
    """What the code of a function and of all compiled functions that it calls amounts to.

    Their code lies within its own, but numba looks at the function's own file only: a kernel changed in another module
    would live on in its callers.
    """
    seen: dict[str, str] = {}
    waiting: list[Any] = [function]
    while waiting:
        one = waiting.pop()
        code = one.__code__
        name = f"{one.__module__}.{one.__qualname__}"
        if name in seen:
            continue
        known = {each: one.__globals__[each] for each in code.co_names if each in one.__globals__}
        plain = {each: value for each, value in known.items() if isinstance(value, int | float | str)}
        seen[name] = f"{code.co_code.hex()} {code.co_consts} {code.co_names} {sorted(plain.items())}"
        waiting += [value.py_func for value in known.values() if isinstance(value, Dispatcher)]
    return hashlib.sha256(repr(sorted(seen.items())).encode()).hexdigest()


class _Files(IndexDataCacheFile):
    """Files of machine code that several processes may write at once.

    Numba numbers the files from one and writes the list of them before the code itself, so processes that start
    together can find the code of other types, or of an earlier version, under a name that the list gives. Here each has
    a name of its own for ever, is there before the list names it, and lists are written one after the other.
    """

    def save(self, key: Any, data: Any) -> None:
        """Keep the machine code ``data`` under ``key``."""
        with Path(f"{self._index_path}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            name = self._index_name.removesuffix("nbi") + f"{uuid.uuid4().hex}.nbc"
            self._save_data(name, data)  # type: ignore[no-untyped-call]
            known = {**self._load_index(), key: name}  # type: ignore[no-untyped-call]
            self._save_index(known)  # type: ignore[no-untyped-call]
            stem = self._index_name.removesuffix("nbi")
            for old in Path(self._cache_path).glob(f"{stem}*.nbc"):
                if old.name not in known.values():  # of an earlier version; who was about to read it compiles anew
                    old.unlink(missing_ok=True)

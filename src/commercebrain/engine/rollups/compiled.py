"""How kernels are compiled: once an installation, kept on disk, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numba

R = TypeVar("R")


def kernel(function: Callable[..., R]) -> Callable[..., R]:
    """Compile ``function`` on its first call with each set of types.

    The machine code is kept beside the module or, where that cannot be written to, in the user's cache folder
    (``NUMBA_CACHE_DIR`` overrides both); where neither can be written to, it is compiled again in each process.
    """
    try:
        compiled: Callable[..., R] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder to keep it in
        compiled = numba.njit(nogil=True)(function)
    return compiled

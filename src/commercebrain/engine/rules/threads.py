"""Shares of a pass side by side, each on a thread of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from typing import Final, TypeVar

from commercebrain.engine.rules.kernels import BLOCK

#: Fewer blocks than this are not worth a second thread.
_LEAST: Final = 8
_MOST: Final = 4
T = TypeVar("T")


def at_once(rows: int) -> int:
    """In how many shares a pass over so many rows goes."""
    return 1 if rows < _LEAST * BLOCK else _threads()


@lru_cache(maxsize=1)
def _threads() -> int:
    from commercebrain.engine.working.store import threads  # what it needs takes time to load

    return min(_MOST, threads())


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST, thread_name_prefix="rules")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not live on in a child


def side_by_side(share: Callable[[int], T], shares: int) -> list[T]:
    """What ``share`` says of each number; the first on the thread of the caller."""
    others = [_pool().submit(share, number) for number in range(1, shares)]
    try:
        first = share(0)
    finally:
        wait(others)
    return [first, *(one.result() for one in others)]

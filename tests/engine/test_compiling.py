"""What is compiled ahead is what the program calls, and the process that does it ends with who began it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import types
from numba.core.caching import NullCache
from numba.core.sigutils import normalize_signature

from commercebrain.engine import compiling
from commercebrain.engine.compiling import ORDER, beside, compile_ahead, listed

SMALL = "exposure.kernels add_to uint32[::1], int64[::1], int64[::1]"


def read(text: str) -> tuple[Any, ...]:
    found, _result = normalize_signature(f"({text},)")  # type: ignore[no-untyped-call]
    return tuple(found)


def test_every_kernel_of_the_list_is_there_and_takes_as_many_arguments() -> None:
    assert len(listed()) > 20
    for one in listed():
        expected = inspect.signature(one.kernel().py_func).parameters
        assert len(read(one.types)) == len(expected), f"{one.module}.{one.function}: write the list again"


def test_the_list_stands_in_the_order_in_which_a_preparation_calls() -> None:
    folders = [one.module.partition(".")[0] for one in listed()]
    assert folders == sorted(folders, key=ORDER.index) and len(set(listed())) == len(listed())


scalars = st.sampled_from([types.int64, types.uint8, types.int32, types.float64, types.boolean, types.uint64])
arrays = st.builds(types.Array, scalars, st.integers(1, 3), st.sampled_from("CA"))


@given(st.lists(scalars | arrays, min_size=1, max_size=5))
def test_what_is_written_of_types_is_read_as_the_same_types(given_: list[Any]) -> None:
    assert read(", ".join(map(compiling._written, given_))) == tuple(given_)


def test_a_line_that_fits_no_kernel_any_more_is_left_to_the_first_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["# a remark", "exposure.kernels gone int64", "gone.kernels add_to int64", SMALL]
    lines += ["exposure.kernels add_to int64", "exposure.kernels add_to nothing[::1]", ""]
    monkeypatch.setattr(compiling, "LIST", tmp_path / "kernels.txt")
    compiling.LIST.write_text("\n".join(lines))
    assert compile_ahead() == 1
    assert compile_ahead(lambda: False) == 0


def test_where_machine_code_cannot_be_kept_nothing_is_compiled_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in listed():
        monkeypatch.setattr(one.kernel(), "_cache", NullCache())
    assert compile_ahead() == 0


def began(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    found: list[subprocess.Popen[bytes]] = []
    begin = subprocess.Popen

    def noted(*words: Any, **more: Any) -> subprocess.Popen[bytes]:
        found.append(begin(*words, **more))
        return found[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    return found


def test_the_process_ends_with_what_it_was_begun_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    children = began(monkeypatch)
    with pytest.raises(ZeroDivisionError), beside():
        (child,) = children
        assert child.poll() is None
        raise ZeroDivisionError
    assert child.poll() is not None


def test_on_one_core_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    children = began(monkeypatch)
    with beside():
        assert children == []


def test_when_who_began_it_was_killed_it_begins_no_further_kernel(tmp_path: Path) -> None:
    somebody_else = os.getppid()
    subprocess.run(
        [sys.executable, "-m", "commercebrain.engine.compiling", "--of", str(somebody_else)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}, check=True, timeout=60,
    )  # fmt: skip
    assert list(tmp_path.rglob("*.nbc")) == []

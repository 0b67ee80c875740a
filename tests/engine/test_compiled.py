"""Compiled code is kept between processes, and never outlives what it was compiled from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

INNER = """
from commercebrain.engine.compiled import kernel
FACTOR = {factor}
@kernel
def inner(x):
    return x * FACTOR + {add}
"""
OUTER = """
from commercebrain.engine.compiled import kernel
from inner import inner
@kernel
def outer(x):
    return inner(x)
if __name__ == "outer":
    print(outer(2.0), sum(outer.stats.cache_hits.values()))
"""


def _run(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-B", "-c", "import outer"], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_kernel_is_compiled_anew_when_one_that_it_calls_in_another_module_has_changed(tmp_path: Path) -> None:
    (tmp_path / "outer.py").write_text(OUTER)
    (tmp_path / "inner.py").write_text(INNER.format(factor=3.0, add=1.0))
    assert _run(tmp_path) == "7.0 0"
    assert _run(tmp_path) == "7.0 1"
    (tmp_path / "inner.py").write_text(INNER.format(factor=3.0, add=2.0))
    assert _run(tmp_path) == "8.0 0"
    (tmp_path / "inner.py").write_text(INNER.format(factor=5.0, add=2.0))
    assert _run(tmp_path) == "12.0 0"


@pytest.mark.slow
def test_also_when_it_is_called_by_a_kernel_that_is_defined_further_down(tmp_path: Path) -> None:
    (tmp_path / "outer.py").write_text(
        """
from commercebrain.engine.compiled import kernel
from inner import inner
@kernel
def outer(x):
    return middle(x)
@kernel
def middle(x):
    return inner(x)
if __name__ == "outer":
    print(outer(2.0), sum(outer.stats.cache_hits.values()))
"""
    )
    (tmp_path / "inner.py").write_text(INNER.format(factor=3.0, add=1.0))
    assert _run(tmp_path) == "7.0 0"
    assert _run(tmp_path) == "7.0 1"
    (tmp_path / "inner.py").write_text(INNER.format(factor=5.0, add=1.0))
    assert _run(tmp_path) == "11.0 0"

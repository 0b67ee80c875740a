"""What is compiled while a demonstration begins is what it computes with later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.operations.installations import cbrain, environment


def kept(folder: Path) -> list[str]:
    """The names of the kernels that machine code is kept of, one for each set of types."""
    return sorted(path.name.partition("-")[0] for path in folder.rglob("*.nbc"))


@pytest.mark.slow
def test_a_demonstration_compiles_nothing_that_is_not_listed_and_the_list_is_as_written(tmp_path: Path) -> None:
    home, own = tmp_path / "home", {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")}

    def python(*words: str) -> None:
        subprocess.run([sys.executable, *words], env=environment(home, **own), check=True, capture_output=True)

    python("-m", "commercebrain.engine.compiling")
    ahead = kept(tmp_path / "kernels")
    python("-c", "from commercebrain.engine.compiling import compiled, listed; assert compiled() == listed()")
    cbrain(home, "demo", "--prepare-only", **own)
    assert kept(tmp_path / "kernels") == ahead

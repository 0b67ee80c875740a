"""What the how-to page tells people to type into Python works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = Path(__file__).parents[3] / "docs/how-to/see-what-comes-next.md"


def test_the_python_of_the_page_runs_on_a_file_of_two_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) == 2
    months = np.arange(66)
    calm = 80 * 1.005**months * (1 + 0.1 * np.sin(months * np.pi / 6))
    fallen = np.where(months >= 63, 0.5, 1.0) * calm
    np.savetxt(tmp_path / "exports.csv", np.stack([calm, fallen]), delimiter=",")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    ahead, slow = names["ahead"], names["slow"]
    assert ahead.months == tuple(range(202507, 202513))  # type: ignore[attr-defined]
    assert (ahead.low80 < ahead.point).all() and (ahead.point < ahead.high80).all()  # type: ignore[attr-defined]
    assert list(slow.kind) == ["", "drop"]  # type: ignore[attr-defined]

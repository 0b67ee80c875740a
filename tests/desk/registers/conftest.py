"""A bureau's own register of ten lines, in its own folder, as the guide shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.real import browse  # noqa: F401 - fixture

from commercebrain.desk.registers.actions import apply_declarations
from commercebrain.desk.registers.declared import register
from commercebrain.engine.catalogue import Register

TEN_LINES = """\
code: night_market
name: {zh: 夜间经济集聚区, en: Night-time economy areas}
source: {doc: 000_ef1ba93025f3a1e3.txt, quote: 打造夜间经济示范街和地标型夜市}
fields:
  - {code: name, name: {zh: 名称, en: Name}, required: true}
  - {code: kind, name: {zh: 类型, en: Kind}, type: choice, choices: {street: {zh: 示范街, en: street}, market: {zh: 夜市, en: market}}, filter: true}
  - {code: county, name: {zh: 所在区县, en: County}, type: region, filter: true, sort: true}
  - {code: stalls, name: {zh: 摊位数, en: Stalls}, type: integer, unit: 个, min: 0, filter: true, sort: true}
  - {code: opened, name: {zh: 开街日期, en: Opened}, type: date, filter: true, sort: true}
  - {code: phone, name: {zh: 联系电话, en: Telephone}, type: phone}
"""


@pytest.fixture
def declare(settings: Any, tmp_path: Path) -> Any:
    """Writes a register into the bureau's own catalogue and applies it; ``apply=False`` leaves the database alone."""
    settings.HOME = tmp_path
    folder = tmp_path / "catalogue" / "registers"
    folder.mkdir(parents=True)

    def write(text: str, name: str = "own.yaml", *, apply: bool = True) -> Register | None:
        (folder / name).write_text(text, encoding="utf-8")
        if apply:
            apply_declarations()
        code = next(line for line in text.splitlines() if line.startswith("code:")).split()[1]
        return register(code)

    return write


@pytest.fixture
def night_market(declare: Any, db: None) -> Register:
    """The register of ten lines."""
    made = declare(TEN_LINES)
    assert made is not None
    return made

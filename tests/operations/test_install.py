"""An installation is brought up to the version that runs, and nothing is made again that is there."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commercebrain.engine.disclosure import store as protection
from commercebrain.engine.disclosure.standing import standing
from commercebrain.engine.lake import Lake
from commercebrain.engine.working import manifest
from commercebrain.engine.working import store as working
from commercebrain.operations import doctor, install
from tests.engine.disclosure.small_city import CODE, ask, draw, rows, take_in

MONTHS = (202401, 202402)


@pytest.fixture
def city(settings: Any, tmp_path: Path) -> Path:
    settings.LAKE_ROOT = tmp_path
    Lake.create(tmp_path)
    take_in(tmp_path, draw(1, MONTHS), date(2025, 5, 1))
    return tmp_path


@pytest.mark.parametrize(("module", "name"), [(manifest, "LAYOUT"), (protection, "METHOD")])
def test_what_a_new_version_computes_otherwise_is_told_by_the_doctor_and_made_by_an_installation(
    city: Path, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    assert standing(city, CODE).whole and doctor._records().verdict == "ok"
    monkeypatch.setattr(module, name, getattr(module, name) + 1)
    if name == "LAYOUT":  # the default of new manifests is that of the version that runs
        monkeypatch.setattr(working, "Manifest", lambda code: manifest.Manifest(code, layout=manifest.LAYOUT))
    behind = standing(city, CODE)
    assert (behind.rolled, behind.protected) == ((0, 2) if name == "LAYOUT" else (2, 0))
    found = doctor._records()
    assert found.verdict == "missing" and "0/2" in found.zh and "cbrain install" in found.mend_en
    if name == "METHOD":
        withheld = ask(city, code="customs_export_value", by=("county",), last="2024-02")
        assert withheld is not None and all(row["reason"] == "suppressed" for row in rows(withheld))
    assert install._records() == "1 (+1)"
    assert standing(city, CODE).whole and doctor._records().verdict == "ok"
    told = ask(city, code="customs_export_value", by=("county",), last="2024-02")
    assert told is not None and not all(row["reason"] == "suppressed" for row in rows(told))


def test_an_installation_that_is_up_to_date_computes_nothing(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("nothing is due")

    monkeypatch.setattr(working, "refresh_dataset", never)
    assert install._records() == "1 (+0)"


def test_an_installation_without_records_has_nothing_to_bring_up(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_ROOT = tmp_path
    Lake.create(tmp_path)
    assert install._records() == "0 (+0)" and doctor._records().verdict == "ok"

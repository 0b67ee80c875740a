"""A question that names what does not exist gets a sentence with the nearest that does, never a zero."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.reach import ALL, Reach
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.sources import Sources
from commercebrain.engine.indicators.store import Rows
from commercebrain.engine.indicators.table import FigureTable
from commercebrain.engine.indicators.tables import table


def ask(home: Path, code: str = "customs_export_value", region: str = "990100", **more: Any) -> FigureTable:
    asked = Request(code, region, "2024-01", "2024-02", as_of=date(2024, 6, 30), **more)
    return table(Sources(Rows([]), home), load_catalogue(), asked, reach=Reach(ALL, "confidential"))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"country": ("XXX",)}, "“country” has no value “XXX”."),
        ({"country": ("USB",)}, "did you mean “"),
        ({"country": ("美国",)}, "did you mean “USA”?"),
        ({"mode": ("0110", "9999")}, "“mode” has no value “9999”"),
        ({"flow": ("exports",)}, "did you mean “export”?"),
        ({"hs2": ("8703",)}, "it must have 2 digits"),
        ({"hs10": ("87",)}, "it must have 8 or 10 digits"),
        ({"uscc": ("91",)}, "18 characters"),
        ({"county": ("zzz",)}, "no region with the code “zzz”"),
        ({"region": ("98",)}, "no region with the code “98”"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_the_nearest(tmp_path: Path, where: Any, said: str) -> None:
    with pytest.raises(UserError) as fault:
        ask(tmp_path, where=where)
    assert fault.value.code in ("table.unknown_value", "region.unknown") and said in fault.value.en, fault.value.en


def test_values_that_can_be_are_answered(tmp_path: Path) -> None:
    where = {
        "country": ("USA",),
        "mode": ("0110",),
        "hs2": ("87",),
        "county": ("990101", "990199"),
        "flow": ("export",),
    }
    assert ask(tmp_path, where=where).columns["reason"].tolist() == ["month_missing"] * 2
    for region in ("100000", "330000", "330200", "330283", "990100"):
        assert len(ask(tmp_path, region=region)) == 2


@pytest.mark.parametrize(
    ("region", "said"), [("zzz", "“zzz”"), ("999900\r\nX: y", "no region"), ("Example City", "“990100”"), ("003300", "no region")]
)  # fmt: skip
def test_a_region_that_cannot_be_is_told(tmp_path: Path, region: str, said: str) -> None:
    with pytest.raises(UserError) as fault:
        ask(tmp_path, region=region)
    assert fault.value.code == "region.unknown" and said in fault.value.en


def test_a_calibre_that_records_or_figures_do_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as fault:
        ask(tmp_path, calibre="nosuch")
    assert fault.value.code == "table.no_calibre"
    with pytest.raises(UserError) as fault:
        ask(tmp_path, "export_value", "330200", calibre="above_quotas")
    assert fault.value.code == "table.unknown_calibre" and "did you mean “above_quota”?" in fault.value.en
    assert len(ask(tmp_path, "export_value", "330200", calibre="above_quota")) >= 1

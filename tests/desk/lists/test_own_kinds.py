"""A bureau's own kinds of lists are read from its home, as its forms are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import commercebrain
from commercebrain.desk.lists.kinds import kind, kinds
from commercebrain.engine.catalogue.own import with_own

SHIPPED = Path(commercebrain.__file__).parent / "catalogue" / "lists" / "tariff_list.yaml"


def test_a_kind_of_the_bureau_stands_in_the_place_of_the_products(tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path
    before = set(kinds())
    own = tmp_path / "catalogue" / "lists"
    own.mkdir(parents=True)
    text = SHIPPED.read_text(encoding="utf-8")
    (own / "tariff_list.yaml").write_text(text.replace("share: 0.05", "share: 0.1"), encoding="utf-8")
    (own / "more.yaml").write_text(text.replace("code: tariff_list", "code: more"), encoding="utf-8")
    changed, more = kind("tariff_list"), kind("more")
    assert changed is not None and float(changed.newly_hit.share) == 0.1
    assert more is not None and set(kinds()) == {*before, "more"}
    assert with_own(tmp_path / "catalogue", "lists")[1] == ()


def test_a_faulty_kind_is_told_and_the_products_stands(tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path
    own = tmp_path / "catalogue" / "lists"
    own.mkdir(parents=True)
    text = SHIPPED.read_text(encoding="utf-8")
    (own / "tariff_list.yaml").write_text(text.replace("subject: product", "subject: nobody"), encoding="utf-8")
    kept = kind("tariff_list")
    assert kept is not None and kept.subject == "product"
    faults = with_own(tmp_path / "catalogue", "lists")[1]
    assert faults and faults[0].file.startswith("lists/")

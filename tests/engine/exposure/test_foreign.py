"""What firms have confirmed of their codes abroad, as exposure takes it."""

from __future__ import annotations

from tests.engine.exposure.city import base_of, row

from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.exposure.compute import exposure
from commercebrain.engine.exposure.foreign import ForeignCode, confirmed_by

ROWS = [row("8471300100", rate=25.0, nomenclature="USHTS")]


def code(uscc: str, abroad: str, product: str = "8471300000", nomenclature: str = "USHTS") -> ForeignCode:
    return ForeignCode(uscc, product, "USA", nomenclature, abroad)


def test_what_a_firm_confirmed_counts_and_what_it_did_not_stays_in_the_upper_bound() -> None:
    base = base_of()
    told = confirmed_by(ROWS, base, [code("A", "8471300100"), code("B", "8471300200")])
    found = exposure(ROWS, base, groups=load_catalogue().groups, confirmed=told)
    assert told == {("A", "8471300100"), ("B", "8471300200")}
    assert (found.totals.value, found.totals.confirmed) == (1300, 1000)


def test_codes_of_another_nomenclature_or_of_firms_elsewhere_are_nobody_s_word_on_the_list() -> None:
    assert confirmed_by(ROWS, base_of(), []) is None
    assert (
        confirmed_by(ROWS, base_of(), [code("A", "8471300100", nomenclature="EUCN"), code("Z", "8471300100")]) is None
    )
    assert confirmed_by([row("847130")], base_of(), [code("A", "8471300100")]) is None


def test_a_code_with_other_six_digits_than_the_product_confirms_nothing() -> None:
    told = confirmed_by(ROWS, base_of(), [code("A", "8471300100", product="8501101000")])
    found = exposure(ROWS, base_of(), groups=load_catalogue().groups, confirmed=told)
    assert told is not None and found.totals.confirmed == 0

"""The list of transforms is complete, each has its rule, and the page of the docs is what the list says."""

from __future__ import annotations

from datetime import date

import pytest
from tests.engine.indicators.conftest import make_indicator

from commercebrain.engine.errors import UserError
from commercebrain.engine.indicators.request import OPTIONS, Request
from commercebrain.engine.indicators.table import FLAGS, REASONS
from commercebrain.engine.indicators.transforms import TRANSFORMS, plan, transform
from commercebrain.engine.indicators.transforms.compile import stages
from commercebrain.engine.indicators.transforms.observed_cells import FOLDED
from commercebrain.engine.indicators.transforms.plan import RULES
from commercebrain.engine.indicators.transforms.reference import OPTION_WORDS, PAGE, page
from commercebrain.engine.observations import FLAGS as PUBLISHED_FLAGS

PROMISED = (
    "level mom yoy ytd ytd_yoy comparable two_year_avg share contribution pull hhi crn diffusion rank moving_avg "
    "index real convert seasonal"
)


def test_every_promised_transform_is_there_and_has_a_rule() -> None:
    assert set(TRANSFORMS) == set(PROMISED.split()) == set(RULES)


def test_the_page_of_transforms_is_what_the_registry_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run python -m commercebrain.engine.indicators.transforms.reference"
    )


def test_every_option_is_explained_and_taken_by_a_transform_or_by_all() -> None:
    assert set(OPTION_WORDS) == set(OPTIONS)
    taken = {name for one in TRANSFORMS.values() for name in one.options}
    assert set(OPTIONS) - taken == {"frequency", "small_base"}
    assert all(set(one.required) <= set(one.options) for one in TRANSFORMS.values())


def test_every_reason_and_flag_that_can_be_given_has_words() -> None:
    given = {code for rule in RULES.values() for _, code in rule.reasons}
    assert given <= set(REASONS)
    assert set(PUBLISHED_FLAGS) <= set(FLAGS)


@pytest.mark.parametrize("code", TRANSFORMS)
def test_what_a_transform_says_it_reads_before_is_what_it_reads(code: str) -> None:
    one = transform(code)
    options = {"base": "2024-06", "prices": "p", "currency": "USD", "rates": "r"}
    asked = Request(
        "trade_value",
        "990100",
        "2024-06",
        "2024-06",
        by=("county",) if one.dimension == "part" else (),
        transform=code,
        options={name: options[name] for name in one.required},
    )
    made = plan(asked, make_indicator("trade_value"), today=date(2025, 8, 1))
    reached = (202406 // 100 - made.first // 100) * 12 + 6 - made.first % 100
    # A running total reads back to January only: as said, at most.
    exact = code not in ("ytd", "ytd_yoy", "mom")
    assert reached == one.months_before if exact else reached <= one.months_before
    assert made.last == 202406
    assert stages(made)[-1][0] == ""
    assert one.dimension == "fold" or code not in FOLDED


def test_a_transform_that_makes_no_sense_is_refused_with_a_sentence() -> None:
    rank = make_indicator("place_in_nation", unit="位", kind="rank", adds={"time": "none", "place": "none"})
    stock = make_indicator("hospitals", unit="家", kind="stock", adds={"time": "last", "place": "sum"})
    for indicator, code in ((rank, "yoy"), (stock, "ytd"), (stock, "moving_avg")):
        with pytest.raises(UserError) as caught:
            plan(Request(indicator.code, "330200", "2024", "2024", transform=code), indicator, today=date(2025, 8, 1))
        assert caught.value.code == "transform.unsuited"

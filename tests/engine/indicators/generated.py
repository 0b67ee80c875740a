"""Definitions and questions that nobody wrote: any condition, any measure, any transform, over months that are missing,
bases of zero and months that were restated."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st
from tests.engine.indicators import city, suite

from commercebrain.engine.catalogue import Catalogue, load_catalogue
from commercebrain.engine.catalogue.models import Indicator
from commercebrain.engine.indicators.request import Request
from commercebrain.engine.indicators.transforms import TRANSFORMS

#: Measure → unit, whether it adds up.
MEASURES = {
    "sum(value_cny)": ("元", True),
    "sum(value_usd)": ("美元", True),
    "sum(quantity)": ("个", True),
    "count()": ("条", True),
    "count_distinct(uscc)": ("家", False),
}


def _quoted(values: list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _several(column: str, values: list[str]) -> st.SearchStrategy[str]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=4, unique=True)
    return st.one_of(
        st.sampled_from(values).map(lambda value: f"{column} == '{value}'"),
        st.sampled_from(values).map(lambda value: f"{column} != '{value}'"),
        chosen.map(lambda some: f"{column} in ({_quoted(some)})"),
        chosen.map(lambda some: f"{column} not in ({_quoted(some)})"),
    )


_ATOMS = st.one_of(
    _several("flow", ["export", "import"]),
    _several("country", city.COUNTRIES),
    _several("mode", city.MODES),
    _several("county", city.COUNTIES),
    _several("hs2", sorted({code[:2] for code in city.PRODUCTS})),
    _several("hs6", sorted({code[:6] for code in city.PRODUCTS})),
    st.sampled_from([code[:4] for code in city.PRODUCTS]).map(lambda start: f"hs10 startswith '{start}'"),
    st.sampled_from(["asean", "eu27", "belt_road", "rcep"]).map(lambda name: f"country in group('{name}')"),
    st.sampled_from(["textiles", "new_three", "mech_electrical"]).map(lambda name: f"hs10 in group('{name}')"),
    st.integers(0, 3_000_000).map(lambda number: f"value_cny >= {number}"),
)
CONDITIONS: st.SearchStrategy[str] = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} and {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} or {two[1]})"),
    ),
    max_leaves=4,
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Catalogue, Request]:
    """A catalogue of one generated indicator (a ratio of two, now and then) and a question to it."""
    shipped = load_catalogue()
    named = ("asean", "eu27", "belt_road", "rcep", "textiles", "new_three", "mech_electrical")
    measure = draw(st.sampled_from(sorted(MEASURES)))
    unit, additive = MEASURES[measure]
    parts = [_indicator("made", measure, draw(CONDITIONS), unit, additive)]
    if draw(st.integers(0, 3)) == 0:
        parts.append(_indicator("beside", measure, draw(CONDITIONS), unit, additive))
        parts.append(_indicator("ratio", "", "", "%", False, formula="made / beside"))
    catalogue = Catalogue(
        indicators={one.code: one for one in parts},
        records=shipped.records,
        groups={name: shipped.groups[name] for name in named if name in shipped.groups},
        codes=shipped.codes,
    )
    one = parts[-1]
    able = [code for code in TRANSFORMS if code not in suite.BESIDE and TRANSFORMS[code].takes(one)]
    transform = draw(st.sampled_from(able))
    by = draw(st.sampled_from([*suite.BREAKDOWNS, "hs4", "country,mode", "region"]))
    period = draw(
        st.sampled_from(
            ["2023-06:2023-10", "2023-11:2024-02", "2024-01..04", "2023-Q3", "2023", "2024-01:2024-03", "2022-01"]
        )
    )
    asked = suite.request(one, transform, by, period)
    as_of = draw(st.sampled_from([suite.TODAY, date(2024, 2, 20), date(2023, 12, 20)]))
    keep: dict[str, Any] = draw(st.sampled_from([{}, {}, {"country": ("USA", "DEU")}, {"flow": ("export",)}]))
    options = {**asked.options, "single_months": "1"} if draw(st.booleans()) else dict(asked.options)
    return catalogue, asked.with_(as_of=as_of, where=keep, options=options)


def _indicator(code: str, measure: str, where: str, unit: str, additive: bool, formula: str = "") -> Indicator:
    told: dict[str, Any] = {
        "code": code,
        "name": {"zh": code, "en": code},
        "definition": {"zh": code, "en": code},
        "unit": unit,
        "kind": "ratio" if formula else "annual_flow",
        "adds": {"time": "sum" if additive and not formula else "none", "place": "sum" if additive else "none"},
        "better": "higher",
        "area": "trade",
        "source": [{"doc": "generated"}],
    }
    if formula:
        return Indicator.model_validate(told | {"formula": formula})
    return Indicator.model_validate(told | {"dataset": "declaration_lines", "measure": measure, "where": where})

"""Conditions and rows made at random, for the property tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from commercebrain.engine.catalogue.models import Words
from commercebrain.engine.expressions import Function, Type, Vocabulary

LEVEL = Type("choice", choices={c: Words(zh=c * 2, en=c.upper()) for c in "xyz"}, ordered=True)
VOCABULARY = Vocabulary(
    {
        "a": Type("number"),
        "b": Type("number"),
        "c": Type("number", "美元"),
        "d": Type("number", "万美元"),
        "level": LEVEL,
        "word": Type("text"),
        "since": Type("day"),
        "flag": Type("truth"),
        "ticks": Type("ticks", choices=LEVEL.choices),
    },
    {"list": Function(("text",), Type("truth"))},
)
NUMBERS = ("0", "1", "2", "3", "0.1", "0.3", "1.1", "7", "100", "12", "0.000001", "999999999")


def _sums(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(names) | st.sampled_from(NUMBERS)
    return st.recursive(
        leaf,
        lambda inner: (
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
            | inner.map(lambda one: f"-{one}")
        ),
        max_leaves=4,
    )


def conditions() -> st.SearchStrategy[str]:
    """Sound conditions over :data:`VOCABULARY`."""
    compare = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    plain = st.tuples(_sums(("a", "b")), compare, _sums(("a", "b"))).map(" ".join)
    money = st.tuples(st.sampled_from(("c", "d", "c * a", "d / 12", "20 * d / 3")), compare,
                      st.sampled_from(("d", "c", "3 * c"))).map(" ".join)  # fmt: skip
    bare = st.tuples(st.sampled_from(("c", "d", "2 * d")), compare, st.sampled_from(NUMBERS)).map(" ".join)
    level = st.tuples(compare, st.sampled_from(("x", "yy", "Z"))).map(lambda t: f"level {t[0]} '{t[1]}'")
    others = st.sampled_from(
        (
            "flag", "not flag", "list('k')", "known(a)", "not known(ticks)", "known(since)", "word in ('u', 'v')",
            "word not in ('u')", "word == 'u'", "level in ('x', 'zz')", "'y' in ticks", "'xx' not in ticks",
            "since >= 2025-01-31", "since in (2025-01-01)", "a in (1, 2.5)", "b in (-1, 0)", "level != 'x'",
        )
    )  # fmt: skip
    return st.recursive(
        plain | money | bare | level | others,
        lambda inner: (
            st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})")
            | inner.map(lambda one: f"not ({one})")
        ),
        max_leaves=5,
    )


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few subjects: every value may be missing."""
    number = st.none() | st.integers(-1000, 10**9) | st.sampled_from([Decimal(n) for n in NUMBERS])
    number = number | st.decimals(-(10**6), 10**6, places=3, allow_nan=False)
    row = st.fixed_dictionaries(
        {
            **dict.fromkeys("abcd", number),
            "level": st.sampled_from((None, "x", "y", "z", "yy")),
            "word": st.sampled_from((None, "u", "v", "w", "")),
            "since": st.sampled_from((None, "2025-01-01", "2025-01-31", "2026-02-01")),
            "flag": st.sampled_from((None, True, False)),
            "ticks": st.sampled_from((None, (), ("x",), ("x", "y"))),
            "list('k')": st.sampled_from((None, True, False)),
        }
    )
    return st.lists(row, min_size=1, max_size=5)

"""What is kept summed: the tables, their dimensions, and from what each is made."""

from __future__ import annotations

from dataclasses import dataclass

#: Measures of the monthly tables, in the order in which they stand in a cell. Quantities count thousandths.
MEASURES: tuple[str, ...] = ("quantity", "value_cny", "value_usd", "lines")
#: Tables by month made from the finest grain: name → dimensions beside month and flow.
FROM_GRAIN: dict[str, tuple[str, ...]] = {
    "county_hs2_country": ("county", "hs2", "country"),
    "county_hs6": ("county", "hs6"),
    "county_mode": ("county", "mode"),
    "country_mode": ("country", "mode"),
    "hs2_mode": ("hs2", "mode"),
}
#: Tables by month made from another table: name → (from, dimensions).
FROM_TABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "county_country": ("county_hs2_country", ("county", "country")),
    "county_hs2": ("county_hs2_country", ("county", "hs2")),
    "country_hs2": ("county_hs2_country", ("country", "hs2")),
    "county_hs4": ("county_hs6", ("county", "hs4")),
    "hs6": ("county_hs6", ("hs6",)),
    "hs4": ("county_hs4", ("hs4",)),
    "country": ("county_country", ("country",)),
    "county": ("county_country", ("county",)),
    "hs2": ("county_hs2", ("hs2",)),
    "mode": ("county_mode", ("mode",)),
    "total": ("county", ()),
}
#: A cube of more cells than this is summed by sorting instead of in one dense block of memory (32 bytes a cell).
DENSE_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class RollupTable:
    """A table that questions may read: ``dims`` begin with ``month`` or ``year``; ``rows`` of all partitions."""

    name: str
    dims: tuple[str, ...]
    measures: tuple[str, ...]
    rows: int


#: Every table: name → (dimensions, measures).
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **{name: (("month", "flow", *dims), MEASURES) for name, dims in FROM_GRAIN.items()},
    **{name: (("month", "flow", *dims), MEASURES) for name, (_, dims) in FROM_TABLE.items()},
    "firm": (("month", "flow", "uscc"), (*MEASURES, "countries")),
    "grain": (("month", "flow", "uscc", "hs10", "country", "mode", "county"), MEASURES),
    "firm_hs2_year": (("year", "flow", "uscc", "hs2"), ("value_cny", "value_usd", "lines")),
    "exposure_year": (("year", "flow", "uscc", "hs10", "country"), ("value_cny", "value_usd")),
}
#: The same, in the last twelve months known and in the twelve before (value_cny).
RECENT = "exposure_recent"
#: Among the firms of what concentration is kept, by year and flow.
CONCENTRATIONS: tuple[str, ...] = ("total", "county", "country", "hs2")
#: The columns of the panel, in order; see :mod:`commercebrain.engine.rollups.panel`.
PANEL: tuple[str, ...] = (
    "value",
    "previous_month",
    "year_before",
    "sum3",
    "sum3_before",
    "sum12",
    "sum12_before",
    "ytd",
    "ytd_before",
    "highest36",
    "mean24",
    "deviation24",
    "zeros6",
    "countries",
    "countries_before",
)

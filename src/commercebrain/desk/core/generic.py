"""The list page and the detail page of the product, under one name; each lives in a module of its own."""

from __future__ import annotations

from commercebrain.desk.core.bulk import BulkAction, Outcome
from commercebrain.desk.core.columns import Column
from commercebrain.desk.core.details import DetailPage, Field, Panel
from commercebrain.desk.core.filters import (
    Choices,
    DateRange,
    Filter,
    NumberRange,
    RegionFilter,
    UnitFilter,
    Words,
    YesNo,
)
from commercebrain.desk.core.lists import ListPage
from commercebrain.desk.core.page import Page
from commercebrain.desk.core.tabs import ListTab, Tab

__all__ = [
    "BulkAction",
    "Choices",
    "Column",
    "DateRange",
    "DetailPage",
    "Field",
    "Filter",
    "ListPage",
    "ListTab",
    "NumberRange",
    "Outcome",
    "Page",
    "Panel",
    "RegionFilter",
    "Tab",
    "UnitFilter",
    "Words",
    "YesNo",
]

"""Reads of the registers. One module a subject."""

from commercebrain.desk.registry.queries.codes import Conversion, codes_of, convert, editions
from commercebrain.desk.registry.queries.enterprises import (
    change_requests_visible_to,
    enterprise_by_uscc,
    enterprises_visible_to,
    merges_visible_to,
)
from commercebrain.desk.registry.queries.regions import as_of, history, region, regions, successors

__all__ = [
    "Conversion",
    "as_of",
    "change_requests_visible_to",
    "codes_of",
    "convert",
    "editions",
    "enterprise_by_uscc",
    "enterprises_visible_to",
    "history",
    "merges_visible_to",
    "region",
    "regions",
    "successors",
]

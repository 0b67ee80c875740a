"""Which kinds of lists there are: those that the product declares in ``catalogue/lists/``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from commercebrain.desk.core.catalogue import catalogue

if TYPE_CHECKING:
    from commercebrain.engine.lists.kinds import ListKind


def kinds() -> Mapping[str, ListKind]:
    """Every declared kind by its code."""
    return catalogue().lists


def kind(code: str) -> ListKind | None:
    """The kind of a code; none where no file declares it."""
    return kinds().get(code)


def of_firms() -> frozenset[str]:
    """The kinds whose rows are firms: no user of a firm reads such a list."""
    return frozenset(code for code, one in kinds().items() if one.subject == "firm")

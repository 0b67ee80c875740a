"""Which kinds of lists there are: the product's, and in their place those that the bureau declared under ``CBRAIN_HOME``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from commercebrain.engine.catalogue.own import with_own

if TYPE_CHECKING:
    from commercebrain.engine.lists.kinds import ListKind


def kinds() -> Mapping[str, ListKind]:
    """Every declared kind by its code."""
    return with_own(Path(settings.HOME) / "catalogue", "lists")[0]


def kind(code: str) -> ListKind | None:
    """The kind of a code; none where no file declares it."""
    return kinds().get(code)


def of_firms() -> frozenset[str]:
    """The kinds whose rows are firms: no user of a firm reads such a list."""
    return frozenset(code for code, one in kinds().items() if one.subject == "firm")

"""Rankings as a bureau has them: those declared, its own in the place of the product's, and the number that holds for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from commercebrain.desk.forms.rounds import SAMPLE
from commercebrain.desk.people.models import Unit
from commercebrain.engine.cases.ranking import RankingOf
from commercebrain.engine.catalogue.own import with_own


def rankings() -> Mapping[str, RankingOf]:
    """The rankings by code: the product's, and in their place those that the bureau declared under ``CBRAIN_HOME``."""
    found: Mapping[str, RankingOf] = with_own(Path(settings.HOME) / "catalogue", "rankings")[0]
    return found


def for_unit(declared: RankingOf, unit: Unit) -> RankingOf:
    """The ranking with the numbers that hold for a unit: the sample's number holds in the invented city alone."""
    if unit.region.synthetic:
        return declared
    kept = {name: "" for name in ("approval", "plan") if SAMPLE in getattr(declared, name)}
    return declared.model_copy(update=kept)

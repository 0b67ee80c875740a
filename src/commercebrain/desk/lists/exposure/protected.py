"""The sums that may be told to a reader: whole to whoever is cleared for the firms behind them, else protected.

Without clearance sums are told of approved versions of kept lists, as they stand: a list of one's own, or a kept one with a
partner or a day of one's own, could be asked twice and tell a firm's trade by the difference.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from commercebrain.desk.lists import queries
from commercebrain.desk.lists.exposure import sums
from commercebrain.desk.lists.exposure.answers import Answer, Asking
from commercebrain.desk.lists.exposure.given import of_version
from commercebrain.desk.lists.exposure.sums import Sums
from commercebrain.desk.lists.models import ListVersion
from commercebrain.engine.exposure.publish import publishable
from commercebrain.engine.exposure.result import Exposure
from commercebrain.engine.indicators import ALL


def sums_of(asking: Asking, answer: Answer) -> Sums | None:
    """The sums of an answer as its reader may be told them; none where no sums are told at all."""
    found = answer.sums
    if found is None:
        return None
    if "sums" not in answer.memo:
        answer.memo["sums"] = _safe(asking, answer, found) if answer.protected else sums.whole(found)
    held: Sums = answer.memo["sums"]
    return held


def _safe(asking: Asking, answer: Answer, found: Exposure) -> Sums:
    version, question = answer.given.version, answer.question
    plain = not question.partner and question.on is None and question.nomenclature == "CN" and not question.edition
    kept = version is not None and version.state == ListVersion.State.APPROVED and plain
    beside = []
    if kept and version is not None:
        others = queries.versions(asking.person).filter(book=version.book_id, state=ListVersion.State.APPROVED)
        for other in others.exclude(pk=version.pk):
            beside.append(asking.exposed(of_version(other, question), found.base))
    cleared = answer.sight.cleared
    known = frozenset() if cleared is None or cleared.regions is ALL else cleared.regions
    told = publishable(found, lake_root=Path(settings.LAKE_ROOT), kept=kept, beside=beside, known=known)
    return sums.published(found, told)

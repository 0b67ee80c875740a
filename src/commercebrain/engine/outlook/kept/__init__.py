"""Forecasts kept with their vintage, and how good they were once the truth was known.

A forecast is kept when it is made (:func:`keep_all`, every night) and never changed. :func:`scores` holds what was kept
against the figures known on a later day: those first published, and those in force then.
"""

from commercebrain.engine.outlook.kept.declared import ForesightPlan, KeptSet, NowcastSet, foresight_plan
from commercebrain.engine.outlook.kept.keeping import KeepReport, backfill, keep, keep_all
from commercebrain.engine.outlook.kept.overall import Hits, Overall, beats_naive, hits, outside80, overall
from commercebrain.engine.outlook.kept.scoring import Score, kept_forecasts, scores
from commercebrain.engine.outlook.kept.store import ForecastTable, KeptRows

__all__ = [
    "ForecastTable",
    "ForesightPlan",
    "Hits",
    "KeepReport",
    "KeptRows",
    "KeptSet",
    "NowcastSet",
    "Overall",
    "Score",
    "backfill",
    "beats_naive",
    "foresight_plan",
    "hits",
    "keep",
    "keep_all",
    "kept_forecasts",
    "outside80",
    "overall",
    "scores",
]

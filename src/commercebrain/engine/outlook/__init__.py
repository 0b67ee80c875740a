"""Where a promise will land: target arithmetic, schedules, forecasts and states."""

from commercebrain.engine.outlook.targets import assess
from commercebrain.engine.outlook.terms import (
    Assessment,
    Expected,
    Landing,
    PathPoint,
    Scenario,
    SeasonPoint,
    Settings,
    TargetTerms,
)

__all__ = [
    "Assessment",
    "Expected",
    "Landing",
    "PathPoint",
    "Scenario",
    "SeasonPoint",
    "Settings",
    "TargetTerms",
    "assess",
]

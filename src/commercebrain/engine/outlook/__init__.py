"""Where a promise will land, and what foresight says of figures: expected values, forecasts, verdicts, nowcasts.

``from commercebrain.engine.outlook import forecast; forecast([…])`` works on any plain array. Everything is loaded on
first use (PEP 562), so that nobody waits for numerical libraries that he does not need.

>>> from commercebrain.engine.outlook import forecast
>>> level = [100.0 + 5 * (month % 12 == 11) for month in range(48)]
>>> told = forecast(level, 202101, 3)
>>> told.months, [round(float(value)) for value in told.point[0]]
((202501, 202502, 202503), [100, 100, 100])
>>> forecast([3.0, 4.0]).why(0)
'too_short'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commercebrain.engine.foresight.decompose import decompose
    from commercebrain.engine.foresight.forecasting import forecast
    from commercebrain.engine.foresight.judging import judge
    from commercebrain.engine.foresight.lasting import lasting
    from commercebrain.engine.outlook.nowcasting import nowcast
    from commercebrain.engine.outlook.series import SeriesSet, series_set
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
    "SeriesSet",
    "Settings",
    "TargetTerms",
    "assess",
    "decompose",
    "forecast",
    "judge",
    "lasting",
    "nowcast",
    "series_set",
]

_TERMS = "commercebrain.engine.outlook.terms"
#: Name → the module that has it.
_LATER = {
    **dict.fromkeys(("Assessment", "Expected", "Landing", "PathPoint", "Scenario", "SeasonPoint"), _TERMS),
    **dict.fromkeys(("Settings", "TargetTerms"), _TERMS),
    "SeriesSet": "commercebrain.engine.outlook.series",
    "assess": "commercebrain.engine.outlook.targets",
    "decompose": "commercebrain.engine.foresight.decompose",
    "forecast": "commercebrain.engine.foresight.forecasting",
    "judge": "commercebrain.engine.foresight.judging",
    "lasting": "commercebrain.engine.foresight.lasting",
    "nowcast": "commercebrain.engine.outlook.nowcasting",
    "series_set": "commercebrain.engine.outlook.series",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)

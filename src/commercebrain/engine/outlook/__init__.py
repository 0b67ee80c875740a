"""Where a promise will land, and what foresight says of figures: expected values, forecasts, verdicts, nowcasts.

``from commercebrain.engine.outlook import forecast; forecast([…])`` works on any plain array; the numerical parts are
loaded on first use (PEP 562), so that who only wants a promise's landing does not wait for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from commercebrain.engine.foresight.decompose import decompose
    from commercebrain.engine.foresight.forecasting import forecast
    from commercebrain.engine.foresight.judging import judge
    from commercebrain.engine.outlook.nowcast import nowcast
    from commercebrain.engine.outlook.series import SeriesSet, series_set

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
    "nowcast",
    "series_set",
]

#: Name → the module that has it.
_LATER = {
    "SeriesSet": "commercebrain.engine.outlook.series",
    "decompose": "commercebrain.engine.foresight.decompose",
    "forecast": "commercebrain.engine.foresight.forecasting",
    "judge": "commercebrain.engine.foresight.judging",
    "nowcast": "commercebrain.engine.outlook.nowcast",
    "series_set": "commercebrain.engine.outlook.series",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)

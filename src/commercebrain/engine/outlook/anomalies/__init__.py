"""What just broke: the latest month against what it should have been, and who made the difference."""

from commercebrain.engine.outlook.anomalies.finding import anomalies, told_in
from commercebrain.engine.outlook.anomalies.terms import (
    Anomaly,
    BreakdownOfGap,
    Contribution,
    Found,
    PeerGroup,
)

__all__ = ["Anomaly", "BreakdownOfGap", "Contribution", "Found", "PeerGroup", "anomalies", "told_in"]

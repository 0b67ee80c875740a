"""The long work about figures: taking a file in."""

from __future__ import annotations

from commercebrain.desk.core.jobs import JobContext, job
from commercebrain.desk.figures.actions import take_in


@job("figures.intake", zh="导入数据", en="Take in figures")
def intake(context: JobContext, path: str, dataset: str = "observations") -> dict[str, object]:
    """Takes in the file kept at ``path`` under the uploads."""
    return take_in(context, path, dataset)

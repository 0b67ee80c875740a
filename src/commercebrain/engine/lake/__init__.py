"""Records come in: declared datasets, intake of sheets as people make them, quarantine, vintages."""

from commercebrain.engine.lake.headings import SheetMapping
from commercebrain.engine.lake.lake import Lake
from commercebrain.engine.lake.names import Names
from commercebrain.engine.lake.quarantine import export_quarantine
from commercebrain.engine.lake.reports import Batch, IntakeReport, QuarantineRow, SheetReport

__all__ = [
    "Batch",
    "IntakeReport",
    "Lake",
    "Names",
    "QuarantineRow",
    "SheetMapping",
    "SheetReport",
    "export_quarantine",
]

"""Cases as data: their stages, what each needs, who may move them, which clocks run, what became of the firm.

A *template* is declared in ``catalogue/templates/``. The engine keeps no case: it is given the values and says what is
missing, which moves there are, which clocks start, when they are due.
"""

from commercebrain.engine.cases.gates import Facts, Missing, Move, missing, moves, opened
from commercebrain.engine.cases.kinds import Template, declaration_of, read_declaration
from commercebrain.engine.cases.measures import Measure
from commercebrain.engine.cases.reading import ReadValues, read_values

__all__ = [
    "Facts",
    "Measure",
    "Missing",
    "Move",
    "ReadValues",
    "Template",
    "declaration_of",
    "missing",
    "moves",
    "opened",
    "read_declaration",
    "read_values",
]

"""Conditions and rules over declared names: one small typed language that knows what is missing.

``list('key_exporters') or exports_last_year > 1000000``. Missing is its own value: a comparison with it is neither true
nor false, ``and``, ``or`` and ``not`` go by three values, and the explanation says what was missing. ``known(x)`` asks
whether there is a value. Formulas of indicators are :mod:`commercebrain.engine.catalogue.expressions`.
"""

from commercebrain.engine.expressions.checking import ExpressionFault
from commercebrain.engine.expressions.columns import Column
from commercebrain.engine.expressions.evaluating import LookUp, Value
from commercebrain.engine.expressions.explaining import Explanation, Part
from commercebrain.engine.expressions.expression import Expression, parse
from commercebrain.engine.expressions.firm import firm_vocabulary
from commercebrain.engine.expressions.nodes import Term
from commercebrain.engine.expressions.types import DAY, NUMBER, TEXT, TRUTH, Function, Type, Vocabulary

__all__ = [
    "DAY",
    "NUMBER",
    "TEXT",
    "TRUTH",
    "Column",
    "Explanation",
    "Expression",
    "ExpressionFault",
    "Function",
    "LookUp",
    "Part",
    "Term",
    "Type",
    "Value",
    "Vocabulary",
    "firm_vocabulary",
    "parse",
]

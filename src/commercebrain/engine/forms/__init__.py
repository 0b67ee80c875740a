"""Reporting forms 报表: who reports what and when, what is taken, where each report stands. Pure: keeps nothing."""

from commercebrain.engine.forms.kinds import (
    FormCheck,
    FormKind,
    LinesOf,
    Question,
    declaration_of,
    read_declaration,
)
from commercebrain.engine.forms.periods import (
    RoundDates,
    round_at_once,
    round_of,
    rounds_between,
    rounds_due,
    say_period,
)
from commercebrain.engine.forms.reading import AnswerFault, ReadForm, ToExplain, read_answers
from commercebrain.engine.forms.rules import LastReport
from commercebrain.engine.forms.status import Rates, Standing, Status, rates, status
from commercebrain.engine.forms.values import Answer, said

__all__ = [
    "Answer",
    "AnswerFault",
    "FormCheck",
    "FormKind",
    "LastReport",
    "LinesOf",
    "Question",
    "Rates",
    "ReadForm",
    "RoundDates",
    "Standing",
    "Status",
    "ToExplain",
    "declaration_of",
    "rates",
    "read_answers",
    "read_declaration",
    "round_at_once",
    "round_of",
    "rounds_between",
    "rounds_due",
    "said",
    "say_period",
    "status",
]

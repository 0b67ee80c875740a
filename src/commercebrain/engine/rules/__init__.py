"""Rules: conditions over facts of subjects that deserve a warning; evaluated, back-tested, told in words."""

from commercebrain.engine.rules.evaluating import Found, evaluate
from commercebrain.engine.rules.frame import About, ArrayFrame, Coded, Frame
from commercebrain.engine.rules.inhibiting import Covered, inhibit
from commercebrain.engine.rules.kinds import GROUPS, LEVELS, SUBJECTS, Rule
from commercebrain.engine.rules.saying import cause_of, evidence
from commercebrain.engine.rules.vocabulary import vocabulary

__all__ = [
    "GROUPS",
    "LEVELS",
    "SUBJECTS",
    "About",
    "ArrayFrame",
    "Coded",
    "Covered",
    "Found",
    "Frame",
    "Rule",
    "cause_of",
    "evaluate",
    "evidence",
    "inhibit",
    "vocabulary",
]

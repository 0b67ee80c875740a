"""Writes of cases: each in one transaction, with its event, refused in a sentence, claimed against who is quicker."""

from commercebrain.desk.cases.actions.moving import fill, move, withdraw
from commercebrain.desk.cases.actions.named_firms import fill_firm, name_firms, tell_firms
from commercebrain.desk.cases.actions.papers import add_paper, ask_paper, decide_paper, hand_over_paper
from commercebrain.desk.cases.actions.rising import rise
from commercebrain.desk.cases.actions.starting import may_start, start
from commercebrain.desk.cases.actions.taking_part import comment, decide, hand_on, hand_over, join, leave
from commercebrain.desk.cases.actions.waiting import pause, resume

__all__ = [
    "add_paper",
    "ask_paper",
    "comment",
    "decide",
    "decide_paper",
    "fill",
    "fill_firm",
    "hand_on",
    "hand_over",
    "hand_over_paper",
    "join",
    "leave",
    "may_start",
    "move",
    "name_firms",
    "pause",
    "resume",
    "rise",
    "start",
    "tell_firms",
    "withdraw",
]

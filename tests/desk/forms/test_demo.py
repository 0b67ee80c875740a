"""What the demonstration's firms are made to have sent is what the form would have taken from them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from commercebrain.desk.forms import demo
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
from commercebrain.engine.forms import LastReport, read_answers
from commercebrain.engine.forms.periods import round_at_once
from commercebrain.engine.registers import Syntax
from commercebrain.engine.simulate.foreign import confirmation
from commercebrain.engine.simulate.reports import Week, weeks
from commercebrain.engine.simulate.trade import trade_of
from commercebrain.engine.simulate.world import month_number


@pytest.fixture(scope="module")
def made() -> list[Week]:
    return weeks(trade_of(0, 2_000, month_number("2025-06")), date(2025, 7, 21))[1]


def test_answers_and_lines_are_kept_as_the_form_reads_them(made: list[Week]) -> None:
    form = load_catalogue().forms["order_report"]
    last: dict[str, LastReport] = {}
    lines = unchanged = 0
    for week in made[:4]:
        before = dict(last)
        for one in demo._sent(form, week, last, week.period):
            if one.moment is None:
                continue
            facts = {"list('key_exporters')": bool(one.lines)}
            read = read_answers(form, one.answers, one.lines, facts=facts, last=before.get(one.uscc), known=Syntax())
            assert read.faults == ()
            assert {name: value for name, value in read.values.items() if value is not None} == dict(one.answers)
            assert [{k: v for k, v in row.items() if v is not None} for row in read.lines] == list(one.lines)
            lines, unchanged = lines + len(one.lines), unchanged + (one.unchanged > 0)
    assert lines > 500 and unchanged > 10


def test_a_dozen_sellers_to_the_united_states_confirmed_codes_that_the_form_takes() -> None:
    form = load_catalogue().forms["foreign_codes"]
    told = confirmation(trade_of(0, 2_000, month_number("2025-06")), date(2025, 7, 21))
    opens, due = (datetime.combine(day, datetime.min.time(), BEIJING) for day in (told.opens, told.due))
    sent = list(demo._foreign(told, round_at_once(form, told.term, opens, due)))
    answered = [one for one in sent if one.moment is not None]
    assert (len(answered), len(sent)) == (12, len(told.asked)) and len(told.asked) > 12
    for one in answered:
        read = read_answers(form, one.answers, one.lines, facts={}, last=None, known=Syntax())
        assert read.faults == () and [dict(row) for row in read.lines] == list(one.lines)
        assert one.moment is not None and told.opens < one.moment.date() < date(2025, 7, 21)
        assert all(row["foreign_code"][:6] == row["product"][:6] for row in one.lines)

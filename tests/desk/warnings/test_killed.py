"""An evaluation that dies at any of its steps leaves whole data, and the next one completes it: nothing is lost or twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count
from tests.desk.warnings.conftest import MONDAY, declared, of_counties, of_firms, wide
from tests.house import House

from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.models import Outgoing
from commercebrain.desk.warnings import evaluation, lifecycle, notifying, rising, wider
from commercebrain.desk.warnings.models import Evaluation, Signal, SignalStep


class Killed(BaseException):
    """The process is gone: nothing that handles exceptions is told."""


#: Where a process may die: before and after each of these, and inside the transactions that they open.
PLACES: list[tuple[Any, str]] = [
    (lifecycle, "apply"), (lifecycle, "_open"), (wider, "settle"), (wider, "_behind"), (notifying, "expire"),
    (notifying, "tell"), (notifying, "_say"), (notifying, "bring"), (rising, "follow_of"), (evaluation, "_ended"),
    (lifecycle, "close"),
]  # fmt: skip


def story(firms: Any) -> Any:
    """What the last evaluation of the story is made on: one firm well again, one graver, one new, one behind its county."""
    return of_firms(firms, [0.5, -0.9, -0.5]), of_counties({"330203": 0.0, "330212": -0.5})


def shape() -> Any:
    """Everything that an evaluation leaves, without numbers of rows."""
    signals = Signal.objects.order_by("rule", "subject", "closed_at")
    fields = ("rule", "subject", "level", "unit", "inhibited_by__rule", "end", "told_on", "times", "case__level")
    steps = SignalStep.objects.order_by().values_list("signal__rule", "signal__subject", "what").annotate(n=Count("pk"))
    events = Event.objects.filter(verb__startswith="signal").order_by().values_list("verb").annotate(n=Count("pk"))
    lines = {(row.row["rule"], row.row["subject"]): row.row["closed"] for row in Outgoing.objects.order_by("pk")}
    return list(signals.values_list(*fields)), sorted(steps), sorted(events), Case.objects.count(), lines


@pytest.fixture
def begun(house: House, firms: Any, in_use: Any, run: Any) -> Any:
    """Two firms warned of the day before."""
    in_use(declared("R900", inhibited_by=["R901"], case="warning_response"))
    in_use(wide())
    run(of_firms(firms, [-0.5, -0.5, 0.0]), of_counties({"330203": 0.0, "330212": 0.0}))
    return MONDAY + timedelta(days=1)


@pytest.fixture
def whole(begun: Any, firms: Any, run: Any) -> Any:
    """What the evaluation leaves when nobody dies, taken back again."""
    with transaction.atomic():
        run(*story(firms), on=begun)
        left = shape()
        transaction.set_rollback(True)
    return left


def die(at: tuple[Any, str], after: bool, go: Any, day: date, firms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One evaluation that dies at a step, and the one that comes after it."""
    module, name = at
    known, died = getattr(module, name), []

    def dies(*given: Any, **more: Any) -> Any:
        if died:
            return known(*given, **more)
        if after:
            known(*given, **more)
        died.append(name)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(module, name, dies)
        with pytest.raises(Killed):
            go(*story(firms), on=day)
    assert died, f"{name} is a step of the story"
    left = Evaluation.objects.filter(state="running", on=day).count()
    assert left == (0 if after and name == "_ended" else 1), "nobody was there to say how it ended"
    go(*story(firms), on=day)


@pytest.mark.parametrize("after", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.django_db
def test_killed_anywhere_the_next_evaluation_leaves_what_one_leaves(
    whole: Any, begun: Any, firms: Any, run: Any, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in PLACES:
        with transaction.atomic():
            die(at, after, run, begun, firms, monkeypatch)
            assert shape() == whole, at[1]
            transaction.set_rollback(True)

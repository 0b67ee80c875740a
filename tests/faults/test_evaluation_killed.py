"""Evaluating rules, killed at any moment: the next evaluation leaves each signal once, told once, with one case."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.operations.installations import cbrain, environment, inside

FIRMS, KILLS = 400, 6
RULE = """
from commercebrain.engine.rules import About, ArrayFrame, Rule
from commercebrain.engine.catalogue.models import Words
rule = Rule.model_validate({
    "code": "R900", "name": {"zh": "出口下降", "en": "Falling"}, "group": "customs", "subject": "firm",
    "practice": {"zh": "测试", "en": "for tests"}, "when": "exports_growth <= -0.3", "case": "warning_response",
    "levels": [{"level": "close_watch", "when": "exports_growth <= -0.8"}, {"level": "watch"}],
    "cause": {"by": "market"}, "say": {"zh": "{name}：{exports_growth}", "en": "{name}: {exports_growth}"},
    "escalation": [{"after": "1 working day", "to": "director"}],
    "examples": [{"given": {"exports_growth": -0.5}, "fires": True}],
})
def frame(seed):
    import random
    from commercebrain.desk.registry.models import Enterprise
    chance = random.Random(seed)
    codes = list(Enterprise.objects.filter(uscc__startswith="91").order_by("uscc").values_list("uscc", flat=True))
    who = [About(name=Words(zh=code, en=code), uscc=code, county="990101", country="USA") for code in codes]
    growth = [chance.choice([0.1, -0.5, -0.5, -0.9]) for _ in codes]
    return ArrayFrame("firm", codes, {"exports_growth": growth}, "2025-06", synthetic=True, who=who)
"""
MADE = f"""
{RULE}
from commercebrain.desk.people.actions import create_unit
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.desk.warnings.kinds import declaration_of
from commercebrain.desk.warnings.models import RuleUse
from commercebrain.engine.enterprises.uscc import synthetic
from django.utils import timezone
city, county = (Region.objects.get(code=code, valid_to=None) for code in ("990100", "990101"))
bureau = create_unit("示例市商务局", "Sample", city, None)
unit = create_unit("甲区商务局", "Jia", county, bureau)
RuleUse.objects.create(rule="R900", unit=bureau, state="on", declaration=declaration_of(rule), proposed_at=timezone.now(), since="2025-07-01")
firms = Enterprise.objects.bulk_create(
    Enterprise(uscc=synthetic("990101", n), name_zh=f"示例{{n}}号", region=county, unit=unit, synthetic=True) for n in range({FIRMS})
)
answer = len(firms)
"""
CHILD = f"""
from commercebrain.operations.setup_django import ready
ready()
{RULE}
from commercebrain.desk.people.models import Unit
from commercebrain.desk.warnings.evaluation import evaluate
unit = Unit.objects.get(name_zh="示例市商务局")
facts = {{"firm": frame(NUMBER)}}
print("begin", flush=True)
evaluate(unit, frames=facts)
print("end", flush=True)
"""
CHECK = f"""
{RULE}
from collections import Counter
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core.models import Event
from commercebrain.desk.people.models import Unit
from commercebrain.desk.warnings.evaluation import evaluate
from commercebrain.desk.warnings.models import Signal, SignalStep
unit = Unit.objects.get(name_zh="示例市商务局")
facts = frame(99)
done = evaluate(unit, frames={{"firm": facts}})
growth = dict(zip(facts.keys, facts.columns["exports_growth"]))
open_ = {{row.subject: row for row in Signal.objects.filter(closed_at=None).select_related("case")}}
wanted = {{code for code, value in growth.items() if value <= -0.3}}
in_case = {{row.subject for row in open_.values() if row.case_id}}
opened = Counter(SignalStep.objects.filter(what="opened").values_list("signal", flat=True))
answer = [
    wanted <= set(open_) <= wanted | in_case,
    all(row.told_on is not None for row in open_.values()),
    all(row.case_id for row in open_.values() if growth[row.subject] <= -0.8),
    Case.objects.filter(state="open").count() == len(in_case) == len(set(Case.objects.values_list("origin", flat=True))),
    set(opened.values()) == {{1}} and len(opened) == Signal.objects.count(),
    Event.objects.filter(verb="signal.opened").count() == Signal.objects.count(),
]
"""


def child(home: Path, number: int) -> subprocess.Popen[str]:
    """A process that evaluates the rule on facts of its own."""
    code = CHILD.replace("NUMBER", str(number))
    return subprocess.Popen([sys.executable, "-c", code], env=environment(home), stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_evaluating_killed_again_and_again_loses_no_signal_and_doubles_none(tmp_path: Path) -> None:
    home = tmp_path / "home"
    cbrain(home, "install")
    assert inside(home, MADE) == FIRMS
    chance, killed = random.Random(5), 0
    for number in range(KILLS):
        running = child(home, number)
        assert running.stdout is not None and running.stdout.readline() == "begin\n"
        time.sleep(chance.uniform(0.05, 2.0))
        killed += running.poll() is None
        running.send_signal(signal.SIGKILL)
        running.communicate()
    assert killed >= KILLS / 2, "most of them were still evaluating"
    assert inside(home, CHECK) == [True] * 6

"""200 firms send their weekly report at the same moment: nothing is lost, and nobody waits long."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench._desk import SESSIONS, Installation, installations, load
from bench.harness import Figure, log

TITLE = (
    "200 signed-in firms that send their weekly order report at the same moment from the page that was filled in for "
    "them; half change an answer, half send it unchanged, and every tenth presses twice."
)
QUICK = False

FIRMS = int(float(os.environ.get("FIRMS", "200")))
ROUNDS = 5

FILL = (
    SESSIONS
    + """
from datetime import datetime, timedelta
from commercebrain.desk.forms.models import Report, Round, Submission
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Role, Unit
from commercebrain.desk.registry.models import Enterprise, Region
from commercebrain.engine.catalogue import load_catalogue
from commercebrain.engine.clock import BEIJING
form = load_catalogue().forms["order_report"]
city = Region.objects.get(code="990100", valid_to=None)
county = Region.objects.filter(parent=city, valid_to=None).order_by("code").first() or city
bureau = Unit.objects.filter(region=city).first() or actions.create_unit("示例市商务局", "Bureau", city)
office = actions.create_unit("示例市某区商务局", "County bureau", county, bureau)
role = Role.objects.get(code="firm")
opens = datetime(2025, 7, 21, tzinfo=BEIJING)
def opened(week, start):
    return Round.objects.create(
        form="order_report", period=week, unit=bureau, declaration=form.model_dump(mode="json"), approval="示例批准文号",
        opens_at=start, due_at=start + timedelta(days=4, hours=17), locks_at=start + timedelta(days=11), synthetic=True,
    )
before, rounds = opened("2025-W29", opens - timedelta(days=7)), [opened(f"bench-{n}", opens) for n in range(ROUNDS)]
answer = []
for n in range(FIRMS):
    firm = Enterprise.objects.create(
        uscc=f"91990100MA{n:07d}X", name_zh=f"示例出口{n}公司", region=county, unit=office, synthetic=True
    )
    person = actions.create_person(f"filer{n}", None, f"填报{n}", f"Filer {n}")
    actions.grant(person, office, role, firm=firm)
    told = dict(enterprise=firm, unit=office, county=county)
    last = Report.objects.create(round=before, state="passed", step=3, first_sent_at=opens, on_time=True, **told)
    Submission.objects.create(
        report=last, number=1, answers=ANSWERS, asked=6, digest="x", sent_at=opens, sent_on="2025-07-18", sent_by=person
    )
    asked = [Report.objects.create(round=one, **told).pk for one in rounds]
    answer.append({"cookie": cookie(person), "reports": asked})
"""
)
ANSWERS = {
    "orders_in_hand": "120",
    "trend": "same",
    "cover": "from_1_to_3",
    "first_market": "USA",
    "difficulties": [],
}

COUNT = """
from commercebrain.desk.core.models import Event
from commercebrain.desk.forms.models import Report, Submission
rows = Submission.objects.filter(report__in=REPORTS)
answer = {
    "submissions": rows.count(),
    "sent": Report.objects.filter(pk__in=REPORTS, state="sent").count(),
    "events": Event.objects.filter(subject_type="forms.report", subject_id__in=map(str, REPORTS)).count(),
}
"""


def figures() -> Iterator[Figure]:
    """What was lost, and the time that the slowest of twenty waited, on both databases."""
    told: dict[str, dict[str, Any]] = {}
    with installations() as each:
        for installation in each:
            told[installation.database] = _measure(installation)
    how = (
        f"{FIRMS} firms, each with a session and the page already fetched, send their report within the same moment "
        f"through the real server (two processes, loopback); every tenth sends it twice; {ROUNDS} rounds"
    )
    lost = sum(t["lost"] + t["doubled"] for t in told.values())
    yield Figure(
        "filing_lost", lost, 0, 0, "lower",
        f"reports without exactly one submission and one event afterwards, or answered with a fault, on both databases "
        f"together; {how}", told,
    )  # fmt: skip
    for database, must in (("postgresql", 1.0), ("sqlite", 1.5)):
        if database in told:
            name = "filing_p95_s" if database == "postgresql" else "filing_p95_s_sqlite"
            yield Figure(
                name, statistics.median(told[database]["p95"]), must, must / 2, "lower",
                f"95th percentile of the answer times on {database}, median of the rounds; {how}", told[database],
            )  # fmt: skip


def _measure(installation: Installation) -> dict[str, Any]:
    fill = FILL.replace("FIRMS", str(FIRMS)).replace("ROUNDS", str(ROUNDS)).replace("ANSWERS", repr(ANSWERS))
    firms = installation.inside(fill)
    told: dict[str, Any] = {"p95": [], "p50": [], "slowest": [], "cpu_ms": [], "lost": 0, "doubled": 0, "refused": 0}
    with installation.served() as port:
        warm = {"port": port, "clients": 4, "seconds": 5, "think_seconds": 0, "seed": 1, "readers": firms}
        page = f"/filing/{firms[0]['reports'][0]}/"
        load({**warm, "readers": firms[:1], "pages": {"form": {"paths": [page], "marker": "_ticket"}}})
        for round_ in range(ROUNDS):
            reports = [firm["reports"][round_] for firm in firms]
            before = server_seconds()
            measured = load({"port": port, "writes": [*_writes(firms, round_)]})
            spent = server_seconds() - before
            count = installation.inside(COUNT.replace("REPORTS", repr(reports)))
            wrong = max(abs(FIRMS - count[name]) for name in ("submissions", "events"))
            lost = max(FIRMS - min(count.values()), measured["fault_count"])
            times = sorted(measured["milliseconds"].get("write", [0.0]))
            told["lost"] += max(lost, 0)
            told["doubled"] += max(0, count["submissions"] - FIRMS, count["events"] - FIRMS)
            told["refused"] += measured["fault_count"]
            told["cpu_ms"].append(round(1000 * spent / (len(times) or 1), 2))
            for name, share in (("p50", 0.5), ("p95", 0.95), ("slowest", 1.0)):
                told[name].append(round(times[min(len(times) - 1, int(share * len(times)))] / 1000, 3))
            log(
                f"{installation.database} round {round_}: wrong {wrong}, p50 {told['p50'][-1]} s, p95 {told['p95'][-1]} s, "
                f"{told['cpu_ms'][-1]} ms of the server for a page and its sending {measured['faults'][:3]}"
            )
    return told


def server_seconds() -> float:
    """Processor seconds of the server's processes so far: those below this one that run it."""
    ticks, found = os.sysconf("SC_CLK_TCK"), 0.0
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parts = (entry / "stat").read_text().rpartition(")")[2].split()
                spent[int(entry.name)] = (int(parts[11]) + int(parts[12])) / ticks
                parents[int(entry.name)] = int(parts[1])
            except (OSError, IndexError):
                continue
    for process in spent:
        above = process
        while above and above != os.getpid():
            above = parents.get(above, 0)
        if above and process != os.getpid():
            found += spent[process]
    return found


def _writes(firms: list[dict[str, Any]], round_: int) -> Iterator[dict[str, Any]]:
    for number, firm in enumerate(firms):
        path = f"/filing/{firm['reports'][round_]}/"
        typed = [(f"q-{code}", value) for code, value in ANSWERS.items() if value and code != "orders_in_hand"]
        if number % 2:
            body = urlencode([*typed, ("q-orders_in_hand", str(100 + number)), ("_do", "send")])
        else:
            body = urlencode([("_do", "unchanged")])
        write = {"form": path, "path": path, "cookie": firm["cookie"], "body": body}
        yield write
        if number % 10 == 0:
            yield write

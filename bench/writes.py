"""200 people save a form at the same moment: nothing is lost, and nobody waits long."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from bench._desk import SESSIONS, Installation, installations, load
from bench.harness import Figure, log

TITLE = (
    "200 signed-in people saving a form of a register at once, half of them new rows and half changes of their own row."
)
QUICK = False

PEOPLE = int(float(os.environ.get("PEOPLE", "200")))
ROUNDS = 3
REGISTER = "export_base"

FILL = (
    SESSIONS
    + """
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Role, Unit
from commercebrain.desk.registers.models import Entry
from commercebrain.desk.registry.models import Region
city = Region.objects.get(code="990100", valid_to=None)
unit = Unit.objects.filter(region=city).first() or actions.create_unit("示例市商务局", "Bureau", city)
role = Role.objects.get(code="plan_office")
answer = []
for n in range(PEOPLE):
    person = actions.create_person(f"writer{n}", None, f"填报{n}", f"Writer {n}")
    actions.grant(person, unit, role)
    name = f"原有基地{n}"
    entry = Entry.objects.create(
        register="export_base", key=name, title=name, data={"name": name, "level": "national"}, unit=unit,
        region=city, synthetic=True, classification="internal",
    )
    answer.append({"cookie": cookie(person), "entry": entry.pk, "unit": unit.pk})
"""
)

COUNT = """
from commercebrain.desk.core.models import Event
from commercebrain.desk.registers.models import Entry
rows = Entry.objects.filter(register="export_base")
answer = {
    "new": rows.filter(title__startswith="新基地ROUND-").count(),
    "changed": rows.filter(data__products="产品ROUND").count(),
    "events": Event.objects.filter(subject_type="registers.entry").count(),
}
"""


def figures() -> Iterator[Figure]:
    """Both figures of both databases."""
    told: dict[str, dict[str, Any]] = {}
    with installations() as each:
        for installation in each:
            told[installation.database] = _measure(installation)
    how = (
        f"{PEOPLE} persons, each with a session and the form already fetched, post it within the same moment through the "
        f"real server (two processes, loopback); half enter a row, half change their own; {ROUNDS} rounds"
    )
    yield Figure(
        "writes_lost", sum(t["lost"] for t in told.values()), 0, 0, "lower",
        f"saves without their row or their event afterwards, on both databases together; {how}", told,
    )  # fmt: skip
    for database, must in (("postgresql", 1.0), ("sqlite", 3.0)):
        if database in told:
            name = "writes_p95_s" if database == "postgresql" else "writes_p95_s_sqlite"
            yield Figure(
                name, statistics.median(told[database]["p95"]), must, must / 2, "lower",
                f"95th percentile of the answer times on {database}, median of the rounds; {how}", told[database],
            )  # fmt: skip


def _measure(installation: Installation) -> dict[str, Any]:
    people = installation.inside(FILL.replace("PEOPLE", str(PEOPLE)))
    told: dict[str, Any] = {"p95": [], "p50": [], "slowest": [], "lost": 0, "refused": 0}
    with installation.served() as port:
        warm = {"port": port, "clients": 4, "seconds": 5, "think_seconds": 0, "seed": 1, "readers": people}
        form = f"/registers/{REGISTER}/new/"
        load({**warm, "pages": {"form": {"paths": [form], "marker": "_ticket"}}})
        for round_ in range(ROUNDS):
            before = installation.inside(COUNT.replace("ROUND", str(round_)))
            measured = load({"port": port, "writes": [_write(n, one, round_) for n, one in enumerate(people)]})
            after = installation.inside(COUNT.replace("ROUND", str(round_)))
            rows = after["new"] - before["new"] + after["changed"] - before["changed"]
            events = after["events"] - before["events"]
            # A save that was answered with anything but success counts as lost as well: its writer sees a fault.
            lost = max(PEOPLE - rows, PEOPLE - events, measured["fault_count"])
            times = sorted(measured["milliseconds"].get("write", [0.0]))
            told["lost"] += lost
            told["refused"] += measured["fault_count"]
            for name, share in (("p50", 0.5), ("p95", 0.95), ("slowest", 1.0)):
                told[name].append(round(times[min(len(times) - 1, int(share * len(times)))] / 1000, 3))
            log(
                f"{installation.database} round {round_}: lost {lost}, p95 {told['p95'][-1]} s {measured['faults'][:3]}"
            )
    return told


def _write(number: int, person: dict[str, Any], round_: int) -> dict[str, Any]:
    body = {"level": "national", "unit": str(person["unit"]), "products": f"产品{round_}"}
    if number % 2:
        path = f"/registers/{REGISTER}/{person['entry']}/edit/"
        body |= {"name": f"原有基地{number}"}
    else:
        path = f"/registers/{REGISTER}/new/"
        body |= {"name": f"新基地{round_}-{number}", "products": ""}
    return {"form": path, "path": path, "cookie": person["cookie"], "body": urlencode(body)}

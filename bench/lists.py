"""Lists, search and detail over 100,000 enterprises and 1,000,000 events, on both databases; export of all of them."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from bench._desk import SESSIONS, Installation, installations, load
from bench.harness import Figure, log

TITLE = "100,000 enterprises, 1,000,000 events and a declared register of 100,000 rows, read by 16 clients; export of a list."
QUICK = False

ENTERPRISES = int(float(os.environ.get("ENTERPRISES", "100000")))
EVENTS = int(float(os.environ.get("EVENTS", "1000000")))
ENTRIES = int(float(os.environ.get("ENTRIES", "100000")))
SECONDS = float(os.environ.get("SECONDS_EACH", "30"))
CLIENTS = 16
SEED = 7

# 40 persons: every second one sees everything, the others one county bureau of 示例市.
FILL = """
from commercebrain.desk.people import actions
from commercebrain.desk.people.models import Role, Unit
from commercebrain.desk.registry.models import Region
city = Region.objects.get(code="990100", valid_to=None)
bureau = Unit.objects.filter(region=city).order_by("path").first() or actions.create_unit("示例市商务局", "Bureau", city)
counties = []
for region in Region.objects.filter(parent=city, valid_to=None).order_by("code"):
    unit = Unit.objects.filter(region=region).first() or actions.create_unit(region.name_zh + "商务局", region.name_en, region, bureau)
    counties.append(unit)
from commercebrain.desk.registry.actions.simulation import simulate_enterprises
simulate_enterprises({enterprises}, {seed})
wide, narrow = Role.objects.get(code="plan_office"), Role.objects.get(code="county_bureau")
for n in range(40):
    person = actions.create_person(f"reader{{n}}", None, f"读者{{n}}", f"Reader {{n}}")
    if n % 2:
        actions.grant(person, counties[n % len(counties)], narrow)
    else:
        actions.grant(person, bureau, wide)
"""

# Events of every kind of subject and unit, spread over two years; one in ten has no unit.
EVENTS_POSTGRESQL = """
INSERT INTO core_event (at, business_date, verb, person_id, unit_id, subject_type, subject_id, data)
SELECT moment, moment::date, verb, person, unit, 'registry.enterprise', (1 + (n::bigint * 7919) % {enterprises})::text, data::jsonb
FROM (
  SELECT n, timestamptz '2023-07-21 00:00+08' + n * interval '63 seconds' AS moment,
    (ARRAY['plan.read', 'plan.failed', 'task.done'])[1 + n % 3] AS verb,
    persons[1 + n % array_length(persons, 1)] AS person,
    CASE WHEN n % 10 = 0 THEN NULL ELSE units[1 + n % array_length(units, 1)] END AS unit,
    '{{"name": "示例", "count": 3, "day": "2025-07-01"}}' AS data
  FROM generate_series(1, {events}) AS n,
    (SELECT array_agg(id ORDER BY id) AS persons FROM people_person) p, (SELECT array_agg(id ORDER BY id) AS units FROM people_unit) u
) AS rows
"""
EVENTS_SQLITE = """
WITH RECURSIVE row(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {events}),
  p AS (SELECT min(id) AS least, count(*) AS many FROM people_person),
  u AS (SELECT min(id) AS least, count(*) AS many FROM people_unit)
INSERT INTO core_event (at, business_date, verb, person_id, unit_id, subject_type, subject_id, data)
SELECT datetime('2023-07-20 16:00:00', '+' || (n * 63) || ' seconds'), date('2023-07-20', '+' || (n * 63 / 86400) || ' days'),
  CASE n % 3 WHEN 0 THEN 'plan.read' WHEN 1 THEN 'plan.failed' ELSE 'task.done' END,
  p.least + n % p.many, CASE WHEN n % 10 = 0 THEN NULL ELSE u.least + n % u.many END,
  'registry.enterprise', CAST(1 + (n * 7919) % {enterprises} AS TEXT), '{{"name": "示例", "count": 3, "day": "2025-07-01"}}'
FROM row, p, u
"""

ANALYSE = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
answer = connection.vendor
"""

TARGETS = (
    SESSIONS
    + """
import random
from commercebrain.desk.people.models import Person
from commercebrain.desk.registry.models import Enterprise
from commercebrain.desk.core.search import initials
persons = list(Person.objects.filter(username__startswith="reader").order_by("pk"))
rng = random.Random({seed})
ids = list(Enterprise.objects.values_list("pk", flat=True))
few = list(Enterprise.objects.filter(pk__in=rng.sample(ids, 60)).only("pk", "name_zh", "uscc"))
def own(person):
    seen = list(Enterprise.objects.visible_to(person).values_list("pk", flat=True))
    return [f"/enterprises/{pk}/" for pk in rng.sample(seen, 20)]
answer = dict(
    readers=[dict(cookie=cookie(p), detail=own(p)) for p in persons],
    fragments=[e.name_zh[2:6] for e in few[:20]] + [e.name_zh[3:5] for e in few[20:30]],
    initials=[initials(e.name_zh)[:5] for e in few[30:45]],
    codes=[e.uscc[8:15] for e in few[45:]],
)
"""
)


ENTRIES_CODE = """
from commercebrain.desk.registers.models import Entry
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry.models import Region
city = Region.objects.get(code="990100", valid_to=None)
counties = list(Region.objects.filter(parent=city, valid_to=None).order_by("code"))
units = {{unit.region_id: unit for unit in Unit.objects.filter(region__in=counties)}}
def row(n):
    county = counties[n % len(counties)]
    data = {{
        "name": f"示例基地{{n:06d}}", "level": ("national", "provincial")[n % 2], "county": county.code,
        "firms": n * 7919 % 500, "exports": str(n * 104729 % 900000), "recognised": f"20{{10 + n % 15}}-0{{1 + n % 9}}-15",
    }}
    return Entry(register="export_base", key=data["name"], title=data["name"], data=data, unit=units[county.pk],
                 region=county, classification="internal", synthetic=True)
for first in range(0, {entries}, 5000):
    Entry.objects.bulk_create([row(n) for n in range(first, min(first + 5000, {entries}))])
"""

EXPORT = """
import resource, time
from django.test.utils import override_settings
from commercebrain.desk.core import exports
from commercebrain.desk.core.jobs.running import run_job
from commercebrain.desk.core.models import Job
from commercebrain.desk.people.models import Person
def once(query):
    row = exports.begin(Person.objects.get(username="reader0"), "/enterprises/", query, "xlsx", "zh-hans")
    begun = time.perf_counter()
    run_job.func(row.pk)
    took = time.perf_counter() - begun
    row.refresh_from_db()
    assert row.state == Job.State.DONE, (row.state, row.log)
    return took, row.result["rows"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
small = once("size=large")
whole = [once("") for _ in range(3)]
answer = {"small": small, "whole": whole}
"""


def figures() -> Iterator[Figure]:
    """All figures of lists."""
    told: dict[str, dict[str, Any]] = {}
    with installations() as each:
        for installation in each:
            told[installation.database] = _measure(installation)
    yield from _summed(told)


def _fill(installation: Installation) -> None:
    def timed(what: str, code: str) -> None:
        begun = time.perf_counter()
        installation.inside(code)
        log(f"{installation.database}: {what} in {time.perf_counter() - begun:.0f} s")

    timed(f"{ENTERPRISES} enterprises", FILL.format(enterprises=ENTERPRISES, seed=SEED))
    sql = EVENTS_POSTGRESQL if installation.database == "postgresql" else EVENTS_SQLITE
    statement = sql.format(events=EVENTS, enterprises=ENTERPRISES)
    code = f"from django.db import connection\nwith connection.cursor() as cursor:\n    cursor.execute({statement!r})\n"
    timed(f"{EVENTS} events", code)
    timed(f"{ENTRIES} register entries", ENTRIES_CODE.format(entries=ENTRIES))
    installation.cbrain("catalogue", "apply")
    installation.inside(ANALYSE)


def _pages(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The kinds of pages, each with its addresses and what an answer must hold to count."""
    firms, register = "/enterprises/", "/registers/export_base/"
    row, page = "list-table", "</main>"
    texts = told["fragments"] + told["initials"] + told["codes"]
    return {
        "list": {"paths": [firms, f"{firms}?sort=-name", f"{firms}?sort=uscc"], "marker": row},
        "filtered": {"paths": [f"{firms}?size=small", f"{firms}?status=existing&size=large&sort=uscc"], "marker": page},
        "search": {"paths": [f"{firms}?q={quote(text)}" for text in texts], "marker": page},
        "detail": {"paths": [], "marker": "</main>"},  # each reader's own, below
        "events": {"paths": ["/events/", "/events/?verb=task.done"], "marker": row},
        "register": {
            "paths": [
                register, f"{register}?level=national", f"{register}?firms_from=100&firms_to=120",
                f"{register}?sort=-exports", f"{register}?q={quote('基地0123')}",
            ],
            "marker": page,
        },
    }  # fmt: skip


def _measure(installation: Installation) -> dict[str, Any]:
    _fill(installation)
    told = installation.inside(TARGETS.replace("{seed}", str(SEED)))
    measured: dict[str, Any] = {}
    with installation.served() as port:
        spec = {
            "port": port,
            "clients": CLIENTS,
            "readers": told["readers"],
            "pages": _pages(told),
            "seed": SEED,
            "think_seconds": 0,
        }
        load({**spec, "clients": 4, "seconds": 6})  # warm: templates, caches, connections
        for mode, think in (("thinking", 1.0), ("closed", 0.0)):
            told_load = load({**spec, "think_seconds": think, "seconds": SECONDS * (2 if think else 1)})
            measured[mode] = _told(told_load, installation.database, mode)
    log(f"{installation.database}: export")
    measured["export"] = installation.inside(EXPORT)
    return measured


def _told(load_: dict[str, Any], database: str, mode: str) -> dict[str, Any]:
    if load_["fault_count"]:
        raise RuntimeError(
            f"{database}, {mode}: {load_['fault_count']} answers were not as expected: {load_['faults']}"
        )
    kinds = {}
    for kind, values in load_["milliseconds"].items():
        values.sort()
        kinds[kind] = {
            "requests": len(values), "p50": round(_at(values, 0.5), 1), "p99": round(_at(values, 0.99), 1),
        }  # fmt: skip
        log(f"{database} {mode} {kind}: {kinds[kind]}")
    whole = sorted(
        value for kind in ("list", "filtered", "search", "detail", "events") for value in load_["milliseconds"][kind]
    )
    return {
        "kinds": kinds, "p50": _at(whole, 0.5), "p99": _at(whole, 0.99), "requests": len(whole),
        "register_p50": kinds["register"]["p50"], "generator_cpu_seconds": round(load_["own_cpu_seconds"], 1),
    }  # fmt: skip


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def _summed(told: dict[str, dict[str, Any]]) -> Iterator[Figure]:
    worst = max  # the slower database is the figure
    where = (
        f"{ENTERPRISES:,} enterprises, {EVENTS:,} events, {CLIENTS} clients as 40 persons (all units; one county), real "
        "server of two processes on loopback, PostgreSQL with fsync on and SQLite; the slower database counts; list, "
        "filtered list, search by fragments, initials and codes, detail, and the event log together"
    )
    thinking = {
        name: {"p50": m["thinking"]["p50"], "p99": m["thinking"]["p99"], **m["thinking"]} for name, m in told.items()
    }
    yield Figure(
        "list_p50_ms", worst(m["thinking"]["p50"] for m in told.values()), 150, 80, "lower",
        f"median time of a page, 1 s between a client's requests; {where}", thinking,
    )  # fmt: skip
    yield Figure(
        "list_p99_ms", worst(m["thinking"]["p99"] for m in told.values()), 500, 250, "lower",
        "99th percentile of the same requests", {name: m["thinking"]["kinds"] for name, m in told.items()},
    )  # fmt: skip
    yield Figure(
        "list_closed_p50_ms", worst(m["closed"]["p50"] for m in told.values()), 300, 200, "lower",
        "median time of a page, every client asking again at once", {name: m["closed"] for name, m in told.items()},
    )  # fmt: skip
    yield Figure(
        "register_list_p50_ms", worst(m["thinking"]["register_p50"] for m in told.values()), 150, 80, "lower",
        f"median time of the list of a declared register of {ENTRIES:,} rows, plain, by choice, by range, sorted, searched; "
        "in the same run",
        {name: m["thinking"]["kinds"]["register"] for name, m in told.items()},
    )  # fmt: skip
    yield Figure(
        "export_s", worst(statistics.median(run[0] for run in m["export"]["whole"]) for m in told.values()), 15, 10, "lower",
        "seconds of the job that writes the whole list of enterprises to xlsx, median of three; megabytes are the process's "
        "peak after a small export and after the whole ones",
        {
            name: {
                "rows": m["export"]["whole"][0][1],
                "small_rows": m["export"]["small"][1],
                "peak_mb_small": round(m["export"]["small"][2]),
                "peak_mb_whole": round(m["export"]["whole"][-1][2]),
                "seconds": [round(run[0], 1) for run in m["export"]["whole"]],
            }
            for name, m in told.items()
        },
    )  # fmt: skip

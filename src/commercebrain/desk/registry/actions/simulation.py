"""Fills 示例市 with invented enterprises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction

import commercebrain.catalogue
from commercebrain.desk.core import fulltext
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import SearchEntry
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registry.actions.codes import load_zones
from commercebrain.desk.registry.finding import SUBJECT, keep_found, texts
from commercebrain.desk.registry.models import Enterprise, EnterpriseContact, EnterpriseName, Region, Township
from commercebrain.engine.enterprises.simulate import Firm, firms
from commercebrain.engine.yaml_text import read_yaml

WORDS = Path(next(iter(commercebrain.catalogue.__path__))) / "registry" / "simulation.yaml"
BATCH = 2_000


def words() -> dict[str, Any]:
    """What the names of invented firms are made of."""
    told: dict[str, Any] = read_yaml(WORDS.read_text(encoding="utf-8"))
    return told


def _batches(rows: Iterator[Firm]) -> Iterator[list[Firm]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _townships(told: dict[str, Any], counties: dict[str, Region]) -> dict[str, Township]:
    for county in told["counties"]:
        for row in county["townships"]:
            Township.objects.get_or_create(
                code=row["code"],
                defaults={
                    "name_zh": row["zh"], "name_en": row["en"], "region": counties[county["code"]],
                    "source": told["source"][:200],
                },
            )  # fmt: skip
    return {row.code: row for row in Township.objects.filter(region__synthetic=True)}


def simulate_enterprises(
    count: int, seed: int = 0, progress: Callable[[int, int], None] | None = None
) -> tuple[int, int]:
    """Makes sure that the first ``count`` invented firms of a seed are there: (added, already there).

    Needs the regions of 示例市 loaded; firms go to the county's bureau where there is one. Written in batches, each
    whole or not at all, so that a run that was killed is finished by the next.
    """
    told = words()
    counties = {
        region.code: region
        for region in Region.objects.filter(code__in=[c["code"] for c in told["counties"]], valid_to=None)
    }
    townships = _townships(told, counties)
    load_zones()  # the invented zones name townships that stand only now
    units: dict[str, Unit] = {}
    for unit in Unit.objects.filter(region__code__in=counties).select_related("region").order_by("-path"):
        units[unit.region.code] = unit
    added = there = 0
    for batch in _batches(firms(count, seed, told, today())):
        known = set(Enterprise.objects.filter(uscc__in=[f.uscc for f in batch]).values_list("uscc", flat=True))
        fresh = [firm for firm in batch if firm.uscc not in known]
        if fresh:
            with transaction.atomic():
                _write(fresh, counties, townships, units)
        added, there = added + len(fresh), there + len(known)
        if progress:
            progress(added + there, count)
    for code, unit in units.items():  # firms that were made before their county had a bureau
        Enterprise.objects.filter(synthetic=True, region__code=code, unit=None).update(unit=unit)
    indexed = SearchEntry.objects.filter(subject_type=SUBJECT).values("subject_id")
    keep_found(list(Enterprise.objects.filter(synthetic=True).exclude(pk__in=indexed).values_list("pk", flat=True)))
    if added:
        record("enterprise.simulated", ("registry.enterprise", "*"), None, count=added, seed=seed)
    return added, there


def _write(
    fresh: Iterable[Firm], counties: dict[str, Region], townships: dict[str, Township], units: dict[str, Unit]
) -> None:
    rows = []
    for firm in fresh:
        rows.append(
            Enterprise(
                uscc=firm.uscc, name_zh=firm.name_zh, name_en=firm.name_en, established_on=firm.established_on,
                closed_on=firm.closed_on, address=firm.address, industry=firm.industry, size=firm.size,
                status=Enterprise.Status.CLOSED if firm.closed_on else Enterprise.Status.EXISTING,
                region=counties[firm.county], township=townships[firm.township], unit=units.get(firm.county),
                synthetic=True,
            )
        )  # fmt: skip
    made = Enterprise.objects.bulk_create(rows)
    names, contacts = [], []
    for enterprise, firm in zip(made, fresh, strict=True):
        if firm.former:
            names.append(
                EnterpriseName(
                    enterprise=enterprise, kind=EnterpriseName.Kind.FORMER, name=firm.former,
                    valid_to=firm.former_until, source="synthetic",
                )
            )  # fmt: skip
        contacts.append(
            EnterpriseContact(
                enterprise=enterprise, name=firm.contact, post=firm.post, phone=firm.phone, main=True, note="synthetic"
            )
        )
    EnterpriseName.objects.bulk_create(names)
    EnterpriseContact.objects.bulk_create(contacts)
    others = {name.enterprise_id: [name.name] for name in names}
    fulltext.index(SUBJECT, ((row.pk, texts(row, others.get(row.pk, []))) for row in made))

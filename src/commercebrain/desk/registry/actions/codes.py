"""Loads files of codes by their profiles, the registers that come with the product, and successions and zones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from commercebrain.desk.core.events import record
from commercebrain.desk.registry.actions.regions import load_regions
from commercebrain.desk.registry.models import Code, CodeLink, Region, RegionChange, Township, Zone, ZonePart
from commercebrain.desk.registry.profiles import CATALOGUE, Profile, Refused, profile, profiles
from commercebrain.engine.errors import UserError
from commercebrain.engine.yaml_text import read_yaml

BATCH = 2_000


@dataclass
class Loaded:
    """What became of a file: rows added, changed and the same as before, and the rows that were refused."""

    profile: str
    added: int = 0
    changed: int = 0
    same: int = 0
    refused: list[Refused] = field(default_factory=list)


def load_profile(key: str, path: Path) -> Loaded:
    """Brings a file into its register. The same file again changes nothing; refused rows are named, the rest is taken.

    Raises :class:`UserError`: ``registry.no_profile``, ``registry.no_file``, ``registry.columns``.
    """
    chosen = profile(key)
    done = Loaded(key)
    wanted: dict[tuple[str, ...], dict[str, Any]] = {}
    for number, row in chosen.rows(path):
        taken = chosen.take(number, row)
        if isinstance(taken, Refused):
            done.refused.append(taken)
        elif taken is not None:
            identity = _identity(chosen, taken)
            if identity in wanted:
                done.refused.append(
                    Refused(number, "code", identity[-1], "在文件中重复出现", "stands in the file twice")
                )
                continue
            wanted[identity] = taken
    with transaction.atomic():
        if chosen.links:
            _links(chosen, wanted, done)
        elif chosen.into == "township":
            _townships(chosen, wanted, done)
        else:
            _derive(chosen, wanted)
            _codes(chosen, wanted, done)
        if done.added or done.changed:
            record(
                "codes.loaded", ("registry.code", key), None, what=chosen.name["zh"], what_en=chosen.name["en"],
                added=done.added, changed=done.changed, refused=len(done.refused),
            )  # fmt: skip
    return done


def _identity(chosen: Profile, taken: dict[str, Any]) -> tuple[str, ...]:
    if chosen.links:
        return taken["from_edition"], taken["from_code"], taken["to_edition"], taken["to_code"]
    return (taken["code"],)


def _derive(chosen: Profile, wanted: dict[tuple[str, ...], dict[str, Any]]) -> None:
    """Makes the tier between that the file leaves out where it holds one member: with that member's name."""
    rule = chosen.derive
    if not rule:
        return
    members: dict[str, list[dict[str, Any]]] = {}
    for row in wanted.values():
        if row["level"] == rule["from"]:
            members.setdefault(row["code"][: rule["digits"]], []).append(row)
    for code, rows in members.items():
        if (code,) not in wanted and len(rows) == 1:
            parent = code[: rule["parent_digits"]]
            wanted[(code,)] = {**rows[0], "code": code, "level": rule["level"], "parent": parent, "remark": ""}


def _codes(chosen: Profile, wanted: dict[tuple[str, ...], dict[str, Any]], done: Loaded) -> None:
    known = {row.code: row for row in Code.objects.filter(list=chosen.into, edition=chosen.edition)}
    fresh, changed = [], []
    fields = ("parent", "level", "name_zh", "name_en", "remark", "more", "source")
    for (code,), values in wanted.items():
        values = {"source": chosen.source[:200], **values}
        row = known.get(code)
        if row is None:
            fresh.append(Code(list=chosen.into, edition=chosen.edition, **values))
            continue
        kept = chosen.kept(values["level"])
        new = {
            name: values[name] for name in fields
            if name in values and not (name in kept and getattr(row, name)) and getattr(row, name) != values[name]
        }  # fmt: skip
        if chosen.shipped:  # what a richer file brought stays when the product is upgraded
            new = {
                name: value for name, value in new.items() if not getattr(row, name) or row.source == values["source"]
            }
        for name, value in new.items():
            setattr(row, name, value)
        if new:
            changed.append(row)
        else:
            done.same += 1
    Code.objects.bulk_create(fresh, batch_size=BATCH)
    Code.objects.bulk_update(changed, fields, batch_size=BATCH)
    done.added, done.changed = len(fresh), len(changed)


def _links(chosen: Profile, wanted: dict[tuple[str, ...], dict[str, Any]], done: Loaded) -> None:
    names = ("from_edition", "from_code", "to_edition", "to_code")
    known = set(CodeLink.objects.filter(list=chosen.into).values_list(*names))
    fresh = [
        CodeLink(list=chosen.into, source=chosen.source[:200], **values)
        for identity, values in wanted.items()
        if identity not in known
    ]
    CodeLink.objects.bulk_create(fresh, batch_size=BATCH)
    done.added, done.same = len(fresh), len(wanted) - len(fresh)


def _townships(chosen: Profile, wanted: dict[tuple[str, ...], dict[str, Any]], done: Loaded) -> None:
    counties = {r.code: r for r in Region.objects.filter(level=Region.Level.COUNTY, valid_to=None)}
    known = {row.code: row for row in Township.objects.select_related("region")}
    fresh, changed = [], []
    for (code,), values in wanted.items():
        region = counties.get(values["region"])
        if region is None or region.synthetic:
            column = chosen.columns["region"]
            done.refused.append(
                Refused(0, column, f"{code}: {values['region']}", "没有这个现行区县", "is not a county in force")
            )
            continue
        row = known.get(code)
        if row is None:
            fresh.append(Township(code=code, name_zh=values["name_zh"], region=region, source=chosen.source[:200]))
        elif (row.name_zh, row.region_id) != (values["name_zh"], region.pk):
            row.name_zh, row.region = values["name_zh"], region
            changed.append(row)
        else:
            done.same += 1
    Township.objects.bulk_create(fresh, batch_size=BATCH)
    Township.objects.bulk_update(changed, ["name_zh", "region"], batch_size=BATCH)
    done.added, done.changed = len(fresh), len(changed)


def load_folder(folder: Path) -> Iterator[Loaded]:
    """Loads every profile whose file lies in ``folder``; what is not there is left as it is."""
    for key, chosen in profiles().items():
        path = folder / chosen.file
        if not chosen.shipped and path.is_file():
            yield load_profile(key, path)


def load_registers() -> dict[str, tuple[int, int]]:
    """What every installation has: regions, their successions, zones, and the small tables of codes."""
    done = {"regions": load_regions(), "region_changes": load_region_changes(), "zones": load_zones()}
    for key, chosen in profiles().items():
        if chosen.shipped:
            loaded = load_profile(key, CATALOGUE / chosen.file)
            done[key] = (loaded.added, loaded.changed)
    return done


def _yaml(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_yaml(path.read_text(encoding="utf-8"))
    return rows


def load_region_changes(path: Path = CATALOGUE / "codes" / "region_changes.yaml") -> tuple[int, int]:
    """Brings the declared steps of succession into the database: (added, changed); twice changes nothing.

    Raises :class:`UserError` (``region_changes.unknown``) when a step speaks of a region that did not stand then.
    """
    added = changed = 0
    with transaction.atomic():
        for row in _yaml(path):
            day: date = row["day"]
            before = _standing(path, row["before"], before=day)
            after = _standing(path, row["after"], on=day)
            values = {
                "kind": row["kind"], "source": row["source"],
                "share_zh": row["share"]["zh"], "share_en": row["share"]["en"],
            }  # fmt: skip
            step, made = RegionChange.objects.get_or_create(before=before, after=after, day=day, defaults=values)
            added += made
            if not made and any(getattr(step, name) != value for name, value in values.items()):
                RegionChange.objects.filter(pk=step.pk).update(**values)
                changed += 1
    return added, changed


def _standing(path: Path, code: str, on: date | None = None, before: date | None = None) -> Region:
    """The region of a code on a day, or the last one that ended before a day (else the one without an end)."""
    rows = Region.objects.filter(code=code)
    ended = rows.filter(valid_to__lt=before).order_by("-valid_to").first() if before else None
    found = rows.valid_on(on).first() if on else ended or rows.filter(valid_to=None).first()
    if found is None:
        raise UserError(
            "region_changes.unknown",
            f"{path.name}：{on or before} 没有代码为 {code} 的地区。",
            f"{path.name}: no region bore the code {code} on {on or before}.",
        )
    return found


def load_zones(path: Path = CATALOGUE / "codes" / "zones.yaml") -> tuple[int, int]:
    """Brings the declared zones into the database: (added, changed). A township that is not loaded is left open."""
    added = changed = 0
    regions = {r.code: r for r in Region.objects.filter(valid_to=None)}
    with transaction.atomic():
        for row in _yaml(path):
            values = {
                "name_zh": row["name"]["zh"], "name_en": row["name"]["en"], "kind": row["kind"],
                "region": regions[row["region"]], "in_county_totals": row["counted"], "valid_from": row.get("from"),
                "valid_to": row.get("to"), "synthetic": row.get("synthetic", False), "source": row["source"],
                "parent": Zone.objects.get(code=row["parent"]) if row.get("parent") else None,
            }  # fmt: skip
            zone, made = Zone.objects.get_or_create(code=row["code"], defaults=values)
            added += made
            if not made and any(getattr(zone, name) != value for name, value in values.items()):
                Zone.objects.filter(pk=zone.pk).update(**values)
                changed += 1
            for part in row["parts"]:
                township = Township.objects.filter(code=part.get("township", "")).first()
                ZonePart.objects.update_or_create(
                    zone=zone, region=regions[part["region"]],
                    defaults={"township": township, "whole": part.get("whole", False)},
                )  # fmt: skip
    return added, changed

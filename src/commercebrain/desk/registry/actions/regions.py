"""Writes of the register of regions."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from django.db import transaction

import commercebrain.catalogue
from commercebrain.desk.core.events import record
from commercebrain.desk.registry.models import Region
from commercebrain.engine.errors import UserError

FILE = Path(next(iter(commercebrain.catalogue.__path__))) / "codes" / "regions.csv"
LEVELS = list(Region.Level.values)
SYNTHETIC_FIRST = "990000"


def _fault(path: Path, row: int, column: str, value: str, zh: str, en: str) -> UserError:
    return UserError(
        "regions.bad_row",
        f"{path.name} 第 {row} 行 {column} 列的值“{value}”{zh}",
        f"{path.name}, row {row}, column {column}: “{value}” {en}",
    )


def _day(path: Path, number: int, row: dict[str, str], column: str) -> date | None:
    text = (row.get(column) or "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _fault(
            path,
            number,
            column,
            text,
            "不是日期，请写成 2021-04-09。",
            "is not a date; write it like 2021-04-09.",
        ) from None


def load_regions(path: Path = FILE) -> tuple[int, int]:
    """Brings the register into the database: (added, changed). The same file again changes nothing.

    Columns: code, name_zh, name_en, level, parent, valid_from, valid_to, synthetic, source. Parents stand before their
    children or after, as they like; a code with several validities is several rows, and a child takes the parent that
    is valid in its own time. Raises :class:`UserError` (``regions.bad_row``) with row, column and value; then nothing
    is written.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    wanted: list[tuple[int, dict[str, str], date | None, date | None]] = []
    for number, row in enumerate(rows, start=2):
        code = (row.get("code") or "").strip()
        if len(code) != 6 or not code.isdigit():
            raise _fault(path, number, "code", code, "不是六位数字代码。", "is not a code of six digits.")
        if row.get("level") not in LEVELS:
            raise _fault(
                path,
                number,
                "level",
                row.get("level") or "",
                f"只能是 {'、'.join(LEVELS)} 之一。",
                f"must be one of {', '.join(LEVELS)}.",
            )
        synthetic = (row.get("synthetic") or "").strip().lower() in {"1", "true", "yes"}
        if synthetic != (code >= SYNTHETIC_FIRST):
            raise _fault(
                path,
                number,
                "synthetic",
                row.get("synthetic") or "",
                "与代码不符：99 开头的代码且只有它们是演示用的虚构地区。",
                "does not fit the code: codes from 990000 on, and only they, are invented for demonstration.",
            )
        wanted.append((number, row, _day(path, number, row, "valid_from"), _day(path, number, row, "valid_to")))
    # Parents first: by level, so that every parent is there when its children come.
    wanted.sort(key=lambda item: (LEVELS.index(item[1]["level"]), item[1]["code"], str(item[2] or "")))
    added = changed = 0
    with transaction.atomic():
        known: dict[tuple[str, date | None], Region] = {(r.code, r.valid_from): r for r in Region.objects.all()}
        by_code: dict[str, list[Region]] = {}
        for region in known.values():
            by_code.setdefault(region.code, []).append(region)
        said = {(row["code"].strip(), first) for _number, row, first, _last in wanted}
        for number, row, first, last in wanted:
            code, above = row["code"].strip(), (row.get("parent") or "").strip()
            parent = _parent(by_code.get(above, []), first, last) if above else None
            if above and parent is None:
                raise _fault(
                    path,
                    number,
                    "parent",
                    above,
                    "在文件中没有对应的地区。",
                    "is not the code of any region in the file.",
                )
            values = {
                "name_zh": row["name_zh"].strip(),
                "name_en": row["name_en"].strip(),
                "level": row["level"],
                "parent": parent,
                "valid_to": last,
                "synthetic": code >= SYNTHETIC_FIRST,
            }
            region = known.get((code, first)) or _redated(known, said, code, first, last)
            if region is None:
                region = Region.objects.create(code=code, valid_from=first, **values)
                known[code, first] = region
                by_code.setdefault(code, []).append(region)
                added += 1
            elif any(getattr(region, name) != value for name, value in values.items()):
                for name, value in values.items():
                    setattr(region, name, value)
                region.save()
                changed += 1
        if added or changed:
            record("regions.loaded", ("registry.region", "*"), None, added=added, changed=changed)
    return added, changed


def _redated(
    known: dict[tuple[str, date | None], Region],
    said: set[tuple[str, date | None]],
    code: str,
    first: date | None,
    last: date | None,
) -> Region | None:
    """The row of a code whose first day the file corrects: it ends where this one does and the file has no other."""
    for (other, began), region in list(known.items()):
        if other == code and region.valid_to == last and (code, began) not in said:
            region.valid_from = first
            region.save(update_fields=["valid_from"])
            known[code, first] = known.pop((other, began))
            return region
    return None


def _parent(candidates: list[Region], first: date | None, last: date | None) -> Region | None:
    """The candidate valid at the end of the child's time (an open end: the latest one)."""
    day = last or date.max
    fitting = [r for r in candidates if (r.valid_from or date.min) <= day and day <= (r.valid_to or date.max)]
    return fitting[0] if fitting else (candidates[-1] if candidates else None)

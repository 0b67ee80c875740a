"""The lists of the demonstration's invented city, through the same actions as anybody's: drafted, proposed, approved."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.db import transaction

from commercebrain.desk.lists import actions, rows
from commercebrain.desk.lists.kinds import kinds
from commercebrain.desk.lists.models import Book, ListVersion
from commercebrain.desk.people.models import Person, Unit
from commercebrain.engine.lists.tables import read_table
from commercebrain.engine.yaml_text import read_yaml


@lru_cache(maxsize=1)
def told() -> list[dict[str, Any]]:
    """The declared lists (``catalogue/simulation/lists.yaml``)."""
    text = (files("commercebrain.catalogue") / "simulation" / "lists.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = read_yaml(text)["books"]
    return found


def play(
    unit: Unit, proposer: Person, approver: Person, firms: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> str:  # fmt: skip
    """Makes each declared list with its first version in force, each whole or not at all; a second time nothing changes.

    ``firms`` gives, by the name that a declaration draws from, the firms with what their rows may speak of (``uscc``,
    ``hs6``); ``folder`` holds the tables.
    """
    for number, one in enumerate(told(), 1):
        name = one["name"]
        if not Book.objects.filter(kind=one["kind"], unit=unit, name_zh=name["zh"]).exists():
            with transaction.atomic():
                _make(one, unit, proposer, approver, list(_rows(one, firms, folder)))
        progress(number, len(told()), name["zh"])
    return f"{len(told())} 张 / lists"


def _make(one: Mapping[str, Any], unit: Unit, proposer: Person, approver: Person, given: list[dict[str, Any]]) -> None:
    book = actions.create_book(
        kinds()[one["kind"]], proposer, unit, one["name"]["zh"], one["name"]["en"],
        nomenclature=one.get("nomenclature", ""), edition=one.get("edition", ""), partner=one.get("partner", ""),
        note=one.get("note", ""),
    )  # fmt: skip
    version: ListVersion = actions.draft(book, proposer)
    done = rows.fill(version, proposer, given)
    if done.refused:
        raise done.refused[0][1]
    version.refresh_from_db()
    proposed = actions.propose(
        version, proposer, document=one.get("document", ""), issued_on=one.get("issued_on"),
        effective_on=one["effective_on"], reason=one.get("reason", ""),
    )  # fmt: skip
    actions.decide(proposed, approver, approve=True, decision="同意（演示）")


def _rows(
    one: Mapping[str, Any], firms: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path
) -> Iterator[dict[str, Any]]:
    """The rows that a declaration gives, draws, or has in a file."""
    if "file" in one:
        yield from _table(folder / one["file"])
    yield from (dict(row) for row in one.get("rows", ()))
    draw = one.get("firms")
    if draw:
        chosen = firms[draw["from"]][:: draw.get("every", 1)][: draw.get("most")]
        for number, firm in enumerate(chosen, 1):
            made = {name: _word(value, number, firm) for name, value in draw.get("row", {}).items()}
            yield {"enterprise": firm["uscc"], **made}


def _word(value: Any, number: int, firm: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        value = value[(number - 1) % len(value)]
    return value.format(n=number, **firm) if isinstance(value, str) else value


def _table(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a table of codes, as the product reads anybody's."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = read_table(list(csv.reader(file)))
    for row in table.rows:
        for code in row.codes:
            yield {"code": code.digits, "name": row.name, "partner": row.partner, "rate": row.rate}

"""Rows that come in a file with their sources: what plans state, loaded as it stands."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

import commercebrain.catalogue
from commercebrain.desk.people.models import Unit
from commercebrain.desk.registers import actions, queries
from commercebrain.desk.registers.declared import registers
from commercebrain.desk.registers.lookups import DeskLookups
from commercebrain.engine.registers import read_entry
from commercebrain.engine.yaml_text import read_yaml

FOLDER = Path(next(iter(commercebrain.catalogue.__path__))) / "registers" / "rows"


@transaction.atomic
def load_rows(path: Path, unit: Unit) -> int:
    """Adds the rows of a file for ``unit`` that are not there yet; returns how many. What is there is left alone."""
    added, known = 0, DeskLookups()
    for code, rows in read_yaml(path.read_text(encoding="utf-8")).items():
        register = registers()[code]
        for one in rows:
            if queries.by_key(register, read_entry(register, one["row"], known).key) is None:
                actions.create(register, None, one["row"], unit=unit, source=one["source"], known=known)
                added += 1
    return added

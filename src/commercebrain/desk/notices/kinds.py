"""The kinds of notices of ``catalogue/notices.yaml``: which events they tell, and whom by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import commercebrain.catalogue
from commercebrain.desk.core import reader
from commercebrain.desk.core.events import verbs
from commercebrain.engine.errors import UserError
from commercebrain.engine.yaml_text import read_yaml

FILE = Path(next(iter(commercebrain.catalogue.__path__))) / "notices.yaml"
AUDIENCES = {"author", "concerned", "owner", "unit", "superior", "administrators", "firm", "named"}
MAILS = {"off", "at_once", "daily"}


@dataclass(frozen=True)
class Kind:
    """One kind: ``verbs`` are those of the event log; ``audience`` says who is told without asking for it."""

    code: str
    zh: str
    en: str
    verbs: frozenset[str]
    audience: frozenset[str]
    mail: str

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.zh if reader.chinese() else self.en


def load(path: Path = FILE) -> dict[str, Kind]:
    """The kinds by code.

    Raises :class:`UserError` (``notices.bad_kind``) naming kind and value when a verb, an audience or a way of mail
    does not exist, or when two kinds tell the same verb.
    """
    declared: dict[str, Any] = read_yaml(path.read_text(encoding="utf-8"))["kinds"]
    made: dict[str, Kind] = {}
    told: dict[str, str] = {}
    for code, row in declared.items():
        kind = Kind(
            code, row["name"]["zh"], row["name"]["en"], frozenset(row["verbs"]), frozenset(row["to"]),
            row.get("mail", "off"),
        )  # fmt: skip
        unknown = sorted((kind.verbs - set(verbs())) | (kind.audience - AUDIENCES) | ({kind.mail} - MAILS))
        twice = sorted(verb for verb in kind.verbs if verb in told)
        if unknown or twice:
            bad = "、".join(unknown or twice)
            raise UserError(
                "notices.bad_kind",
                f"{path.name} 的通知种类 {code} 中的“{bad}”{'不存在' if unknown else '已属于另一种类'}，请更正。",
                f"{path.name}, kind {code}: “{bad}” {'does not exist' if unknown else 'belongs to another kind'}.",
            )
        told.update(dict.fromkeys(kind.verbs, code))
        made[code] = kind
    return made


@cache
def kinds() -> dict[str, Kind]:
    """The kinds of the product's catalogue."""
    return load()


@cache
def by_verb() -> dict[str, Kind]:
    """Which kind tells a verb."""
    return {verb: kind for kind in kinds().values() for verb in kind.verbs}

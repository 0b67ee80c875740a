"""Loading profiles: how a file of codes becomes rows of a register (``catalogue/registry/profiles/*.yaml``)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import commercebrain.catalogue
from commercebrain.engine.errors import UserError
from commercebrain.engine.yaml_text import read_yaml

CATALOGUE = Path(next(iter(commercebrain.catalogue.__path__)))
FOLDER = CATALOGUE / "registry" / "profiles"


@dataclass(frozen=True)
class Refused:
    """A row that was not taken: its number in the file (the header is 1), the column, the value, and why."""

    row: int
    column: str
    value: str
    zh: str
    en: str


@dataclass(frozen=True)
class Profile:
    """One profile. ``into`` is a code list of :class:`Code` or ``township``; ``links`` makes it a concordance."""

    key: str
    name: dict[str, str]
    into: str
    file: str
    code: str
    source: str
    edition: str = ""
    shipped: bool = False
    columns: dict[str, str] = field(default_factory=dict)
    level: dict[str, Any] = field(default_factory=dict)
    parent: dict[str, Any] = field(default_factory=dict)
    derive: dict[str, Any] = field(default_factory=dict)
    skip: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)
    keeps: list[str] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def needed(self) -> list[str]:
        """The columns that a file must have."""
        named = [*self.columns.values(), *self.links.values(), self.level.get("column", "")]
        named += [rule["column"] for rule in self.parent.values() if isinstance(rule, dict) and "column" in rule]
        return list(dict.fromkeys(column for column in named if column))

    def take(self, number: int, row: dict[str, str]) -> dict[str, Any] | Refused | None:
        """What a row becomes, why it is refused, or nothing where the profile leaves it out."""
        row = {key: (value or "").strip() for key, value in row.items() if key}
        for name, patterns in self.skip.items():
            if any(re.search(pattern, row.get(self.columns[name], "")) for pattern in patterns):
                return None
        if self.links:
            return self._link(number, row)
        values: dict[str, Any] = {name: row.get(column, "") for name, column in self.columns.items()}
        if not re.fullmatch(self.code, values["code"]):
            return self._bad_code(number, self.columns["code"], values["code"])
        if not (values.get("name_zh") or values.get("name_en")):
            column = self.columns.get("name_zh") or self.columns["name_en"]
            return Refused(number, column, "", "没有名称", "has no name")
        if self.into == "township":
            return values
        level = self._level(values["code"], row)
        if level is None:
            column = str(self.level.get("column", self.columns["code"]))
            said = row.get(column, "")
            return Refused(number, column, said, "不是已知的层级", "is not a known level")
        values["level"] = level
        values["parent"] = self._parent(values["code"], level, row)
        if self.more:
            values["more"] = {name: row[name] for name in self.more if row.get(name)}
        return values

    def _bad_code(self, number: int, column: str, value: str) -> Refused:
        return Refused(number, column, value, f"不符合编码格式 {self.code}", f"does not fit the form {self.code}")

    def _link(self, number: int, row: dict[str, str]) -> dict[str, Any] | Refused:
        values = {name: row.get(column, "") for name, column in self.links.items()}
        for name in ("from_code", "to_code"):
            if not re.fullmatch(self.code, values[name]):
                return self._bad_code(number, self.links[name], values[name])
        return values

    def _level(self, code: str, row: dict[str, str]) -> str | None:
        if "always" in self.level:
            return str(self.level["always"])
        if "length" in self.level:
            return self.level["length"].get(len(code))
        said = row.get(str(self.level.get("column", "")), "")
        values = self.level.get("values")
        return (values.get(said) if values else said) if self.level else ""

    def _parent(self, code: str, level: str, row: dict[str, str]) -> str:
        rule = self.parent.get(level, "")
        if not isinstance(rule, dict):
            return str(rule)
        return row.get(rule["column"], "") if "column" in rule else code[: rule["digits"]]

    def kept(self, level: str) -> set[str]:
        """What an earlier, richer row keeps when this profile brings the same code: ``field`` or ``field@level``."""
        found = set()
        for said in self.keeps:
            name, _, only = said.partition("@")
            if not only or only == level:
                found.add(name)
        return found

    def rows(self, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows of a file with their numbers. Raises :class:`UserError` for a file without the columns needed."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as fault:
            raise UserError(
                "registry.no_file", f"读不到文件 {path}：{fault.strerror}。", f"Cannot read {path}: {fault.strerror}."
            ) from fault
        except UnicodeDecodeError:
            text = path.read_text(encoding="gb18030")
        reader = csv.DictReader(text.splitlines())
        if missing := [column for column in self.needed() if column not in (reader.fieldnames or [])]:
            raise UserError(
                "registry.columns",
                f"文件 {path.name} 缺少列：{'、'.join(missing)}；现有列：{'、'.join(reader.fieldnames or [])}。",
                f"{path.name} lacks the columns {', '.join(missing)}; it has {', '.join(reader.fieldnames or [])}.",
            )
        yield from enumerate(reader, start=2)


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by its name."""
    return {
        path.stem: Profile(key=path.stem, **read_yaml(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*.yaml"))
    }


def profile(key: str) -> Profile:
    """A profile by its name; raises :class:`UserError` (``registry.no_profile``) with the names that there are."""
    found = profiles().get(key)
    if found is None:
        there = [name for name, one in profiles().items() if not one.shipped]
        raise UserError(
            "registry.no_profile",
            f"没有名为“{key}”的装载方案；可用：{'、'.join(there)}。",
            f"There is no loading profile “{key}”; there are {', '.join(there)}.",
        )
    return found

"""What an importer declares (see the package's description)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from commercebrain.desk.core import reader
from commercebrain.desk.core.imports.parsers import Parser, text
from commercebrain.desk.core.versioned import Conflict
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

Key = tuple[Any, ...]
Values = dict[str, Any]
_TEXT = text()


@dataclass(frozen=True)
class ImportColumn:
    """One column: its key, its headings, and how its cells are read.

    ``synonyms`` are other headings that people use; ``choices`` the words offered in the template's cells; ``note``
    stands in the template (zh, en); ``example`` in its example row.
    """

    key: str
    zh: str
    en: str
    required: bool = False
    parse: Parser = _TEXT
    example: Any = ""
    synonyms: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    note: tuple[str, str] = ("", "")

    @property
    def label(self) -> str:
        """The heading in the reader's language."""
        return self.zh if reader.chinese() else self.en

    @property
    def words(self) -> tuple[str, ...]:
        """Every heading that means this column."""
        return (self.zh, self.en, self.key, *self.synonyms)


@dataclass(frozen=True)
class Found:
    """A row of the register as it stands: its id, its values under the columns' keys, its version, what it is called."""

    id: int | str
    values: Values = field(default_factory=dict)
    version: int | None = None
    name: str = ""


class Importer:
    """Takes lists into one register, or into the one that ``target`` names."""

    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]
    columns: Sequence[ImportColumn] = ()
    key: tuple[str, ...] = ()
    blank_key: tuple[str, ...] = ()  # parts of the key that a row may leave empty, which then is part of the key
    can_add: ClassVar[bool] = True  # rows that the register does not hold: added, or refused

    def __init__(self, target: str = "") -> None:
        self.target = target

    @classmethod
    def at(cls, target: str) -> Self | None:
        """The importer of the register ``target``; none where there is no such register."""
        return None if target else cls()

    @property
    def label(self) -> str:
        """What is imported, in the reader's language."""
        return self.zh if reader.chinese() else self.en

    @property
    def by_key(self) -> dict[str, ImportColumn]:
        """The columns by their keys."""
        return {column.key: column for column in self.columns}

    def address(self) -> str:
        """The page of the register, for the way back."""
        return "/"

    def allowed(self, person: Person) -> bool:
        """Whether this person may import here at all; each row is checked besides."""
        return False

    def existing(self, keys: Collection[Key], person: Person) -> dict[Key, Found]:
        """The rows of the register with these keys: all that exist, in the person's scope or not."""
        raise NotImplementedError

    def check(self, values: Values, found: Found | None, person: Person) -> None:
        """Raises :class:`UserError` for a row that must not be written by this person; ``field`` names the column.

        ``values`` are those of the file, ``found`` the row they would change, if any. Scope is checked here.
        """

    def create(self, values: Values, person: Person) -> Found:
        """Adds one row by its action."""
        raise NotImplementedError

    def change(self, found: Found, values: Values, person: Person) -> Found:
        """Changes one row by its action; raises :class:`Conflict` when it moved on since ``found`` was read."""
        raise NotImplementedError

    def remove(self, found: Found, person: Person) -> None:
        """Takes an added row out again; raises :class:`UserError` when something hangs on it by now."""
        raise NotImplementedError

    def create_many(self, rows: Sequence[Values], person: Person) -> list[Found | None]:
        """Adds rows; none for one that exists meanwhile."""
        return [_one(self.create, values, person) for values in rows]

    def change_many(self, rows: Sequence[tuple[Found, Values]], person: Person) -> list[Found | None]:
        """Changes rows; none for one that somebody else changed in this moment."""
        return [_one(self.change, found, values, person) for found, values in rows]

    def remove_many(self, rows: Sequence[Found], person: Person) -> list[UserError | None]:
        """Removes rows; the reason for one that has to stay."""
        answers: list[UserError | None] = []
        for found in rows:
            try:
                with transaction.atomic():
                    self.remove(found, person)
            except UserError as fault:
                answers.append(fault)
            else:
                answers.append(None)
        return answers


def _one(act: Callable[..., Found], *arguments: Any) -> Found | None:
    """One write under a savepoint; none when another person was quicker."""
    try:
        with transaction.atomic():
            return act(*arguments)
    except (Conflict, IntegrityError):
        return None


IMPORTERS: dict[str, type[Importer]] = {}


def importer(declared: type[Importer]) -> type[Importer]:
    """Declares the class below as an importer."""
    earlier = IMPORTERS.get(declared.code)
    if earlier is not None and earlier.__qualname__ != declared.__qualname__:
        raise ValueError(f"Two importers are called {declared.code}")
    IMPORTERS[declared.code] = declared
    return declared


def find_importer(code: str, target: str = "", person: Person | None = None) -> Importer | None:
    """The importer, none where there is none. Raises ``PermissionDenied`` where ``person`` may not import."""
    declared = IMPORTERS.get(code)
    found = declared.at(target) if declared is not None else None
    if found is not None and person is not None and not found.allowed(person):
        raise PermissionDenied
    return found


def importers_for(person: Person) -> list[Importer]:
    """The importers without a target that this person may use."""
    made = [found for declared in IMPORTERS.values() if (found := declared.at("")) is not None]
    return [found for found in made if found.allowed(person)]

"""What can be annotated: rows and figures that the reader sees, found by kind and number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Model, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import translation

from commercebrain.desk.core import reader
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

Reader = Person | AnonymousUser


@dataclass(frozen=True)
class Subject:
    """Something that a remark is about: its name in both languages, its page, and the row where it is one."""

    kind: str
    id: str
    zh: str
    en: str
    url: str
    row: Any = None

    def __str__(self) -> str:
        """The name in the reader's language."""
        return self.zh if reader.chinese() else self.en


Finder = Callable[[Reader, Collection[str]], dict[str, Subject]]
FINDERS: dict[str, Finder] = {}


def subject_kind(kind: str) -> Callable[[Finder], Finder]:
    """Declares the function below as the finder of a kind: of many numbers those that a person sees, in one query."""

    def declare(function: Finder) -> Finder:
        FINDERS[kind] = function
        return function

    return declare


def find_subject(person: Reader, kind: str, number: str) -> Subject | None:
    """The subject, if it exists and ``person`` sees it."""
    return find_subjects(person, kind, [number]).get(number)


def find_subjects(person: Reader, kind: str, numbers: Collection[str]) -> dict[str, Subject]:
    """Of the subjects with these numbers those that exist and ``person`` sees."""
    finder = FINDERS.get(kind)
    return finder(person, numbers) if finder and numbers else {}


KINDS: dict[str, str] = {}


def seen_numbers(person: Reader) -> Iterator[tuple[str, QuerySet[Any]]]:
    """For every kind that is rows of a model: the numbers of those that ``person`` sees, as a query."""
    for model, kind in KINDS.items():
        rows = apps.get_model(model)._default_manager.visible_to(person).order_by()
        yield kind, rows.annotate(subject_number=Cast("pk", CharField())).values("subject_number")


def kind_of(thing: Any) -> str | None:
    """The kind under which a row can be annotated; none where it cannot."""
    return KINDS.get(thing._meta.label) if isinstance(thing, Model) else None


def rows_as_subjects(kind: str, model: str, view: str) -> None:
    """Declares the rows of a scoped model as subjects: named by ``str``, shown by ``view``."""
    KINDS[model] = kind

    @subject_kind(kind)
    def find(person: Reader, numbers: Collection[str]) -> dict[str, Subject]:
        keys = [number for number in numbers if number.isascii() and number.isdigit() and len(number) < 19]
        rows = apps.get_model(model)._default_manager.visible_to(person).filter(pk__in=keys)
        found = {}
        for row in rows:
            names = []
            for language in ("zh-hans", "en"):
                with translation.override(language):
                    names.append(f"{row._meta.verbose_name} {row}"[:120])
            found[str(row.pk)] = Subject(kind, str(row.pk), names[0], names[1], reverse(view, args=[row.pk]), row)
        return found


rows_as_subjects("document", "plans.Document", "plans:document")
rows_as_subjects("finding", "plans.Finding", "plans:finding")
rows_as_subjects("target", "plans.Target", "plans:target")
rows_as_subjects("task", "plans.Task", "plans:task")
rows_as_subjects("check", "audits.AuditFinding", "audits:finding")
rows_as_subjects("enterprise", "registry.Enterprise", "registry:enterprise")


@subject_kind("figure")
def figure_subjects(person: Reader, numbers: Collection[str]) -> dict[str, Subject]:
    """Figures and whole series by their numbers."""
    found = {number: figure_subject(person, number) for number in numbers}
    return {number: subject for number, subject in found.items() if subject is not None}


def figure_subject(person: Reader, number: str) -> Subject | None:
    """A figure, or a whole series: ``trade_value/330200/2024`` or ``trade_value/330200``."""
    from commercebrain.desk.core.catalogue import catalogue
    from commercebrain.desk.core.figures import reach_for
    from commercebrain.desk.registry.queries import region as region_of
    from commercebrain.engine.periods import Period

    code, _slash, rest = number.partition("/")
    place, _slash, when = rest.partition("/")
    indicator, region = catalogue().indicators.get(code), region_of(place)
    if indicator is None or region is None or not reach_for(person).sees(place, indicator.classification):
        return None
    said_zh = said_en = ""
    if when:
        try:
            period = Period.parse(when)
        except (UserError, ValueError):
            return None
        if str(period) != when:  # one figure has one number
            return None
        said_zh, said_en = period.say("zh"), period.say("en")
    zh = f"{region.name_zh}{said_zh}{indicator.name.zh}"
    en = " ".join(filter(None, (region.name_en, indicator.name.en, said_en)))
    return Subject("figure", number, zh, en, reverse("web:series", args=[code, place]))

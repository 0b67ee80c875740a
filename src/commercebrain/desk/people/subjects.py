"""What can be annotated: rows and figures that the reader sees, found by kind and number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.urls import reverse
from django.utils import translation

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
        return self.zh if (translation.get_language() or "zh").startswith("zh") else self.en


Finder = Callable[[Reader, str], Subject | None]
FINDERS: dict[str, Finder] = {}


def subject_kind(kind: str) -> Callable[[Finder], Finder]:
    """Declares the function below as the finder of a kind; it applies the person's scope in its query."""

    def declare(function: Finder) -> Finder:
        FINDERS[kind] = function
        return function

    return declare


def find_subject(person: Reader, kind: str, number: str) -> Subject | None:
    """The subject, if it exists and ``person`` sees it."""
    finder = FINDERS.get(kind)
    return finder(person, number) if finder else None


KINDS: dict[str, str] = {}


def kind_of(thing: Any) -> str | None:
    """The kind under which a row can be annotated; none where it cannot."""
    return KINDS.get(thing._meta.label) if isinstance(thing, Model) else None


def rows_as_subjects(kind: str, model: str, view: str) -> None:
    """Declares the rows of a scoped model as subjects: named by ``str``, shown by ``view``."""
    KINDS[model] = kind

    @subject_kind(kind)
    def find(person: Reader, number: str) -> Subject | None:
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        row = apps.get_model(model)._default_manager.visible_to(person).filter(pk=number).first()
        if row is None:
            return None
        names = []
        for language in ("zh-hans", "en"):
            with translation.override(language):
                names.append(f"{row._meta.verbose_name} {row}"[:120])
        return Subject(kind, number, names[0], names[1], reverse(view, args=[row.pk]), row)


rows_as_subjects("document", "plans.Document", "plans:document")
rows_as_subjects("finding", "plans.Finding", "plans:finding")
rows_as_subjects("target", "plans.Target", "plans:target")
rows_as_subjects("task", "plans.Task", "plans:task")
rows_as_subjects("check", "audits.AuditFinding", "audits:finding")
rows_as_subjects("enterprise", "registry.Enterprise", "registry:enterprise")


@subject_kind("figure")
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

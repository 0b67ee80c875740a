"""Forms and rounds in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.forms import queries
from commercebrain.desk.forms.telling import declared_forms
from commercebrain.desk.people.models import Person


@provider("forms")
def forms(person: Person, text: str, each: int) -> Iterator[Hit]:
    """Declared forms by name or code, for those who read as one of the administration."""
    if not queries.bureau_reader(person):
        return
    for code, form in declared_forms().items():
        if matches(text, form.name.zh, form.name.en, code):
            name = form.name.say(reader.language())
            yield Hit(_("Form"), name, reverse("forms:form", args=[code]), form.approval)

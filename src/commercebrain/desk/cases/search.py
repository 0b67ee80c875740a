"""Cases in the search box: by number, title and firm, within sight."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.cases import queries
from commercebrain.desk.core import reader
from commercebrain.desk.core.search import Hit, provider
from commercebrain.desk.people.models import Person


@provider("cases")
def cases(person: Person, text: str, each: int) -> Iterator[Hit]:
    """The newest cases in sight whose number, title or firm's name holds the text."""
    wanted = Q(number__icontains=text) | Q(title_zh__icontains=text) | Q(title_en__icontains=text)
    wanted |= Q(enterprise__name_zh__icontains=text) | Q(enterprise__uscc=text.upper())
    chinese = reader.chinese()
    for case in queries.cases(person).filter(wanted).order_by("-opened_at", "-pk")[:each]:
        title = case.title_zh if chinese else case.title_en or case.title_zh
        yield Hit(
            _("Case"),
            f"{case.number} {title}",
            reverse("cases:case", args=[case.pk]),
            str(case.enterprise or case.unit),
        )

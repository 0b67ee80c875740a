"""What a leader has to sign, in “my work”."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.work import Item, provider
from commercebrain.desk.people.models import Person
from commercebrain.desk.warnings.ranking import queries
from commercebrain.desk.warnings.ranking.views import name_of, period_words


@provider("ranking")
def rankings_to_sign(person: Person, on: date) -> Iterator[Item]:
    """Rankings that wait for the person's signature."""
    for one in queries.to_sign(person):
        title = _t("Sign: %(name)s %(period)s") % {"name": name_of(one), "period": period_words(one.period)}
        yield Item(_("Ranking of counties"), title, reverse("ranking:ranking", args=[one.pk]))

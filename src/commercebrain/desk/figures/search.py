"""Series of figures and founding systems in the search box."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.figures import reach_for, store
from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.figures.queries import regions
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError


@provider("figures")
def find_series(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """Series by indicator, region, or both together (宁波进出口, nbs); nothing while there is no lake."""
    reach, places, day = reach_for(person), regions(), today()
    try:
        held = sorted({(row.region, row.indicator) for row in store().observations(day)})
    except UserError:
        return
    language = reader.language()
    for region, code in held:
        indicator, place = catalogue().indicators.get(code), places.get(region)
        if indicator is None or place is None or not reach.sees(region, indicator.classification):
            continue
        zh, en = indicator.name.say("zh"), indicator.name.say("en")
        if matches(text, zh, en, code, *indicator.synonyms, f"{place.name_zh}{zh}", f"{place.name_en} {en}"):
            address = reverse("web:series", args=[code, region])
            yield Hit(_("Figures"), f"{place} {indicator.name.say(language)}", address)

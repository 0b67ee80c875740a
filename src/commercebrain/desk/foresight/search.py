"""The pages of foresight in the search box, by what people call them."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from commercebrain.desk.core.search import Hit, matches, provider
from commercebrain.desk.figures.explorer.questions import first_question
from commercebrain.desk.people.models import Person
from commercebrain.engine.errors import UserError

#: What people type → the page.
CALLED = {
    "foresight:anomalies": ("异常", "预警", "骤降", "anomaly", "anomalies", "unusual"),
    "foresight:quality": ("预测质量", "预测误差", "forecast quality", "accuracy"),
}


@provider("foresight")
def find_pages(person: Person, text: str, limit: int) -> Iterator[Hit]:
    """The two lists, for whoever may see any figure at all."""
    titles = {"foresight:anomalies": _("Anomalies"), "foresight:quality": _("Forecast quality")}
    found = [view for view, names in CALLED.items() if matches(text, *names)]
    if not found:
        return
    try:
        seen = first_question(person) is not None
    except UserError:  # no lake yet
        seen = False
    for view in found if seen else ():
        yield Hit(_("Foresee"), titles[view], reverse(view))

"""A look at the personal answers of a report, with a reason."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import looks
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.forms.board.chase import ReasonForm
from commercebrain.desk.forms.board.review import find
from commercebrain.desk.forms.models import Report
from commercebrain.desk.forms.telling import named


class Reveal(FormPage):
    """Opens the personal answers of a report to one person for a short while; the look and its reason are kept."""

    form_class = ReasonForm
    keeps_draft = False
    save_label = _("Show")
    saved_message = _("Shown to you for ten minutes; the look is in the event log.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Report:
        """A report in sight."""
        self.report = find(request, kwargs["pk"])
        return self.report

    def heading(self, thing: Report) -> str:
        """What is done."""
        return _t("Show personal information: %(name)s") % {"name": thing.enterprise}

    def answer(self, request: HttpRequest, thing: Report) -> str:
        """What that means."""
        return _t("Say what you need it for; who looked, when and why is kept.")

    def version(self, thing: Report) -> int | None:
        """Nothing is changed."""
        return None

    def back(self) -> tuple[str, Any]:
        """To the report."""
        return reverse("forms:report", args=[self.report.pk]), str(self.report.enterprise)

    def save(self, request: HttpRequest, thing: Report, data: dict[str, Any], version: int | None) -> Report:
        """Writes the look, then opens."""
        firm, told = thing.enterprise, named(thing.round)
        what = (
            f"{firm.name_zh}{told['form']}{told['period']}的个人信息",
            f"personal information in {told['form_en']} {told['period']} of {firm.name_en or firm.name_zh}",
        )
        looks.open_up(request, thing, what, data["reason"], thing.unit)
        return thing

    def done(self, request: HttpRequest, thing: Report) -> str:
        """Back to the report."""
        return reverse("forms:report", args=[thing.pk])

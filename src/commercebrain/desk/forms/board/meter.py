"""How much the firms are asked: by form, by firm, and on a firm's page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commercebrain.desk.core import reader
from commercebrain.desk.core.generic import Column, ListPage
from commercebrain.desk.forms import burden, queries
from commercebrain.desk.forms.board.chase import READS
from commercebrain.desk.forms.board.words import form_name, share
from commercebrain.desk.forms.models import Round


class Burden(ListPage):
    """The firms in sight by how often they were asked in twelve months."""

    template_name = "forms/burden.html"
    title = _("Burden of reporting")
    columns = (
        Column(
            "firm", _("Firm"), str, sort="name_zh", link=lambda row: f"{reverse('forms:reports')}?q={quote(row.uscc)}"
        ),
        Column("county", _("County"), "region", sort="region__code"),
        Column("asked", _("times asked"), "asked", sort="asked", number=True, decimals=0),
        Column("forms", _("different forms"), "forms", sort="forms", number=True, decimals=0),
        Column("bodies", _("by so many units"), "bodies", sort="bodies", number=True, decimals=0),
        Column("sent", _("reported"), "sent", sort="sent", number=True, decimals=0),
        Column("same", _("of them unchanged"), "same", sort="same", number=True, decimals=0),
        Column("uscc", _("Credit code"), "uscc", hidden=True),
    )
    search_fields = ("name_zh", "name_en", "uscc")
    search_hint = _("firm or credit code")
    order = "-asked"
    reads = READS
    confidential = True
    empty_title = _("No firm has been asked for anything")
    empty_hint = _("When rounds open, this page counts how often each firm was asked in twelve months.")

    def rows(self, request: HttpRequest) -> Any:
        """Firms with a report in sight."""
        return burden.firms_asked(queries.reports(request.user))

    def answer(self, request: HttpRequest, rows: Any, total: int) -> Any:
        """How many reports of how many firms in twelve months."""
        if not total:
            return ""
        asked = sum(one["asked"] for one in self._by_form(request))
        text = ngettext("In twelve months %(n)s firm was asked for %(asked)s reports.", "In twelve months %(n)s firms were asked for %(asked)s reports.", int(total))  # fmt: skip
        return text % {"n": total, "asked": asked}

    def _by_form(self, request: HttpRequest) -> list[dict[str, Any]]:
        if not hasattr(self, "held"):
            self.held = burden.by_form(queries.reports(request.user))
        return self.held

    def extra(self, request: HttpRequest) -> dict[str, Any]:
        """The table by form."""
        lines = []
        for one in self._by_form(request):
            row = Round.objects.filter(form=one["round__form"]).order_by("-opens_at").first()
            timed, seconds = one.get("timed") or 0, one.get("took") or 0
            questions = one.get("questions") or 0
            lines.append(
                {
                    "name": form_name(row) if row else one["round__form"],
                    "url": reverse("forms:form", args=[one["round__form"]]),
                    "firms": one["firms"], "asked": one["asked"], "unapproved": one["unapproved"],
                    "seconds": round(seconds / timed) if timed else None,
                    "reused": share((one.get("left") or 0) / questions) if questions else "—",
                }
            )  # fmt: skip
        return {"by_form": lines}


def of_firm(request: HttpRequest, enterprise: Any) -> dict[str, Any]:
    """What a firm's page tells of its burden and its reports."""
    found = burden.burden_of(enterprise)
    said = reader.language()
    held = queries.reports(request.user).filter(enterprise=enterprise).order_by("-round__opens_at")[:20]
    names = {one.form: one.name.say(said) for one in found.forms}
    told = {"reports": found.reports, "questions": found.questions, "spared": found.could_be_reused}
    text = _t("In twelve months it was asked for %(reports)s reports with %(questions)s questions; %(spared)s answers could have been re-used.")  # fmt: skip
    sentence = text % told
    return {
        "found": found,
        "sentence": sentence if found.reports else _t("It was asked for nothing in the last twelve months."),
        "share": share(found.share),
        "by_form": [
            {
                "name": one.name.say(said), "by": one.by, "times": one.times, "answered": one.answered,
                "seconds": round(one.seconds / one.timed) if one.timed else None,
            }
            for one in found.forms
        ],
        "data": [
            {
                "name": one.name.say(said), "times": one.times, "forms": [names.get(code, code) for code in sorted(one.forms)],
                "unchanged": one.unchanged, "elsewhere": one.elsewhere, "known": one.known,
            }
            for one in found.data
        ],
        "reports": held,
    }  # fmt: skip

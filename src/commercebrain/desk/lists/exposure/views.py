"""The exposure page: a list goes in, what it does to firms, counties, products and jobs comes out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.core.clock import today
from commercebrain.desk.core.formatting import percent, unit_words
from commercebrain.desk.core.page import Page
from commercebrain.desk.figures.explorer.labels import labels
from commercebrain.desk.lists.exposure import saving, words
from commercebrain.desk.lists.exposure.answers import SHOWN, Answer, Asking, months_said, seen
from commercebrain.desk.lists.exposure.given import offered_versions, take
from commercebrain.desk.lists.exposure.own import own_lines
from commercebrain.desk.lists.exposure.pictures import bars, tree
from commercebrain.desk.lists.exposure.protected import sums_of
from commercebrain.desk.lists.exposure.questions import Question, read
from commercebrain.desk.lists.exposure.sums import Sums
from commercebrain.desk.lists.exposure.tables import CUSTOMS, change_rows, firm_rows, named, unit_of
from commercebrain.engine.errors import UserError
from commercebrain.engine.exposure.difference import BeforeAfter
from commercebrain.engine.lists.nomenclature import nomenclatures

#: How many codes the preview shows by themselves.
CODES = 200
#: How many of a firm's own lines are shown.
OWN = 40


class Exposure(Page):
    """One question to one list. The address is the question; what was pasted is kept for the person who pasted it."""

    title = gettext_lazy("Exposure to a list")
    template_name = "lists/exposure.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form, and the answer where something is asked."""
        question, answer, fault, more = Question(), None, None, {}
        try:
            question = read(request.GET)
            if question.asks:
                asking = Asking(request.user, question)
                answer = asking.answer()
                more = self.shown(request, asking, answer)
        except UserError as error:
            fault, answer = error, None
        return self.page(request, question, answer, fault, more)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keeps what was pasted or uploaded and leads to the answer; what cannot be read stays in the form."""
        try:
            question = read(request.POST)
            question = take(request.user, question, request.POST.get("text", ""), request.FILES.get("file"))
            if not question.asks:
                raise UserError(
                    "exposure.nothing",
                    "请粘贴编码或文告正文、上传文件，或选择一份清单。",
                    "Paste codes or the text of a notice, upload a file, or choose a list.",
                )
        except UserError as fault:
            typed = {"typed": request.POST.get("text", ""), "values": request.POST}
            return self.page(request, Question(), None, fault, typed, status=422)
        return redirect(f"{reverse('exposure:exposure')}?{question.query}")

    def page(
        self, request: HttpRequest, question: Question, answer: Answer | None, fault: UserError | None,
        more: dict[str, Any], status: int = 200,
    ) -> HttpResponse:  # fmt: skip
        """The page with everything it draws."""
        chinese = reader.chinese()
        told = None if fault is None else words.told(fault)
        context = {
            "question": question, "answer": answer, "fault": told, "query": question.query, "today": today(),
            "versions": offered_versions(request.user), "partners": _partners(chinese),
            "nomenclatures": [(one.code, one.name.say("zh" if chinese else "en")) for one in nomenclatures().values()],
            "chinese": chinese, "values": question, **more,
        }  # fmt: skip
        return render(request, self.template_name, context, status=status)

    def shown(self, request: HttpRequest, asking: Asking, answer: Answer) -> dict[str, Any]:
        """The answer laid out: sentences, sums, pictures and the first rows of each table."""
        sums = sums_of(asking, answer)
        firms = firm_rows(answer)
        own = own_lines(answer.firms, answer.shown) if answer.own_only else []
        changes = change_rows(asking, answer)
        seen(answer, request.user)
        context: dict[str, Any] = {
            "first_line": words.first_line(answer, sums),
            "sums": sums, "firms": named(firms[:SHOWN]), "many_firms": len(firms),
            "changes": named([one for one in changes if one.of.change == "new"][:SHOWN]),
            "many_new": sum(one.of.change == "new" for one in changes), "many_changes": len(changes),
            "notes": _notes(answer, sums), "codes": answer.given.found[:CODES],
            "more_codes": max(len(answer.given.found) - CODES, 0),
            "own": own[:OWN], "more_own": max(len(own) - OWN, 0),
            "amounts": _amounts(sums), "confirmed": words.confirmed_line(sums, answer.confirming),
            "ten_thousand": unit_words(f"万{unit_of(answer.sums)}"),
            "ten_thousand_of_firms": unit_words(f"万{unit_of(answer.firms)}"),
            "firms_line": words.tier_line(answer.firms.base) if answer.firms is not None else "",
            "no_firms": reader.said(answer.no_firms) if answer.no_firms is not None else "",
        }  # fmt: skip
        if answer.other is not None:
            context["other_title"] = reader.said(answer.other.title)
            context["least_line"] = words.least_line(answer)
            context["new_line"] = words.new_line(
                sum(one.of.change == "new" for one in changes), answer.other,
                sum(one.of.new for one in changes if one.of.change == "new"), unit_of(answer.firms),
            )  # fmt: skip
        if sums is not None:
            counties = labels(request.user, "county", [one.code for one in sums.by["county"]], CUSTOMS)
            products = labels(request.user, "hs6", [one.code for one in sums.by["hs6"]], CUSTOMS)
            chapters = labels(request.user, "hs2", [one.code for one in sums.by["hs2"]], CUSTOMS)
            context |= {
                "counties": [(counties.get(one.code, one.code), one) for one in sums.by["county"]][:SHOWN],
                "products": [(products.get(one.code, one.code), one) for one in sums.by["hs6"]][:SHOWN],
                "many_products": len(sums.by["hs6"]), "chapters": [(chapters.get(one.code, one.code), one) for one in sums.by["hs2"]][:SHOWN],
                "bars": bars(sums, counties), "tree": tree(sums, chapters, products),
            }  # fmt: skip
        context |= _around(asking.around(answer))
        context["books"] = saving.offered_books(request.user)
        return context


def _amounts(sums: Sums | None) -> dict[str, str]:
    """The sums as they are read."""
    if sums is None:
        return {}
    unit = sums.base.unit
    told = {name: words.amount(getattr(sums, name), unit) for name in ("value", "confirmed", "sure", "duty")}
    return {**told, "share": percent(sums.share)}


def _around(found: BeforeAfter | None) -> dict[str, Any]:
    """The months before and after a day, laid out."""
    if found is None:
        return {}
    rows = [
        {
            "span": months_said(one.span), "months": len(one.base.months), "value": words.ten_thousands(one.totals.value),
            "month": words.ten_thousands(month), "firms": one.totals.firms,
        }
        for one, month in zip((found.before, found.after), found.per_month, strict=True)
        if one is not None
    ]  # fmt: skip
    if found.change is None:
        line = _("One side has no months that are known, so they are not compared.")
    else:
        line = _("Trade on the list changed by %(change)s a month, the months since against those before.") % {
            "change": percent(found.change),
        }  # fmt: skip
    return {"around": found, "around_rows": rows, "around_line": line}


def _partners(chinese: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of countries and countries, for the list to choose from."""
    side = "zh" if chinese else "en"
    groups = [(one.code, one.name.say(side)) for one in catalogue().groups.values() if one.column == "country"]
    countries = [(code, f"{both.say(side)} {code}") for code, both in catalogue().codes("countries").items()]
    return [(_("groups"), groups), (_("countries and regions"), sorted(countries, key=lambda one: one[0]))]


def _notes(answer: Answer, sums: Sums | None) -> list[str]:
    """The sentences that belong under the figures, each once."""
    told: list[str] = []
    if sums is not None:
        told += [words.tier_line(sums.base), *(reader.said(note) for note in sums.notes)]
    if answer.firms is not None and answer.places and not answer.own_only:
        told += [words.tier_line(answer.firms.base), *(reader.said(note) for note in answer.firms.notes)]
    for why in (answer.no_sums, answer.no_firms):
        told += [reader.said(why)] if why is not None else []
    return list(dict.fromkeys(told))


class Save(Page):
    """The codes of a question into a draft of a kept list."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Leads to the draft, with what could not be taken over; back to the question where it was refused."""
        try:
            question = read(request.POST)
        except UserError as fault:
            messages.error(request, words.told(fault))
            return redirect("exposure:exposure")
        try:
            version, done = saving.save(
                request.user, question, request.POST.get("book", ""), bool(request.POST.get("replace"))
            )
        except UserError as fault:
            messages.error(request, words.told(fault))
            return redirect(f"{reverse('exposure:exposure')}?{question.query}")
        messages.success(
            request,
            _("Saved as a draft: %(added)s rows added, %(changed)s changed, %(unchanged)s stood there already.")
            % {"added": done.added, "changed": done.changed, "unchanged": done.unchanged},
        )
        for place, refused in done.refused[:SHOWN]:
            messages.warning(request, f"{place + 1}: {words.told(refused)}")
        return redirect("lists:version", version.pk)

"""Changes of a case by forms: its fields, its moves, whom it is handed to, clocks that stand still, its end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django import forms as django_forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.cases import actions, forms, pages, queries
from commercebrain.desk.cases.declared import template_of
from commercebrain.desk.cases.models import Case, Clock
from commercebrain.desk.cases.rights import acts, is_firms, may_withdraw
from commercebrain.desk.cases.standing import Standing, standing
from commercebrain.desk.core import looks, reader
from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.core.versioned import Conflict
from commercebrain.engine.cases.gates import Move, taken_with
from commercebrain.engine.errors import UserError


def case_or_404(request: HttpRequest, pk: int) -> Case:
    """A case in sight."""
    found = queries.cases(request.user).select_related("unit", "region", "enterprise", "officer").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def case_to_work_on(request: HttpRequest, pk: int, *, superior: bool = False, firm: bool = False) -> Case:
    """A case that the reader works on: out of sight is 404, seen only is 403."""
    case = case_or_404(request, pk)
    if not acts(request.user, case, superior=superior, firm=firm):
        raise PermissionDenied
    return case


class CaseForm(FormPage, ABC):
    """What the forms of a case share: they open from its page, lead back to it, and tell every fault beside its field."""

    superior = False
    firm = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Case:
        """A case that the reader works on."""
        self.case = case_to_work_on(request, kwargs["pk"], superior=self.superior, firm=self.firm)
        return self.case

    def heading(self, thing: Any) -> str:
        """What is done, and with which case."""
        return f"{self.title} · {self.case.number}"

    def answer(self, request: HttpRequest, thing: Any) -> Any:
        """The case's title."""
        return pages.title_of(self.case)

    def back(self) -> tuple[str, Any]:
        """To the case."""
        return pages.address(self.case), pages.title_of(self.case)

    def done(self, request: HttpRequest, thing: Any) -> str:
        """Back to the case, or to where the button was pressed."""
        wanted = request.POST.get("_next", "")
        if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
            return wanted
        return pages.address(self.case)

    def save(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Any:
        """Does it; every value at fault is named beside its field."""
        try:
            return self.act(request, thing, data, version)
        except Conflict:
            raise
        except UserError as fault:
            raise self.placed(fault) from None

    def placed(self, fault: UserError) -> UserError:
        """A refusal with its faults beside their fields; the first that has a place carries the refusal."""
        told = dict(getattr(fault, "fields", None) or {})
        if not told:
            return fault
        rest = [(name, pairs) for name, pairs in told.items() if name not in self.posted.fields]
        first, *more = [name for name in told if name in self.posted.fields] or [""]
        for name in more:
            self.posted.add_error(name, "".join(zh if reader.chinese() else en for zh, en in told[name]))
        for _name, pairs in rest if first else []:
            self.posted.add_error(None, "".join(zh if reader.chinese() else en for zh, en in pairs))
        pairs = told[first] if first else [pair for _name, found in rest for pair in found]
        placed = UserError(fault.code, "".join(zh for zh, _en in pairs), " ".join(en for _zh, en in pairs))
        placed.field = first
        return placed

    @abstractmethod
    def act(self, request: HttpRequest, thing: Any, data: dict[str, Any], version: int | None) -> Any:
        """Calls one action."""


class Fill(CaseForm):
    """The fields of the stage, or all of them; the page of a case holds the same form in place."""

    title = _("Fill in the fields")
    saved_message = _("Saved.")
    whole = False
    firm = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Which fields."""
        self.whole = bool(kwargs.pop("whole", False))
        super().setup(request, *args, **kwargs)

    def form_type(self, request: HttpRequest, thing: Case) -> type[django_forms.Form]:
        """Made from the declaration."""
        return fill_form(request, thing, whole=self.whole)

    def initial(self, request: HttpRequest, thing: Case) -> dict[str, Any]:
        """What is kept."""
        return forms.initial_values(template_of(thing).by_code.values(), thing.values)

    def act(self, request: HttpRequest, thing: Case, data: dict[str, Any], version: int | None) -> Case:
        """Fills them in."""
        form: Any = self.posted
        return actions.fill(thing, request.user, form.typed(), version)


def fill_form(request: HttpRequest, case: Case, *, whole: bool = False) -> type[forms.DeclaredForm]:
    """The form of the stage's fields; of all fields with ``whole``; of a firm's user what the template gives it."""
    template = template_of(case)
    codes = list(template.by_code) if whole else forms.stage_fields(template, case.stage)
    shown = [template.by_code[code] for code in codes]
    if is_firms(request.user, case):
        shown = [one for one in shown if one.firm_enters]
    return forms.declared_form(shown, request.user, kept=case.values, template=template)


class MoveOn(CaseForm):
    """One transition: what is missing for it, what it needs, and the sentence."""

    firm = True

    def find(self, request: HttpRequest, **kwargs: Any) -> Case:
        """A case whose transition is the reader's to take from where it stands."""
        self.case = case_or_404(request, kwargs["pk"])
        self.stands: Standing = standing(self.case)
        known = template_of(self.case).transitions
        if kwargs["transition"] not in known:
            raise Http404
        held = self.stands.moves(request.user)
        found = next((one for one in held if one.code == kwargs["transition"]), None)
        if found is None and not acts(request.user, self.case, firm=True):
            raise PermissionDenied
        if found is None and request.method != "POST":
            raise PermissionDenied  # somebody was quicker, or it is not theirs: the case itself says where it stands
        self.code = kwargs["transition"]
        self.move: Move | None = found
        self.title = reader.said(known[self.code].name)
        return self.case

    def heading(self, thing: Case) -> str:
        """The transition."""
        return f"{self.title} · {thing.number}"

    def answer(self, request: HttpRequest, thing: Case) -> Any:
        """Where it leads, and why it may not be taken yet."""
        template = self.stands.template
        to = template.stages[template.transitions[self.code].to].name
        text = _t("From “%(here)s” to “%(there)s”.") % {"here": pages.stage_name(thing), "there": reader.said(to)}
        other = [one.say(reader.language()) for one in self.lacking() if one.what != "field" or one.firm is not None]
        return " ".join([text, *other])

    def lacking(self) -> list[Any]:
        """What is missing."""
        return list(self.move.missing) if self.move else []

    def asked(self) -> tuple[list[str], set[str]]:
        """The codes of the fields that the form shows (also those that a gate asks for only where its condition holds), and
        those of them that are needed in any case."""
        way = self.stands.template.transitions[self.code]
        lacking = {one.code for one in self.lacking() if one.what == "field" and one.firm is None}
        template, values = self.stands.template, taken_with(way, self.case.values)
        perhaps = {code for gate in template.gates if gate.from_ == way.to and gate.of == "case" for code in gate.need}
        shown = lacking | set(way.needs) | {code for code in perhaps if values.get(code) in (None, "")}
        return [code for code in template.by_code if code in shown and code not in way.sets], lacking | set(way.needs)

    def form_type(self, request: HttpRequest, thing: Case) -> type[django_forms.Form]:
        """What it asks for."""
        template, (shown, needed) = self.stands.template, self.asked()
        needs_sentence = template.transitions[self.code].sentence
        return forms.declared_form(
            [template.by_code[code] for code in shown], request.user, needed=needed, kept=thing.values,
            template=template, more={"sentence": forms.sentence_field(needed=needs_sentence)},
        )  # fmt: skip

    def initial(self, request: HttpRequest, thing: Case) -> dict[str, Any]:
        """What is kept; what begins anew is empty."""
        template = self.stands.template
        return forms.initial_values(
            template.by_code.values(), taken_with(template.transitions[self.code], thing.values)
        )

    def act(self, request: HttpRequest, thing: Case, data: dict[str, Any], version: int | None) -> Case:
        """Moves it."""
        form: Any = self.posted
        values = form.typed()
        done = actions.move(
            thing, request.user, self.code, values=values, sentence=data.get("sentence", ""), seen=version
        )  # fmt: skip
        to = pages.stage_name(done)
        self.saved_message = _t("%(number)s is in the stage “%(stage)s” now.") % {"number": done.number, "stage": to}
        return done

    @property
    def save_label(self) -> Any:
        """The transition's own word."""
        return self.title


class HandOver(CaseForm):
    """To a colleague, or to another unit."""

    title = _("Hand over")
    superior = True

    def form_type(self, request: HttpRequest, thing: Case) -> type[django_forms.Form]:
        """Who may be chosen."""
        return forms.hand_over_form(thing)

    def initial(self, request: HttpRequest, thing: Case) -> dict[str, Any]:
        """Who has it."""
        return {"officer": thing.officer_id}

    def act(self, request: HttpRequest, thing: Case, data: dict[str, Any], version: int | None) -> Case:
        """One of the two."""
        to = data.get("unit") or data.get("officer")
        if to is None:
            raise UserError("cases.to_nobody", "请选择经办人或单位。", "Choose an officer or a unit.")
        done = actions.hand_over(thing, request.user, to, data["sentence"], version)
        self.saved_message = _t("Handed over to %(who)s.") % {"who": to}
        return done

    def done(self, request: HttpRequest, thing: Any) -> str:
        """To the case, where it is still in sight."""
        if queries.cases(request.user).filter(pk=self.case.pk).exists():
            return super().done(request, thing)
        return reverse("cases:cases")


class Withdraw(CaseForm):
    """Ends a case that should not go on."""

    title = _("Withdraw")
    form_class = forms.SentenceForm
    superior = True
    firm = True
    saved_message = _("Withdrawn.")

    def find(self, request: HttpRequest, **kwargs: Any) -> Case:
        """A case that the reader may end."""
        found = super().find(request, **kwargs)
        if not may_withdraw(request.user, found):
            raise PermissionDenied
        return found

    def act(self, request: HttpRequest, thing: Case, data: dict[str, Any], version: int | None) -> Case:
        """Says why."""
        return actions.withdraw(thing, request.user, data["sentence"], version)


class PauseClock(CaseForm):
    """A clock that stands still for a reason."""

    title = _("Pause a clock")
    form_class = forms.PauseForm
    keeps_draft = False

    def find(self, request: HttpRequest, **kwargs: Any) -> Clock:
        """A clock of a case that the reader works on."""
        super().find(request, **kwargs)
        found = Clock.objects.filter(case=self.case, pk=kwargs["clock"]).select_related("case").first()
        if found is None:
            raise Http404
        return found

    def answer(self, request: HttpRequest, thing: Clock) -> Any:
        """Which, and until when it runs."""
        return f"{pages.clock_name(thing)} · {pages.both_zones(thing)[0]}"

    def act(self, request: HttpRequest, thing: Clock, data: dict[str, Any], version: int | None) -> Clock:
        """Stands still from now on."""
        return actions.pause(thing, request.user, data["reason"])


class Reveal(CaseForm):
    """Opens the personal values of a case to one person for a short while; the look and its reason are kept."""

    title = _("Show personal information")
    form_class = forms.ReasonForm
    keeps_draft = False
    save_label = _("Show")
    saved_message = _("Shown to you for ten minutes; the look is in the event log.")
    superior = True

    def act(self, request: HttpRequest, thing: Case, data: dict[str, Any], version: int | None) -> Case:
        """The look with its reason."""
        what = (f"{thing.number}的个人信息", f"personal information of {thing.number}")
        looks.open_up(request, thing, what, data["reason"], thing.unit)
        return thing


def again(request: HttpRequest, case: Case, fault: UserError) -> HttpResponse:
    """Back to the case with the reason why not."""
    from django.contrib import messages

    messages.warning(request, fault.say(reader.language()))
    return redirect(pages.address(case))

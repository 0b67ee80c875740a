"""Forms of cases, made from the declaration of their template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.cases import declared
from commercebrain.desk.cases.assigning import colleagues
from commercebrain.desk.cases.models import Case
from commercebrain.desk.core import reader
from commercebrain.desk.core.fields import ChooserField
from commercebrain.desk.people.models import Person, Unit
from commercebrain.desk.registers.forms import field_for, raw_value, shown_value
from commercebrain.desk.registry.models import Enterprise
from commercebrain.engine.cases.kinds import CaseField, Template


class DeclaredForm(forms.Form):
    """Fields of a declaration; what was typed is read by the action, as the API's is."""

    declared: Mapping[str, CaseField] = {}
    hidden: frozenset[str] = frozenset()

    def typed(self) -> dict[str, Any]:
        """What was typed, by code; a personal value that is not shown and was left empty stays as it is."""
        found = {code: raw_value(self.cleaned_data.get(code)) for code in self.declared if code in self.fields}
        return {code: value for code, value in found.items() if not (code in self.hidden and value in (None, ""))}


def authorities() -> list[tuple[str, str]]:
    """The authorities abroad whose days are known, by name."""
    held = [(code, reader.said(one.name)) for code, one in declared.authorities().items()]
    return [("", "—"), *sorted(held, key=lambda pair: pair[1])]


def declared_form(
    fields: Iterable[CaseField], person: Any, *, needed: Iterable[str] = (), kept: Mapping[str, Any] | None = None,
    more: Mapping[str, forms.Field] | None = None, template: Template | None = None,
) -> type[DeclaredForm]:  # fmt: skip
    """The form of some declared fields: ``needed`` ones must be filled in; personal values in ``kept`` are not shown. A field
    whose authority abroad counts the days of a clock of ``template`` offers the authorities that are declared."""
    needs, held, made = set(needed), kept or {}, {}
    shown = {one.code: one for one in fields}
    hidden = frozenset(code for code, one in shown.items() if one.personal and held.get(code))
    for code, one in shown.items():
        made[code] = field_for(one.model_copy(update={"required": code in needs}), person, kept=code in hidden)
        if one.type == "products":
            made[code].widget = forms.Textarea({"rows": 3})
        if template is not None and code in {clock.calendar for clock in template.clocks.values()}:
            made[code] = forms.ChoiceField(
                label=made[code].label, required=made[code].required, choices=authorities, help_text=made[code].help_text
            )  # fmt: skip
    return type("CaseForm", (DeclaredForm,), {**made, **(more or {}), "declared": shown, "hidden": hidden})


def initial_values(fields: Iterable[CaseField], values: Mapping[str, Any]) -> dict[str, Any]:
    """What such a form shows."""
    return {one.code: shown_value(one, values.get(one.code)) for one in fields if not one.personal}


def sentence_field(*, needed: bool) -> forms.Field:
    """One sentence that is kept with the step."""
    return forms.CharField(
        label=_("One sentence"), required=needed, max_length=500, widget=forms.Textarea({"rows": 2}),
        help_text=_("Kept with the step for good."),
    )  # fmt: skip


class SentenceForm(forms.Form):
    """Why."""

    sentence = sentence_field(needed=True)


class PauseForm(forms.Form):
    """Why a clock stands still."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea({"rows": 2}))


class ReasonForm(forms.Form):
    """A reason, kept for ever."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=forms.Textarea({"rows": 2}))


def hand_over_form(case: Case) -> type[forms.Form]:
    """To whom: a colleague of the unit, or another unit at work below the same uppermost one."""
    people = colleagues(case.unit)
    officers = Person.objects.filter(pk__in=[one.pk for one in people]).order_by("name_zh", "username")
    top = case.unit.path[: case.unit.path.index("/", 1) + 1]
    near = Unit.objects.filter(closed_on=None, path__startswith=top).exclude(pk=case.unit_id).order_by("path")
    return type(
        "HandOverForm",
        (forms.Form,),
        {
            "officer": forms.ModelChoiceField(
                officers, label=_("Officer in charge"), required=False, empty_label=_("nobody"),
                help_text=_("A colleague of the unit that answers for the case."),
            ),
            "unit": ChooserField(
                near, label=_("or to another unit"), required=False,
                help_text=_("The case then answers there, without an officer until somebody takes it."),
            ),
            "sentence": sentence_field(needed=False),
        },
    )  # fmt: skip


def join_form(template: Template, case: Case) -> type[forms.Form]:
    """Who takes part, in which part."""
    roles = [(code, reader.said(name)) for code, name in template.participants.items()]
    units = Unit.objects.filter(closed_on=None).exclude(pk=case.unit_id).order_by("path")
    return type(
        "JoinForm",
        (forms.Form,),
        {
            "unit": ChooserField(units, label=_("Unit")),
            "role": forms.ChoiceField(label=_("Takes part as"), choices=roles),
            "may_act": forms.BooleanField(label=_("may work on the case, not only read it"), required=False),
        },
    )


def paper_form(template: Template, *, by_firm: bool) -> type[forms.Form]:
    """A document and what it is for."""
    purposes = [
        (code, reader.said(one.name) + (f"（{_('meant for abroad')}）" if one.foreign else ""))
        for code, one in template.papers.items()
        if not by_firm or not (one.internal and one.foreign)
    ]
    made: dict[str, forms.Field] = {
        "file": forms.FileField(label=_("File")),
        "purpose": forms.ChoiceField(label=_("What it is for"), choices=purposes),
    }
    if not by_firm:
        if template.firm_sees:
            made["shown"] = forms.BooleanField(label=_("the firm may see it"), required=False)
        made["foreign"] = forms.BooleanField(
            label=_("meant for authorities abroad"), required=False,
            help_text=_("It then leaves the house only after another person has approved it."),
        )  # fmt: skip
    return type("PaperForm", (forms.Form,), made)


class DecideForm(forms.Form):
    """Approve, or refuse with a sentence."""

    verdict = forms.ChoiceField(
        label=_("Decision"), choices=(("approve", _("Approve")), ("refuse", _("Refuse"))), widget=forms.RadioSelect
    )
    sentence = sentence_field(needed=False)


def firm_label(firm: Enterprise) -> str:
    """A firm with its code."""
    return f"{firm} {firm.uscc or ''}".strip()


def firms_field(person: Any, *, needed: bool = True, label: Any = None) -> ChooserField:
    """A firm in sight, found by typing; never a row that became part of another."""
    return ChooserField(
        Enterprise.objects.current().visible_to(person).order_by("name_zh"), search_fields=("name_zh", "name_en", "uscc"),
        label_of=firm_label, label=label or _("Enterprise"), required=needed,
    )  # fmt: skip


def start_form(template: Template, person: Any, regions: Any, units: Any) -> type[DeclaredForm]:
    """A new case: its title, place and what its first stages ask for."""
    more: dict[str, forms.Field] = {
        "title": forms.CharField(label=_("Title"), max_length=200),
        "title_en": forms.CharField(label=_("Title in English"), max_length=200, required=False),
    }
    if units is not None:
        more["unit"] = forms.ModelChoiceField(units, label=_("Unit that begins it"), empty_label=None)
    first = first_fields(template)
    more["region"] = forms.ModelChoiceField(regions, label=_("Region"), empty_label=None)
    more["firm"] = firms_field(person, needed=False, label=_("Enterprise concerned"))
    made = declared_form(first, person, more=more, template=template)
    return type("StartForm", (made,), {"field_order": ["title", "title_en", "unit", "region", "firm", *made.declared]})


def request_form(template: Template, person: Any, firms: Any) -> type[DeclaredForm]:
    """A firm's request: what the firm itself fills in, and for which of its firms where it has several."""
    more: dict[str, forms.Field] = {
        "title": forms.CharField(
            label=_("What is it about, in one line"), max_length=60, help_text=_("For example: export rebate delayed")
        )
    }
    if len(firms) > 1:
        rows = Enterprise.objects.filter(pk__in=[one.pk for one in firms])
        more["firm"] = forms.ModelChoiceField(rows, label=_("Enterprise"), empty_label=None)
    needed = {code for gate in template.gates if gate.of == "case" and gate.when is None for code in gate.need}
    own = [one for one in template.fields if one.firm_enters]
    early = {code for gate in template.gates if gate.from_ == template.first for code in gate.need}
    shown = [one for one in own if one.code in early] or [one for one in own if one.code in needed] or own
    made = declared_form(shown, person, needed=early & {one.code for one in shown}, more=more)
    return type("RequestForm", (made,), {"field_order": ["title", "firm", *made.declared]})


def first_fields(template: Template) -> list[CaseField]:
    """The fields that the first stage, and whatever leads on from it, asks for."""
    ahead = {template.first, *(one.to for one in template.from_stage(template.first).values())}
    wanted = {code for gate in template.gates if gate.from_ in ahead and gate.of == "case" for code in gate.need}
    wanted |= {code for one in template.from_stage(template.first).values() for code in one.needs}
    return [one for one in template.fields if one.code in wanted]


def gate_fields(template: Template, stage: str) -> set[str]:
    """The codes of the fields that a stage's own gates ask for."""
    return {code for gate in template.gates if gate.from_ == stage and gate.of == "case" for code in gate.need}


def next_fields(template: Template, stage: str, to: str) -> set[str]:
    """The codes of the fields that a stage asks for itself, and that the ways from it to the stage ``to`` ask for."""
    ways = [one for one in template.from_stage(stage).values() if one.to == to]
    wanted = {code for one in ways for code in (gate_fields(template, to) | set(one.needs)) - set(one.sets)}
    return gate_fields(template, stage) | wanted


def stage_fields(template: Template, stage: str) -> list[str]:
    """The codes of the fields that belong to a stage: what it asked for itself, and what the ways onward ask for."""
    wanted = gate_fields(template, stage)
    for one in template.from_stage(stage).values():
        wanted |= (gate_fields(template, one.to) | set(one.needs)) - set(one.sets)
    return [code for code in template.by_code if code in wanted]


__all__ = ["DeclaredForm", "declared_form", "first_fields", "initial_values", "next_fields", "stage_fields"]

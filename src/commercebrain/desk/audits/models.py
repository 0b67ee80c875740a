"""Runs of the audit, what they found, and the answers of the offices that drafted the plans."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.formatting import units_said
from commercebrain.desk.core.models import Job
from commercebrain.desk.people.models import Person, Right
from commercebrain.desk.people.scopes import Scoped, ScopedQuerySet
from commercebrain.desk.plans.models import Document


class Verdict(models.TextChoices):
    """What the engine says of a comparison, the gravest first."""

    CONTRADICTION = "contradiction", _("contradiction")
    CONFLICT = "conflict", _("conflict")
    TENSION = "tension", _("tension")
    ROUNDING = "rounding", _("off by rounding")
    HOLDS = "holds", _("holds")


#: How grave a verdict is: 0 holds … 4 contradiction.
GRAVITY = {verdict: len(Verdict.values) - 1 - n for n, verdict in enumerate(Verdict.values)}
#: The verdicts that ask for an answer.
ASKING = (Verdict.CONTRADICTION, Verdict.CONFLICT, Verdict.TENSION)


class Answer(models.TextChoices):
    """What the drafting office says to a finding."""

    EXPLAINED = "explained", _("explained")
    TO_BE_CORRECTED = "to_be_corrected", _("to be corrected")
    ACCEPTED = "accepted", _("accepted as it stands")


class Audit(models.Model):
    """One run over a set of documents."""

    documents = models.ManyToManyField(Document, related_name="audits")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("run at"), auto_now_add=True)
    business_date = models.DateField(_("business date"))
    engine_version = models.CharField(max_length=40)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("audit")
        verbose_name_plural = _("audits")

    def __str__(self) -> str:
        """Number and day."""
        return f"{self.pk} {self.business_date}"


class AuditQuerySet(ScopedQuerySet):
    """A finding quotes its documents: who sees all of them sees it; who also enters for one of them may answer."""

    def permitted(self, person: Person | AnonymousUser, right: Right | str, on: date | None = None) -> Self:
        """The findings that ``right`` admits for ``person``."""
        from commercebrain.desk.core.clock import today

        day = on or today()
        places = Place.objects.filter(finding=OuterRef("pk"))
        seen = Document.objects.permitted(person, Right.FIND if right == Right.FIND else Right.SEE, day)
        rows = self.filter(Exists(places), ~Exists(places.exclude(document__in=seen.values("pk"))))
        if right == Right.ENTER:
            own = Document.objects.permitted(person, Right.ENTER, day)
            rows = rows.filter(Exists(places.filter(document__in=own.values("pk"))))
        return rows


class AuditFinding(Scoped):
    """One verdict on a few numbers, kept over later runs by its fingerprint, with its answer as it stands."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="findings", help_text=_("last found by"))
    documents: Any = models.ManyToManyField(Document, through="Place", related_name="audit_findings")
    fingerprint = models.CharField(max_length=64, unique=True)
    check_number = models.CharField(_("check"), max_length=12, db_index=True)
    verdict = models.CharField(_("verdict"), max_length=13, choices=Verdict.choices)
    gravity = models.PositiveSmallIntegerField(db_index=True)
    quotes = models.JSONField(help_text=_("document, quote, start, end"))
    computation = models.TextField(_("computation"))
    zh = models.TextField()
    en = models.TextField()
    found_on = models.DateField(_("found on"))
    resolved_on = models.DateField(_("resolved on"), null=True, help_text=_("a later run did not find it any more"))
    answer = models.CharField(_("answer"), max_length=15, choices=Answer.choices, blank=True)
    note = models.TextField(_("explanation"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_on = models.DateField(_("answered on"), null=True)
    token = models.CharField(max_length=32, blank=True, help_text=_("one for each change; a change names the token"))

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-gravity", "check_number", "pk"]
        verbose_name = _("finding of the audit")
        verbose_name_plural = _("findings of the audit")

    def __str__(self) -> str:
        """The sentence in the reader's language."""
        return self.sentence

    @property
    def sentence(self) -> str:
        """What was found, in the reader's language."""
        return self.zh if reader.chinese() else units_said(self.en)

    @property
    def sum_said(self) -> str:
        """The computation with units in the reader's language."""
        return units_said(self.computation)

    @property
    def asks(self) -> bool:
        """Whether it wants an answer: neither holds nor rounding."""
        return self.verdict in ASKING


class Place(models.Model):
    """A document that a finding quotes. A quoted document cannot go: its findings would show what it hid."""

    finding = models.ForeignKey(AuditFinding, on_delete=models.CASCADE, related_name="places")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="audit_places")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["finding", "document"], name="audit_place_once")]

    def __str__(self) -> str:
        """The ids."""
        return f"{self.finding_id} in {self.document_id}"


class GivenAnswer(models.Model):
    """One answer as it was given; written once, so that the history stays whole."""

    finding = models.ForeignKey(AuditFinding, on_delete=models.PROTECT, related_name="answers")
    verdict = models.CharField(max_length=13, choices=Verdict.choices)
    answer = models.CharField(max_length=15, choices=Answer.choices)
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        """The answer, who gave it, when."""
        return f"{self.answer} {self.by} {self.on}"

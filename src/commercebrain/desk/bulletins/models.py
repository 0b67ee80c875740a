"""Monthly bulletins 月度快报 as they were issued; the figures themselves are in the lake."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader
from commercebrain.desk.core.catalogue import catalogue
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.scopes import Scoped
from commercebrain.desk.registry.models import Region
from commercebrain.engine.periods import Period


class Bulletin(Scoped):
    """One issue: its text and numbers are frozen in ``content`` (``engine.releases.issue.freeze``).

    A second issue for the same month keeps the number and counts up ``revision``; the one before it stays as it was.
    ``batch`` is the intake of the sheet that it was made of; empty where it was made of what was known already.
    """

    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="bulletins", verbose_name=_("unit that issues it")
    )
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+", verbose_name=_("region"))
    indicator = models.CharField(_("indicator"), max_length=80)
    month = models.CharField(_("month"), max_length=16)
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveSmallIntegerField(_("number"))
    revision = models.PositiveSmallIntegerField(_("issue"), default=1)
    issued_on = models.DateField(_("issued on"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    batch = models.CharField(max_length=64, blank=True)
    aside = models.PositiveIntegerField(_("rows set aside"), default=0)
    content = models.JSONField()

    class Meta:
        ordering = ["-issued_on", "-pk"]
        verbose_name = _("monthly bulletin")
        verbose_name_plural = _("monthly bulletins")
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "number", "revision"], name="bulletin_number_once"),
            models.UniqueConstraint(fields=["unit", "indicator", "month", "revision"], name="bulletin_month_once"),
        ]

    def __str__(self) -> str:
        """Region, indicator and month."""
        return f"{self.region} {self.indicator_name} {self.period_said}"

    @property
    def period(self) -> Period:
        """The month as a period."""
        return Period.parse(self.month)

    @property
    def period_said(self) -> str:
        """The month in the reader's language."""
        return self.period.say(reader.language())

    @property
    def indicator_name(self) -> str:
        """The indicator in the reader's language; its code where the catalogue has it no more."""
        known = catalogue().indicators.get(self.indicator)
        return str(known.name.say(reader.language())) if known else self.indicator

    @property
    def synthetic(self) -> bool:
        """Whether it is about the invented city."""
        return bool(self.region.synthetic)

    @property
    def late(self) -> list[str]:
        """The counties that had not reported."""
        names: list[Any] = self.content["late"]
        return [str(name) for name in names]

    @property
    def title(self) -> str:
        """The title as printed: Chinese, as the document is."""
        return f"{self.content['total']['name']}{self.period.say('zh')}{self.content['name']}快报"

    @property
    def sentences(self) -> list[str]:
        """The paragraph as plain sentences."""
        return ["".join(piece["text"] for piece in sentence) for sentence in self.content["sentences"]]

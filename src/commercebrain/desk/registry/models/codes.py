"""Code lists: countries and regions, industries, products, trade modes; with links between editions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core import reader


class Code(models.Model):
    """One code of one edition of a code list.

    Codes are text: a leading zero matters. ``parent`` is the code one level up in the same edition (``""`` at the
    top), ``more`` what only this list has, such as a country's three letters.
    """

    class List(models.TextChoices):
        """The code lists."""

        COUNTRY = "country", _("Countries and regions")
        INDUSTRY = "industry", _("Industries")
        PRODUCT = "product", _("Products")
        TRADE_MODE = "trade_mode", _("Customs supervision modes")

    list = models.CharField(max_length=20, choices=List.choices)
    edition = models.CharField(max_length=20)
    code = models.CharField(max_length=12)
    parent = models.CharField(max_length=12, blank=True)
    level = models.CharField(max_length=20, blank=True)
    name_zh = models.CharField(max_length=300, blank=True)
    name_en = models.CharField(max_length=600, blank=True)
    remark = models.TextField(blank=True)
    more = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["list", "edition", "code"]
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        constraints = [models.UniqueConstraint(fields=["list", "edition", "code"], name="code_once")]
        indexes = [models.Index(fields=["list", "edition", "parent"], name="code_children")]

    def __str__(self) -> str:
        """The name in the reader's language, else in the one that there is."""
        chinese = reader.chinese()
        return (self.name_zh or self.name_en) if chinese else (self.name_en or self.name_zh)


class CodeLink(models.Model):
    """A line of a concordance: a code of one edition corresponds, wholly or in part, to a code of another."""

    list = models.CharField(max_length=20, choices=Code.List.choices)
    from_edition = models.CharField(max_length=20)
    from_code = models.CharField(max_length=12)
    to_edition = models.CharField(max_length=20)
    to_code = models.CharField(max_length=12)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["list", "from_edition", "from_code", "to_code"]
        verbose_name = _("concordance line")
        verbose_name_plural = _("concordance lines")
        constraints = [
            models.UniqueConstraint(
                fields=["list", "from_edition", "from_code", "to_edition", "to_code"], name="code_link_once"
            )
        ]
        indexes = [models.Index(fields=["list", "to_edition", "to_code"], name="code_link_back")]

    def __str__(self) -> str:
        """Both ends."""
        return f"{self.from_edition} {self.from_code} → {self.to_edition} {self.to_code}"

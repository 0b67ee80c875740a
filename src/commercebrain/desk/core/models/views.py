"""Lists as somebody likes to see them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """Filters, search, sort and columns of one list under a name; whoever opens it sees the own rows through it.

    ``address`` is the path of the list, ``query`` its parameters as in an address. With ``shared_with`` everybody of
    that unit and of those below it may open the view; only its owner changes it.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    address = models.CharField(max_length=200)
    list_title = models.CharField(max_length=120)
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    shared_with = models.ForeignKey(
        "people.Unit", null=True, blank=True, on_delete=models.CASCADE, related_name="shared_views"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["address", "name", "id"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [models.UniqueConstraint(fields=["person", "address", "name"], name="saved_view_name_once")]
        indexes = [models.Index(fields=["address", "shared_with"], name="saved_view_shared")]

    def __str__(self) -> str:
        """Its name."""
        return self.name


class DefaultView(models.Model):
    """The view with which a list opens for one person."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=200)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="defaults")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "address"], name="default_view_once")]

    def __str__(self) -> str:
        """Where it holds."""
        return f"{self.address} {self.view_id}"

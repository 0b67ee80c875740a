"""Notices for persons, what they subscribed to, and calls to other programs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.models import Event
from commercebrain.desk.people.models import Unit
from commercebrain.desk.people.scopes import Scoped
from commercebrain.desk.registry.models import Region


class Mail(models.TextChoices):
    """When a kind of notice is also sent by mail."""

    OFF = "off", _("not by mail")
    AT_ONCE = "at_once", _("at once")
    DAILY = "daily", _("once on every working day")


class Subscription(models.Model):
    """How a person is told about a kind of event; with a place it adds what happens there.

    Without a place the row says how the person is told what concerns them anyway (``catalogue/notices.yaml``).
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions")
    kind = models.SlugField(max_length=40)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    in_app = models.BooleanField(_("in the product"), default=True)
    mail = models.CharField(_("by mail"), max_length=10, choices=Mail.choices, default=Mail.OFF)

    class Meta:
        ordering = ["person", "kind", "pk"]
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            # Of two rows without a place one is one too many; a plain constraint would take each null as another place.
            models.UniqueConstraint(
                "person", "kind", Coalesce("region", 0), Coalesce("unit", 0), name="subscription_once"
            ),
            models.CheckConstraint(condition=Q(region=None) | Q(unit=None), name="subscription_one_place"),
        ]

    def __str__(self) -> str:
        """Whose, and of what."""
        return f"{self.person} · {self.kind}"


class MailAddress(models.Model):
    """Where a person gets mail; nothing is sent there before its holder has followed the link sent to it."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_address")
    address = models.EmailField(_("mail address"))
    confirmed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mail address")
        verbose_name_plural = _("mail addresses")

    def __str__(self) -> str:
        """The address."""
        return self.address


class Notice(models.Model):
    """An event, told to one person. The sentence and the scope are the event's own."""

    class Sending(models.TextChoices):
        """Where the mail of a notice stands."""

        NONE = "", _("not by mail")
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("given up")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    kind = models.SlugField(max_length=40)
    in_app = models.BooleanField(default=True)
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=8, choices=Sending.choices, blank=True, default=Sending.NONE)
    mail_when = models.CharField(max_length=10, choices=Mail.choices, default=Mail.OFF)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mail_next_at = models.DateTimeField(null=True)
    mail_sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["person", "event"], name="notice_once")]
        indexes = [
            models.Index(fields=["person"], condition=Q(read_at=None, in_app=True), name="notice_unread"),
            models.Index(fields=["mail_next_at"], condition=Q(mail="waiting"), name="notice_mail_waiting"),
        ]

    def __str__(self) -> str:
        """To whom, about which event."""
        return f"{self.person_id} ← {self.event_id}"


def _kinds() -> list[str]:
    return []


class Endpoint(Scoped):
    """Another program that is called when something happens in a unit or below; an administrator registers it."""

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    kinds: Any = models.JSONField(_("kinds"), default=_kinds)
    secret = models.CharField(max_length=200)
    earlier_secret = models.CharField(max_length=200, blank=True)
    earlier_until = models.DateTimeField(null=True)
    active = models.BooleanField(_("active"), default=True)
    paused_because = models.CharField(max_length=300, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text=_("refused or unanswered calls since the last success"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("receiving program")
        verbose_name_plural = _("receiving programs")

    def __str__(self) -> str:
        """The name."""
        return self.name


class Call(Scoped):
    """One event, told to one program: tried until it answers or a day is over."""

    scope_unit = "endpoint__unit"

    class State(models.TextChoices):
        """Where the call stands."""

        WAITING = "waiting", _("waiting")
        DONE = "done", _("received")
        FAILED = "failed", _("given up")

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="calls")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True, help_text=_("status or fault of the last try"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="call_once")]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="waiting"), name="call_waiting")]

    def __str__(self) -> str:
        """Which event to whom."""
        return f"{self.endpoint_id} ← {self.event_id}"

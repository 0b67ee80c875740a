"""What signing in leaves behind: running sessions, tokens of programs, earlier passwords, counts of attempts.

The second factor itself is kept by django-allauth (``mfa.Authenticator``), its secret encrypted.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.access.addresses import device_named
from commercebrain.desk.people.models import Person


class RunningSession(models.Model):
    """A browser in which a person is signed in. It lives as long as Django's session of the same key."""

    class Method(models.TextChoices):
        PASSWORD = "password", _("password")
        SECOND_FACTOR = "second_factor", _("password and one-time code")
        PROVIDER = "provider", _("the bureau's identity provider")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="running_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    method = models.CharField(max_length=20, choices=Method.choices, default=Method.PASSWORD)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=255, blank=True)
    began_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-last_seen_at"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        """The device in words."""
        return self.device

    @property
    def device(self) -> str:
        """The browser and system in words."""
        return device_named(self.agent)


class ApiToken(models.Model):
    """A key with which a program asks the API in the name of a person, never beyond that person's rights.

    Kept are a prefix to find it by and the SHA-256 of the whole: 32 random bytes need no slow hash.
    """

    class Scope(models.TextChoices):
        READ = "read", _("read only")
        WRITE = "write", _("read and write")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scope = models.CharField(_("may"), max_length=10, choices=Scope.choices, default=Scope.READ)
    areas = models.JSONField(_("limited to"), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    last_address = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        """Its name."""
        return self.name

    @property
    def state(self) -> str:
        """``live``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "live" if self.expires_at > timezone.now() else "expired"


class EarlierPassword(models.Model):
    """The hash of a password that an account had, so that the last ones are not taken again."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="earlier_passwords")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-set_at", "-pk"]
        verbose_name = _("earlier password")
        verbose_name_plural = _("earlier passwords")

    def __str__(self) -> str:
        """Whose, and when it was set."""
        return f"{self.person_id} {self.set_at:%Y-%m-%d}"


class Count(models.Model):
    """How often something was tried in one stretch of time, shared by all processes of the server."""

    key = models.CharField(max_length=100)
    since = models.BigIntegerField()  # seconds since 1970 at which the stretch began
    n = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        constraints = [models.UniqueConstraint(fields=["key", "since"], name="count_once")]
        indexes = [models.Index(fields=["since"], name="count_since")]

    def __str__(self) -> str:
        """What was counted."""
        return f"{self.key}: {self.n}"

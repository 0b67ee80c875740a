"""Rules of passwords beyond Django's own: none of the last ones, and an age where the bureau wants one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import ngettext

from commercebrain.desk.access.models import EarlierPassword
from commercebrain.desk.people.models import Person


class NotOneOfTheLast:
    """A validator that refuses the present password and the ones before it, ``last`` in all.

    Django tells a validator of each password that is set (``password_changed``), whichever way it was set; that is
    when it is remembered.
    """

    def __init__(self, last: int = 5) -> None:
        self.last = last

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ``ValidationError`` (``password_used_before``)."""
        if not isinstance(user, Person) or user.pk is None:
            return
        kept = list(user.earlier_passwords.values_list("password", flat=True)[: self.last])
        now = Person.objects.filter(pk=user.pk).values_list("password", flat=True).first()
        for earlier in dict.fromkeys([now, *kept][: self.last + 1]):
            if earlier and check_password(password, earlier):
                raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        """The rule."""
        return ngettext(
            "It must differ from your last password.", "It must differ from your last %(n)s passwords.", self.last
        ) % {"n": self.last}

    def password_changed(self, password: str, user: Any = None) -> None:
        """Remembers the new hash and lets go of the oldest."""
        if not isinstance(user, Person) or not user.has_usable_password():
            return
        EarlierPassword.objects.create(person=user, password=user.password)
        old = list(user.earlier_passwords.values_list("pk", flat=True)[self.last :])
        if old:
            EarlierPassword.objects.filter(pk__in=old).delete()


def has_expired(person: Person) -> bool:
    """Whether the password is older than ``CBRAIN_PASSWORD_DAYS``; never where that is 0."""
    if not settings.PASSWORD_DAYS:
        return False
    newest = person.earlier_passwords.first()
    since = newest.set_at if newest else person.date_joined
    return bool(since < timezone.now() - timedelta(days=settings.PASSWORD_DAYS))

"""Monthly updates of lead units, what they need from others, and months that a superior opened again."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.versioned import Versioned
from commercebrain.desk.people.models import Person, Right, Unit
from commercebrain.desk.people.scopes import extent_of
from commercebrain.desk.responsibility.models.tasks import BelowTask, OfTask


class DayOfMonth(models.Func):
    """The day of a date in words that each database knows by itself.

    Django's ``__day`` calls on SQLite a function that only Django brings, and then nothing else can check the file.
    """

    function = "SUBSTR"
    template = "CAST(SUBSTR(%(expressions)s, 9, 2) AS integer)"
    arity = 1
    output_field = models.IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """As the standard says it."""
        return self.as_sql(compiler, connection, template="EXTRACT(DAY FROM %(expressions)s)", **context)


class Light(models.TextChoices):
    """绿/黄/红: how a task goes."""

    GREEN = "green", _("green")
    YELLOW = "yellow", _("yellow")
    RED = "red", _("red")


class Update(BelowTask, Versioned):
    """What a lead unit says of a task for one month; ``month`` is the first day of that month."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="updates")
    month = models.DateField()
    light = models.CharField(max_length=6, choices=Light.choices)
    done = models.TextField(_("what was done"))
    reason = models.TextField(_("reason"), blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    entered_on = models.DateField()

    class Meta:
        ordering = ["-month", "unit"]
        verbose_name = _("monthly update")
        verbose_name_plural = _("monthly updates")
        constraints = [
            models.UniqueConstraint(fields=["task", "unit", "month"], name="update_once_a_month"),
            models.CheckConstraint(condition=Q(light="green") | ~Q(reason=""), name="update_reason_unless_green"),
            models.CheckConstraint(condition=Q(light__in=["green", "yellow", "red"]), name="update_light_known"),
            models.CheckConstraint(condition=Exact(DayOfMonth("month"), 1), name="update_month_is_its_first_day"),
        ]

    def __str__(self) -> str:
        """Unit and month."""
        return f"{self.unit} {self.month:%Y-%m}"


class Reopening(BelowTask):
    """A closed month that a superior opened for one lead unit again, until ``until``, for a reason."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    reason = models.TextField(_("reason"))
    until = models.DateField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    opened_on = models.DateField()

    class Meta:
        ordering = ["-opened_on", "-pk"]
        verbose_name = _("reopened month")
        verbose_name_plural = _("reopened months")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="reopening_has_reason")]

    def __str__(self) -> str:
        """Unit and month."""
        return f"{self.unit} {self.month:%Y-%m}"


class NeedQuerySet(OfTask):
    """A need is read and answered by the unit that it is asked of, besides those of the task."""

    def permitted(self, person: Person | AnonymousUser, right: Right | str, on: date | None = None) -> Self:
        """The rows that ``right`` admits."""
        rows = super().permitted(person, right, on)
        extent = extent_of(person, right, on or today())
        if extent.everything or not extent.units:
            return rows
        return rows | self.filter(to_unit__in=extent.units)


class Need(BelowTask):
    """What a lead unit needs from another unit, and the answer."""

    class State(models.TextChoices):
        """Whether it is answered."""

        OPEN = "open", _("to be answered")
        ANSWERED = "answered", _("answered with words")

    from_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    to_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="needs")
    text = models.TextField(_("what is needed"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN, db_index=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_on = models.DateField()
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_on = models.DateField(null=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-pk"]
        verbose_name = _("request to a unit")
        verbose_name_plural = _("requests to units")
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="need_has_text"),
            models.CheckConstraint(condition=~Q(state="answered") | ~Q(answer=""), name="need_answered_with_words"),
        ]

    def __str__(self) -> str:
        """The first words."""
        return self.text[:60]

"""What the pages of this folder share: finding things in sight, and forms that lead back to where they belong."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse

from commercebrain.desk.core.forms import FormPage
from commercebrain.desk.people.queries import persons_visible_to
from commercebrain.desk.plans import queries as plans
from commercebrain.desk.plans.models import Target, Task
from commercebrain.desk.responsibility import queries


def find_target(request: HttpRequest, pk: int, *, enter: bool = False) -> Target:
    """A target in sight, or 404; with ``enter`` 403 for one that is seen but not to be changed."""
    found: Target | None = plans.targets(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    if enter and not plans.may_change(request.user, found):
        raise PermissionDenied
    return found


def find_task(request: HttpRequest, pk: int) -> Task:
    """A task whose work one reads, or 404."""
    found: Task | None = plans.tasks(request.user).filter(pk=pk).first()
    if found is None or not queries.reads_work_of(request.user, found):
        raise Http404
    return found


def find_in(rows: Any, pk: int) -> Any:
    """A row of a query set already narrowed to what one may read, or 404."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def allow(permitted: bool) -> None:
    """403 for what is seen but not for this person to do."""
    if not permitted:
        raise PermissionDenied


def persons_of(request: HttpRequest) -> Any:
    """Whom a task may be given to: the persons in sight that can sign in."""
    return persons_visible_to(request.user).filter(is_active=True)


class OfTarget(FormPage):
    """A form that belongs to a target; it leads back to the target's page."""

    target: Target

    def back(self) -> tuple[str, Any]:
        """The target."""
        return reverse("plans:target", args=[self.target.pk]), self.target.indicator_text

    def done(self, request: HttpRequest, thing: Any) -> str:
        """The target."""
        return reverse("plans:target", args=[self.target.pk])


class OfTask(FormPage):
    """A form that belongs to a task; it leads back to the task's page."""

    task: Task

    def back(self) -> tuple[str, Any]:
        """The task."""
        return reverse("plans:task", args=[self.task.pk]), self.task.title

    def done(self, request: HttpRequest, thing: Any) -> str:
        """The task."""
        return reverse("plans:task", args=[self.task.pk])

    def answer(self, request: HttpRequest, thing: Any) -> Any:
        """Which task."""
        return self.task.title

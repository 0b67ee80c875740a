"""Django's entry for this folder."""

from typing import Any

from django.apps import AppConfig


class ResponsibilityConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.responsibility"
    label = "responsibility"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tasks that go live get their units; pages of targets and tasks get their further parts."""
        from commercebrain.desk.plans.signals import published
        from commercebrain.desk.responsibility import panels  # noqa: F401 - registers them

        published.connect(_match, dispatch_uid="responsibility.match")


def _match(sender: Any, tasks: Any, **kwargs: Any) -> None:
    from commercebrain.desk.responsibility.actions import match_assignments

    match_assignments(tasks)

"""Django's entry for this folder."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listens for signing in and out."""
        from commercebrain.desk.people import signals  # noqa: F401

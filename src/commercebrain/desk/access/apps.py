"""Django's entry for this folder."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listens for signing in and out."""
        from commercebrain.desk.access import signals  # noqa: F401

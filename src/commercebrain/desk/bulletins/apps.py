"""Django's entry for this folder."""

from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.bulletins"
    label = "bulletins"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declares the jobs of this folder."""
        from commercebrain.desk.bulletins import jobs  # noqa: F401

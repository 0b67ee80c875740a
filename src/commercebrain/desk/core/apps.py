"""Django's entry for this folder."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Learns the jobs and search providers of every business folder."""
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("jobs", "search")

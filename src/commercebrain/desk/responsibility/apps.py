"""Django's entry for this folder."""

from django.apps import AppConfig


class ResponsibilityConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.responsibility"
    label = "responsibility"
    default_auto_field = "django.db.models.BigAutoField"

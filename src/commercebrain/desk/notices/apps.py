"""Django's entry for this folder."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

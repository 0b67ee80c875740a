"""Django's entry for this folder."""

from django.apps import AppConfig


class AuditsConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.audits"
    label = "audits"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's entry for this folder."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.registers"
    label = "registers"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's entry for this folder."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

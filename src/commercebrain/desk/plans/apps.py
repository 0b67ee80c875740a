"""Django's entry for this folder."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.plans"
    label = "plans"
    default_auto_field = "django.db.models.BigAutoField"

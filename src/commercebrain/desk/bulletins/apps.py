"""Django's entry for this folder."""

from django.apps import AppConfig


class BulletinsConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.bulletins"
    label = "bulletins"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's entry for this folder."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class RegistryConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The guards of the database come and go around every migration."""
        from commercebrain.desk.registry import guards

        pre_migrate.connect(guards.remove, sender=self)
        post_migrate.connect(guards.install, sender=self)

"""Django's entry for this folder."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Registered under the short label that migrations and permissions use."""

    name = "commercebrain.desk.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Learns jobs, search providers, work and tabs of every business folder."""
        from importlib import import_module

        from django.db.models.signals import post_migrate
        from django.utils.module_loading import autodiscover_modules

        post_migrate.connect(_guard_the_log, sender=self)
        autodiscover_modules("jobs", "search", "work", "tabs", "exports", "imports")
        import_module("commercebrain.desk.core.imports.jobs")


def _guard_the_log(using: str, **kwargs: Any) -> None:
    """Sets the triggers of the event log after every migration."""
    from django.db import connections

    from commercebrain.desk.core.trail import triggers

    triggers.install(connections[using])

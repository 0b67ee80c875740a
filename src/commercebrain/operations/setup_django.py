"""Makes Django ready for a command-line verb that needs the desk."""

from __future__ import annotations

import os


def ready() -> None:
    """Loads the settings and the apps; calling it again does nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commercebrain.web.settings")
    import django

    django.setup()

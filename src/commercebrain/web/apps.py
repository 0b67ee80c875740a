"""Django's entry for the pages that belong to no single business folder."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The cockpit, the founding-systems page, the shared templates."""

    name = "commercebrain.web"
    label = "web"

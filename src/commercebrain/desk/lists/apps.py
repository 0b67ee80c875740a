"""The application of lists."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ListsConfig(AppConfig):
    """Lists of products, firms, countries, projects and places."""

    name = "commercebrain.desk.lists"
    label = "lists"
    verbose_name = _("lists")

    def ready(self) -> None:
        """Learns the tab that exposure adds to a firm's page."""
        from importlib import import_module

        import_module("commercebrain.desk.lists.exposure.tabs")

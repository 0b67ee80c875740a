"""The application of lists."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ListsConfig(AppConfig):
    """Lists of products, firms, countries, projects and places."""

    name = "commercebrain.desk.lists"
    label = "lists"
    verbose_name = _("lists")

    def ready(self) -> None:
        """Learns the tab that exposure adds to a firm's page; a firm that was two rows stands on the lists of both."""
        from importlib import import_module

        from commercebrain.desk.registry import relations

        relations.declare("lists.Member", "enterprise", moves=True)
        import_module("commercebrain.desk.lists.exposure.tabs")

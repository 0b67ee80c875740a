"""The application of lists."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ListsConfig(AppConfig):
    """Lists of products, firms, countries, projects and places."""

    name = "commercebrain.desk.lists"
    label = "lists"
    verbose_name = _("lists")

"""Django's entry for this folder."""

from django.apps import AppConfig


class ForesightConfig(AppConfig):
    """No tables of its own: what was expected is kept in the lake."""

    name = "commercebrain.desk.foresight"
    label = "foresight"

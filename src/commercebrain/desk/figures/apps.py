"""Django's entry for this folder."""

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    """No tables of its own: records live in the lake."""

    name = "commercebrain.desk.figures"
    label = "figures"

    def ready(self) -> None:
        """Declares the jobs of this folder."""
        from commercebrain.desk.figures import jobs  # noqa: F401

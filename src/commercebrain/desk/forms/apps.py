"""The application of forms."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FormsConfig(AppConfig):
    """What firms report, and who passes it on."""

    name = "commercebrain.desk.forms"
    label = "forms"
    verbose_name = _("forms")

    def ready(self) -> None:
        """A report tells what was one firm when it was asked: a merge of two rows leaves it where it is."""
        from commercebrain.desk.registry import relations

        relations.declare("forms.Report", "enterprise", moves=False)
        relations.declare("forms.LockException", "enterprise", moves=False)

"""The application of forms."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FormsConfig(AppConfig):
    """What firms report, and who passes it on."""

    name = "commercebrain.desk.forms"
    label = "forms"
    verbose_name = _("forms")

"""The application of cases."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """Work that somebody must do by a day."""

    name = "commercebrain.desk.cases"
    label = "cases"
    verbose_name = _("cases")

    def ready(self) -> None:
        """A case tells what was one firm when it was opened: a merge of two rows leaves it where it is. The days of its clocks
        abroad are those of the authorities that the bureau declared, too."""
        from commercebrain.desk.cases.declared import authorities
        from commercebrain.desk.registry import relations
        from commercebrain.engine.cases import calendars

        relations.declare("cases.Case", "enterprise", moves=False)
        relations.declare("cases.CaseFirm", "enterprise", moves=False)
        relations.declare("cases.FollowUp", "enterprise", moves=False)
        calendars.known_from(authorities)

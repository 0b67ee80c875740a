"""The application of cases."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """Work that somebody must do by a day."""

    name = "commercebrain.desk.cases"
    label = "cases"
    verbose_name = _("cases")

    def ready(self) -> None:
        """A case goes along when the row of its firm becomes part of another: whoever looks at the surviving firm sees it, and
        its follow-ups read that firm's figures. One that names both firms keeps both. The days of its clocks abroad are those
        of the authorities that the bureau declared, too."""
        from commercebrain.desk.cases import merging
        from commercebrain.desk.cases.declared import authorities
        from commercebrain.desk.registry import relations
        from commercebrain.engine.cases import calendars

        relations.declare("cases.Case", "enterprise", moves=True)
        relations.declare("cases.CaseFirm", "enterprise", moves=True)
        relations.declare("cases.FollowUp", "enterprise", moves=True)
        relations.goes_along("cases", undone=merging.undone)
        calendars.known_from(authorities)

"""The application of warnings."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WarningsConfig(AppConfig):
    """What holds for whom, and who deals with it."""

    name = "commercebrain.desk.warnings"
    label = "warnings"
    verbose_name = _("warnings")

    def ready(self) -> None:
        """A signal goes along when the row of its firm becomes part of another (:mod:`.merging`). It hears of the end of the case in whose hands it is."""
        from importlib import import_module

        from commercebrain.desk.cases import causes, closing, comparing, rates
        from commercebrain.desk.registry import relations
        from commercebrain.desk.warnings import merging
        from commercebrain.desk.warnings.actions import signals
        from commercebrain.desk.warnings.causes import causes_of
        from commercebrain.desk.warnings.warned import warned

        relations.declare("warnings.Signal", "enterprise", moves=True)
        relations.goes_along("warnings", take=merging.take, merged=merging.merged, undone=merging.undone)
        closing.on_close("", signals.close_handled)
        causes.told_by(causes_of)
        rates.told_by(signals.ORIGIN, _rule_behind)
        comparing.warned_by(warned)
        import_module("commercebrain.desk.warnings.firm.tabs")


def _rule_behind(origin: str) -> str:
    """The rule that raised the signal for which a case was opened: the rates of responses count by it."""
    from commercebrain.desk.warnings.models import Signal

    number = origin.rpartition(":")[2]
    found = Signal.objects.filter(pk=number).values_list("rule", flat=True) if number.isdigit() else ()
    return str(next(iter(found), ""))

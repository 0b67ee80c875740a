"""The domain as data: indicators, datasets, registers, areas and founding systems, loaded and checked."""

from commercebrain.engine.catalogue.loader import Catalogue, load_catalogue
from commercebrain.engine.catalogue.models import Area, Indicator, SystemRow, Words
from commercebrain.engine.catalogue.registers import Register, RegisterField
from commercebrain.engine.catalogue.source import Fault

__all__ = [
    "Area",
    "Catalogue",
    "Fault",
    "Indicator",
    "Register",
    "RegisterField",
    "SystemRow",
    "Words",
    "load_catalogue",
]

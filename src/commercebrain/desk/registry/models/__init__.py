"""Registers that everything refers to. One module a subject; every model is named here."""

from commercebrain.desk.registry.models.regions import Region, RegionChange, RegionQuerySet, Township

# isort: split
from commercebrain.desk.registry.models.changes import EnterpriseChange, EnterpriseMerge
from commercebrain.desk.registry.models.codes import Code, CodeLink
from commercebrain.desk.registry.models.enterprises import (
    Enterprise,
    EnterpriseContact,
    EnterpriseFlag,
    EnterpriseName,
    EnterpriseOfficer,
)
from commercebrain.desk.registry.models.zones import Zone, ZonePart

__all__ = [
    "Code",
    "CodeLink",
    "Enterprise",
    "EnterpriseChange",
    "EnterpriseContact",
    "EnterpriseFlag",
    "EnterpriseMerge",
    "EnterpriseName",
    "EnterpriseOfficer",
    "Region",
    "RegionChange",
    "RegionQuerySet",
    "Township",
    "Zone",
    "ZonePart",
]

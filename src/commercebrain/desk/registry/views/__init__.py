"""Pages of the registers. One module a subject."""

from commercebrain.desk.registry.views.regions import RegionPage, Regions

__all__ = ["RegionPage", "Regions"]

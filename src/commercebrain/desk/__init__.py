"""People, units, forms, plans, cases and pages: Django, and no arithmetic (that is the engine's)."""

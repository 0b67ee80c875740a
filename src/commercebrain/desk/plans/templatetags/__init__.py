"""Template tags of plans; the library ``plans``."""

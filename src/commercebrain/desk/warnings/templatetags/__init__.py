"""Template tags of warnings."""

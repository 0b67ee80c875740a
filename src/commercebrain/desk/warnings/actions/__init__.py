"""Writes of warnings: which rules are used (:mod:`.use`), and what people do about signals (:mod:`.signals`)."""

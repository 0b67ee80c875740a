"""Pages of the registers. One module a subject."""

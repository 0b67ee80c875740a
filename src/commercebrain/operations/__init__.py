"""Running an installation: set it up, serve it, look after it, back it up, show it."""

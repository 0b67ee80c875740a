"""Records, figures, series, rules and plan texts: pure Python, usable from a notebook, without Django."""

"""The arithmetic of plans: every printed number held against the others that it can be held against."""

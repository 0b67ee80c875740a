"""How people and programs sign in: one-time codes, the bureau's own identity provider, tokens, sessions, limits."""

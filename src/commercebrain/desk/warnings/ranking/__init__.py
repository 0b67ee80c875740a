"""The ranking of a bureau's counties by declared rules: computed, signed by another person, seen by those below."""

"""Units, persons, roles, memberships and the five scopes of what a person may enter, see and find."""

"""Pages of units, persons, roles, delegations, annotations and the own account."""

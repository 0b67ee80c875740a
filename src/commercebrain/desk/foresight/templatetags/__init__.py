"""Tags of foresight for the templates of other folders."""

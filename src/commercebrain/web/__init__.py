"""Settings, addresses, the API's root, the cockpit, templates and static files."""

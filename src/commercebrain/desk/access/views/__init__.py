"""Pages of signing in and of what guards an account."""

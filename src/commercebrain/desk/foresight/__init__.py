"""Pages of what is normal, what comes next and what just broke."""

"""Pages about plans: documents and their review, targets, facts, tasks. Thin: queries read, actions write."""

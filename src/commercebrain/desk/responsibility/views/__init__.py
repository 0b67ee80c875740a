"""Pages about who answers for what. Thin: queries read, actions write."""

"""Plans at work: documents, what was found in them, and the targets, facts and tasks that were accepted."""

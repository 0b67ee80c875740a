"""The further parts of the pages of targets and tasks."""

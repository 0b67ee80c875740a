"""Reading a plan: its text into targets, facts and tasks. Start at :mod:`reader`; files come in by :mod:`loading`."""

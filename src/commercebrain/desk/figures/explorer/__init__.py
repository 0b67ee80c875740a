"""The explorer: one question to one indicator, edited as a sentence, answered by :func:`engine.indicators.tables.table`."""

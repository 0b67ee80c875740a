"""The working store: a month's lines as coded columns, and what is kept summed of them; a cache of the record."""

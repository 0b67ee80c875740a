"""Disclosure control: no figure that may be asked for tells about a single firm, alone or by subtraction."""

"""A firm as a whole 企业全景: what is open on it, its months on one axis, and everything known of it in its reader's scope."""

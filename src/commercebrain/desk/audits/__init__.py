"""The arithmetic of plans on the desk: what the audit found, who answered it, the report for the drafting office."""

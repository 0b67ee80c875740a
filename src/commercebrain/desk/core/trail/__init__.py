"""The audit trail: events cannot be changed, and when somebody changes one all the same, it is found.

``triggers``   the database refuses to change or remove events and seals
``canonical``  the one byte form of an event and of a seal, and their hashes
``sealing``    batches of events come under seals, each of which holds the hash of the one before
``anchors``    the head of the chain, copied to a place outside the database
``verifying``  walks the chain and names what was changed, removed, put in or cut off
"""

"""What a list does to firms: exposure, and the facts about firms that conditions are written over."""

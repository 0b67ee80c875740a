"""What a measure did: the measured against the others, before and after it (difference in differences)."""

from commercebrain.engine.effects.differences import Effect, difference_in_differences

__all__ = ["Effect", "difference_in_differences"]

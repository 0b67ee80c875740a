"""Who answers for which promise: break-downs, adjustments, monthly updates, my work."""

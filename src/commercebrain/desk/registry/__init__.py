"""Registers that everything refers to: regions (GB/T 2260, dated)."""

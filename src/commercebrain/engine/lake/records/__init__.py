"""Records 明细: lines of declared datasets, by month under a Delta log; vintages are data."""

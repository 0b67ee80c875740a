"""Lists 清单/名录: kinds declared as data, books of each kind, numbered versions, dated members, exposure."""

"""Firms as such: their credit codes, their names, when two records are one firm, and invented ones for 示例市."""

"""Figures on the desk: the series that the lake holds, where each number comes from, and bringing new ones in."""

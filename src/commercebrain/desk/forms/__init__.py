"""Forms 报表: who reports what and how often, rounds, reports of firms, steps up the tree, reporting rates."""

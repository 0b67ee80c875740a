"""Exposure 敞口: what a list of goods and partners hits of the firms' trade, on the best records the bureau lawfully has."""

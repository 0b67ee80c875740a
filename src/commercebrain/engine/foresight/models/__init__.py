"""Forecasting models, each a compiled loop over one series: what ``ensemble`` puts together."""

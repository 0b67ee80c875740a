"""Facts that rules are evaluated on: what a city's records say of its firms, goods, counties and markets on a day."""

from commercebrain.engine.rules.facts.city import CityFacts, Register
from commercebrain.engine.rules.facts.exposure import ListFacts
from commercebrain.engine.rules.facts.indicators import IndicatorFacts
from commercebrain.engine.rules.facts.orders import OrderPanel
from commercebrain.engine.rules.facts.source import TradeSource, lake_source

__all__ = ["CityFacts", "IndicatorFacts", "ListFacts", "OrderPanel", "Register", "TradeSource", "lake_source"]

"""示例市: invented trade of an invented city, in real sizes, with a list of what was done to it."""

from commercebrain.engine.simulate.lines import blocks

__all__ = ["blocks"]

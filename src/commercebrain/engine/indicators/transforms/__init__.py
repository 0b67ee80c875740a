"""Transforms 变换: what can be done with any indicator, each declared once in :mod:`.registry`.

For figures from records: :func:`plan` says which months and dimensions the cells must carry, :func:`query` (an
expression for any engine) or :func:`text` (DuckDB) makes one question of the cells and the transform, :func:`columns`
turns the engine's result into the columns of a :class:`~commercebrain.engine.indicators.table.FigureTable`.
"""

from commercebrain.engine.indicators.transforms.answer import columns
from commercebrain.engine.indicators.transforms.compile import Shape, query, text
from commercebrain.engine.indicators.transforms.plan import Plan, plan
from commercebrain.engine.indicators.transforms.registry import TRANSFORMS, Transform, transform

__all__ = ["TRANSFORMS", "Plan", "Shape", "Transform", "columns", "plan", "query", "text", "transform"]

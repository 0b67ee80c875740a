"""Transforms 变换: what can be done with any indicator, each declared once in :mod:`.registry`."""

from commercebrain.engine.indicators.transforms.registry import TRANSFORMS, Transform, transform

__all__ = ["TRANSFORMS", "Transform", "transform"]

"""示例市: invented trade of an invented city, in real sizes, with a list of what was done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commercebrain.engine.simulate.lines import blocks

__all__ = ["blocks"]


def __getattr__(name: str) -> Any:  # the command line names this package without needing its arrays
    if name != "blocks":
        raise AttributeError(name)
    from commercebrain.engine.simulate.lines import blocks

    return blocks

"""Who wants to hear that a case ended: folders above this one, which it does not know.

A folder declares in its ``apps.py``::

    closing.on_close("", handled)      # or the origin of the cases that it opened

``handled(case)`` runs in the transaction that ends the case, whether it was closed or withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable

from commercebrain.desk.cases.models import Case

Hook = Callable[[Case], object]
HOOKS: dict[str, Hook] = {}


def on_close(origin_prefix: str, function: Hook) -> None:
    """Declares ``function`` to be called when a case whose origin begins with ``origin_prefix`` ends; "" is every case."""
    HOOKS[origin_prefix] = function


def closed(case: Case) -> None:
    """Tells whoever wants to hear of it that a case ended; called in the transaction that ends it."""
    for prefix, function in list(HOOKS.items()):
        if case.origin.startswith(prefix):
            function(case)

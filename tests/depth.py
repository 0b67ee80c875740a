"""How far property tests look: at a third of their examples in the default run, at all of them in the long half.

The long half asks every property again; the default run, which is waited for, has most of what they find from the first
examples.
"""

from __future__ import annotations

import os

#: Set by :mod:`tests.run_slow` for what it starts.
LONG = os.environ.get("TESTS") == "long"
#: Fewer examples than that are a test of nothing: no property is asked for less, unless it asks for less itself.
FEWEST = 4


def examples(number: int) -> int:
    """How many examples a property that wants ``number`` is asked for in this run."""
    return number if LONG else max(number // 3, min(number, FEWEST))

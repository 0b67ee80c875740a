"""What several sets of constants are worth beside each other, by how near each came."""

from __future__ import annotations

from commercebrain.engine.compiled import kernel
from commercebrain.engine.foresight.result import Floats

#: Squared error of a month that counts as none: errors are of logarithms, so this is a hundred-thousandth of the value.
NOTHING = 1e-10


@kernel(error_model="numpy")
def weigh(loss: Floats, months: int, weight: Floats) -> None:
    """The weights of lanes with the squared errors ``loss`` over ``months`` into ``weight``: (squared error)^(−months/2),
    the likelihood of normal errors, adding up to 1."""
    least = loss.min() + NOTHING * months
    total = 0.0
    for i in range(loss.shape[0]):
        weight[i] = (least / (loss[i] + NOTHING * months)) ** (0.5 * months)
        total += weight[i]
    for i in range(loss.shape[0]):
        weight[i] /= total

"""The compiled loops over rows: what conditions say of them, how long they held, at which level, what excludes what.

What a condition says of a row is one of four states; of parts that must all hold the highest counts, of parts of which one must
hold the lowest: TRUE 0, UNKNOWN 1, ASK 2 (floats are too near to tell, the language is asked), FALSE 3.

Columns are read where they lie: a table of addresses says where each one's values and its known ones begin. Who calls keeps the
arrays alive. Loops go over blocks of rows that stay in the processor's cache, and over plain comparisons that it does many at a
time; nothing in them holds the interpreter's lock. Blocks are dealt out to *shares*, one for each thread.
"""

from commercebrain.engine.rules.kernels.answering import BOUNDS, EITHER, PAIR, SUMS, TABLE
from commercebrain.engine.rules.kernels.judging import judge, near
from commercebrain.engine.rules.kernels.reading import (
    ASK,
    BLOCK,
    CODES1,
    CODES2,
    CODES4,
    CODES8,
    FALSE,
    NUMBERS,
    THERE,
    THERE_CODES,
    THERE_NUMBERS,
    TRUE,
    TRUTHS,
    UNKNOWN,
)
from commercebrain.engine.rules.kernels.settling import collect, exclude, settle

__all__ = [
    "ASK", "BLOCK", "BOUNDS", "CODES1", "CODES2", "CODES4", "CODES8", "EITHER", "FALSE", "NUMBERS", "PAIR", "SUMS", "TABLE",
    "THERE", "THERE_CODES", "THERE_NUMBERS", "TRUE", "TRUTHS", "UNKNOWN", "collect", "exclude", "judge", "near", "settle",
]  # fmt: skip

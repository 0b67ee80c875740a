"""SQL for one field of a staged file: its text, its number, whether it is sure, and what is at fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commercebrain.engine.lake.records.layout import text_literal
from commercebrain.engine.lake.records.schema import CODED, SUMMED, RecordColumn, RecordDataset
from commercebrain.engine.lake.records.staging import Staged

#: Column types whose texts are read once each, however often they stand in the file.
LISTED = CODED | {"month", "date"}
#: Types of Parquet columns that hold whole numbers.
_WHOLE = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"}
)


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the dataset that the file (or a default) gives. ``raw`` is SQL for its text, over the relation."""

    name: str
    column: RecordColumn
    raw: str
    type: str

    @property
    def listed(self) -> bool:
        """Whether its distinct texts are read in a codebook."""
        return self.column.type in LISTED

    @property
    def summed(self) -> bool:
        """Whether it is a number."""
        return self.column.type in SUMMED

    @property
    def blank(self) -> str:
        """SQL: nothing stands there."""
        return f"({self.raw} IS NULL OR trim({self.raw}) = '')"

    def plainly(self) -> str:
        """SQL: the number where it is written canonically, else NULL (texts: 1234, 12.50; typed columns: exact)."""
        value = f"f_{self.name}"
        target = "BIGINT" if self.column.type == "integer" else f"DECIMAL(18,{self.column.scale})"
        if self.type in _WHOLE:
            return f"TRY_CAST({value} AS {target})"
        if self.type in ("DOUBLE", "FLOAT"):
            # The nearest double of what was read must be what stands there: 0.3 passes, 0.3333 in hundredths does not.
            number = f"TRY_CAST({value} AS {target})"
            return f"CASE WHEN abs({value}) < 1e15 AND CAST({number} AS {self.type}) = {value} THEN {number} END"
        if self.type.startswith("DECIMAL"):
            number = f"TRY_CAST({value} AS {target})"
            return f"CASE WHEN {number} = {value} THEN {number} END"
        if self.column.type == "integer":
            return f"CASE WHEN CAST(TRY_CAST({self.raw} AS BIGINT) AS VARCHAR) = {self.raw} THEN TRY_CAST({self.raw} AS BIGINT) END"
        whole, scale = 18 - self.column.scale, self.column.scale
        return f"CASE WHEN regexp_full_match({self.raw}, '-?\\d{{1,{whole}}}(\\.\\d{{1,{scale}}}0*)?') THEN TRY_CAST({self.raw} AS {target}) END"

    def grouped(self) -> str:
        """SQL: the number written as spreadsheets write it (1,234.00, blanks around it), else NULL."""
        target = "BIGINT" if self.column.type == "integer" else f"DECIMAL(18,{self.column.scale})"
        if self.type != "VARCHAR":
            return f"CAST(NULL AS {target})"
        whole, scale = 18 - self.column.scale, self.column.scale
        digits = f"(\\d{{1,3}}(,\\d{{3}})+|\\d{{1,{whole}}})"
        rest = "(\\.0+)?" if not scale else f"(\\.\\d{{1,{scale}}}0*)?"
        plain = f"replace(trim({self.raw}), ',', '')"
        read = f"split_part({plain}, '.', 1)" if not scale else plain
        return f"CASE WHEN regexp_full_match(trim({self.raw}), '[+-]?{digits}{rest}') THEN TRY_CAST({read} AS {target}) END"

    def doubtful(self) -> str:
        """SQL: NULL for a canonical number, '' for a grouped one, else the text that must be read by itself."""
        return (
            f"CASE WHEN {self.raw} IS NULL OR {self.plainly()} IS NOT NULL THEN NULL "
            f"WHEN {self.grouped()} IS NOT NULL THEN '' ELSE {self.raw} END"
        )


def fields_of(dataset: RecordDataset, staged: Staged, defaults: Mapping[str, str]) -> dict[str, Field]:
    """The fields that the file or the defaults give, in the dataset's order."""
    found: dict[str, Field] = {}
    for name, column in dataset.columns.items():
        kind = staged.types.get(name, "")
        if not kind and name not in defaults:
            continue
        raw = "" if not kind else f"f_{name}" if kind == "VARCHAR" else f"CAST(f_{name} AS VARCHAR)"
        if name in defaults:
            given = text_literal(defaults[name])
            lacking = [
                str(number)
                for number, seen in enumerate(staged.sheets)
                if seen.headings is not None and name not in seen.headings.places
            ]
            if not kind:
                raw, kind = given, "VARCHAR"
            elif lacking:
                raw = f"CASE WHEN sheet__ IN ({', '.join(lacking)}) THEN {given} ELSE {raw} END"
        found[name] = Field(name, column, raw, kind)
    return found

"""What every engine can do: name the lines of some files, and run one query."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from commercebrain.engine.errors import UserError

#: The columns of an answer; a value that is missing is masked.
Columns = dict[str, "np.ma.MaskedArray[Any, Any] | npt.NDArray[Any]"]


@dataclass(frozen=True, slots=True)
class LineFiles:
    """The Parquet files that hold the lines of a question (absolute paths), and the SQL type of each stored column."""

    files: tuple[Path, ...]
    columns: Mapping[str, str]


class Engine(Protocol):
    """An engine that answers queries over lines."""

    @property
    def name(self) -> str:
        """What it is called: duckdb, spark, clickhouse."""
        ...

    @property
    def dialect(self) -> str:
        """sqlglot's name of its SQL."""
        ...

    @property
    def version(self) -> str:
        """The version that runs."""
        ...

    def lines(self, of: LineFiles) -> exp.Expr:
        """What stands after FROM for these lines."""
        ...

    def run(self, query: exp.Expr) -> Columns:
        """The answer by column."""
        ...

    def sql(self, query: exp.Expr, *, pretty: bool = False) -> str:
        """The query as this engine reads it."""
        ...


def as_columns(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> Columns:
    """Columns of Python values as arrays: whole numbers int64, other numbers float64, the rest texts; None masked."""
    return {name: as_array(values) for name, values in zip(names, columns, strict=True)}


def as_array(values: Sequence[Any]) -> np.ma.MaskedArray[Any, Any] | npt.NDArray[Any]:
    """One column of Python values as an array."""
    missing = np.fromiter((value is None for value in values), bool, len(values))
    known = [value for value in values if value is not None]
    kind: Any
    if (
        not known
        or isinstance(known[0], bool)
        or all(isinstance(value, int) or (isinstance(value, Decimal) and value == int(value)) for value in known)
    ):
        kind, blank = np.int64, 0
    elif isinstance(known[0], int | float | Decimal):
        kind, blank = np.float64, 0
    else:
        filled = np.array(["" if value is None else str(value) for value in values], dtype=str)
        return np.ma.MaskedArray(filled, mask=missing) if missing.any() else filled
    filled = np.array([blank if value is None else kind(value) for value in values], dtype=kind)
    return np.ma.MaskedArray(filled, mask=missing) if missing.any() else filled


_SECRET = re.compile(r"//[^@/]*@")


def cannot_reach(engine: str, address: str, error: Exception) -> UserError:
    """The sentence for an engine that does not answer; what stands before the @ of an address is left out."""
    shown, why = _SECRET.sub("//…@", address), _why(error)
    return UserError(
        "engine.unreachable",
        f"连不上 CBRAIN_ENGINE 指定的 {engine}（{shown}）：{why}。请检查地址，或改回 duckdb。",
        f"{engine} at {shown} (CBRAIN_ENGINE) cannot be reached: {why}. Check the address, or go back to duckdb.",
    )


def _why(error: Exception) -> str:
    """What the system said underneath (Connection refused), else the first line of what the library says."""
    under: BaseException | None = error
    for _ in range(20):
        if under is None:
            break
        if isinstance(under, OSError) and under.strerror:
            return under.strerror
        under = under.__cause__ or under.__context__
    return _SECRET.sub("//…@", str(error).splitlines()[0])[:200] if str(error) else type(error).__name__


def needs_extra(engine: str, extra: str) -> UserError:
    """The sentence for an engine whose package is not installed."""
    return UserError(
        "engine.not_installed",
        f"没有安装 {engine} 所需的包，请运行 pip install 'commercebrain[{extra}]'，或改用 CBRAIN_ENGINE=duckdb。",
        f"The package for {engine} is not installed; run pip install 'commercebrain[{extra}]', or use CBRAIN_ENGINE=duckdb.",
    )

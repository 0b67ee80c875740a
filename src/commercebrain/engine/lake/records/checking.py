"""Every line of a staged file checked: good lines become coded and typed, bad ones keep all their faults.

Distinct codes are read once each in Python; numbers are read in SQL where they are written plainly, and one by one
where they are not. Nothing is written outside the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np

from commercebrain.engine.enterprises import uscc
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Say
from commercebrain.engine.lake.records.codes import Codebook
from commercebrain.engine.lake.records.known import month_ranges
from commercebrain.engine.lake.records.layout import name_literal
from commercebrain.engine.lake.records.reading import Field, fields_of
from commercebrain.engine.lake.records.schema import RecordDataset
from commercebrain.engine.lake.records.staging import Staged

_BAD = -1  # the code of a text that could not be read


@dataclass(slots=True)
class Checked:
    """The lines of a file after checking, in tables of the connection.

    ``good__`` holds a code or number a field (and ``line__``, ``sheet__`` where the dataset has a key), ``v_<field>``
    code → value in the order of values. ``months``: month → first and last code of the period's column, and lines.
    ``faults``: field (or ``mixed__``, ``mixed_place__``, ``extra__``, ``repeated__``) → SQL that holds for a line with that fault, over the
    relation ``s`` and ``joins``. ``values``: listed field → number of its values.
    """

    dataset: RecordDataset
    staged: Staged
    fields: dict[str, Field]
    read: int = 0
    good: int = 0
    known: int = 0
    synthetic: bool = False
    months: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    joins: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)

    @property
    def bad(self) -> int:
        """Lines with a fault."""
        return self.read - self.good - self.known

    def tell_repeated(self) -> None:
        """Have the lines in ``repeated__`` told as faults."""
        if "repeated__" not in self.faults:
            self.joins += " LEFT JOIN repeated__ ON repeated__.sheet__ = s.sheet__ AND repeated__.line__ = s.line__"
            self.faults["repeated__"] = "repeated__.line__ IS NOT NULL"


def check(
    connection: duckdb.DuckDBPyConnection, dataset: RecordDataset, staged: Staged, book: Codebook,
    defaults: Mapping[str, str], step: Callable[[str], None] = lambda _: None,
) -> Checked:  # fmt: skip
    """Read every line; ``step`` is told the name of each step before it begins and may raise to stop."""
    fields = fields_of(dataset, staged, defaults)
    checked = Checked(dataset, staged, fields)
    step("codes")
    found = _distinct(connection, checked)
    possible: set[str] = set()
    connection.execute("CREATE OR REPLACE TABLE why__ (field VARCHAR, raw VARCHAR, zh VARCHAR, en VARCHAR)")
    invented: dict[str, set[bool]] = {}
    for name, texts in found.texts.items():
        invented[name], lacking = _read_listed(connection, checked, book, name, texts)
        if lacking or name in found.blank:
            possible.add(name)
    for name, (_, texts) in found.doubtful.items():
        if texts:
            _read_numbers(connection, book, name, texts)
            possible.add(name)
    step("lines")
    mixed = _mixed(dataset, invented)
    _select_good(connection, checked, found.doubtful, mixed, possible)
    if dataset.key:
        _find_repeated_keys(connection, checked)
        if _count(connection, "repeated__"):
            checked.tell_repeated()
    checked.good = _count(connection, "good__")
    checked.synthetic = _synthetic(connection, checked)
    checked.months = month_ranges(connection, checked)
    return checked


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608 - own word


def filled(checked: Checked) -> str:
    """SQL: something stands in the line."""
    cells = [f"f_{name} IS NOT NULL" for name in checked.staged.types]
    return "(" + " OR ".join(cells) + ")"


@dataclass(slots=True)
class _Found:
    """What the first look at the file found: texts of listed fields, doubtful texts of numbers, fields with a blank."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    doubtful: dict[str, tuple[bool, list[str]]] = field(default_factory=dict)
    blank: set[str] = field(default_factory=set)


def _distinct(connection: duckdb.DuckDBPyConnection, checked: Checked) -> _Found:
    """The distinct texts of listed fields, what numbers are doubtful, and the number of lines.

    A file in columns is read a column at a time (its own dictionaries make that nearly free), one in rows at once.
    """
    wanted = {f.name: f.raw if f.listed else f.doubtful() for f in checked.fields.values() if f.listed or f.summed}
    found: dict[str, list[tuple[str | None, int]]] | None = None
    if checked.staged.columnar:
        found = _by_column(connection, checked, wanted)
    if found is None:
        found = _by_row(connection, checked, wanted)
    result = _Found()
    for name, rows in found.items():
        checked.read = sum(count for _, count in rows)
        texts = [text for text, _ in rows if text is not None]
        if checked.fields[name].listed:
            result.texts[name] = texts
            if len(texts) < len(rows):
                result.blank.add(name)
        else:
            result.doubtful[name] = ("" in texts, [text for text in texts if text])
    return result


def _by_column(
    connection: duckdb.DuckDBPyConnection, checked: Checked, wanted: Mapping[str, str]
) -> dict[str, list[tuple[str | None, int]]] | None:
    """Field → what stands there and how often; None where every column has gaps, so that a line may be blank."""
    found: dict[str, list[tuple[str | None, int]]] = {}
    full = False
    for name, text in wanted.items():
        found[name] = connection.execute(
            f"SELECT {text} AS k, count(*) FROM {checked.staged.relation} s GROUP BY k"  # noqa: S608 - own words
        ).fetchall()
        listed = checked.fields[name].listed and name in checked.staged.types
        full = full or (listed and all(text is not None for text, _ in found[name]))
    return found if full else None


def _by_row(
    connection: duckdb.DuckDBPyConnection, checked: Checked, wanted: Mapping[str, str]
) -> dict[str, list[tuple[str | None, int]]]:
    """Field → what stands there and how often, in one scan of the lines that are not blank."""
    keys = [f"k{n}" for n in range(len(wanted))]
    select = ", ".join(f"{text} AS {key}" for text, key in zip(wanted.values(), keys, strict=True))
    sets = ", ".join(f"({key})" for key in keys)
    connection.execute(
        f"CREATE OR REPLACE TABLE distinct__ AS SELECT GROUPING({', '.join(keys)}) AS set__, count(*) AS n, "  # noqa: S608
        f"{', '.join(keys)} FROM (SELECT {select} FROM {checked.staged.relation} s WHERE {filled(checked)}) "
        f"GROUP BY GROUPING SETS ({sets})"
    )
    every = 2 ** len(keys) - 1
    found: dict[str, list[tuple[str | None, int]]] = {}
    for number, (name, key) in enumerate(zip(wanted, keys, strict=True)):
        mask = every - 2 ** (len(keys) - 1 - number)
        found[name] = connection.execute(f"SELECT {key}, n FROM distinct__ WHERE set__ = {mask}").fetchall()  # noqa: S608
    connection.execute("DROP TABLE distinct__")
    return found


def _table(connection: duckdb.DuckDBPyConnection, select: str, columns: Mapping[str, Any]) -> None:
    connection.register("given__", dict(columns))
    connection.execute(select)
    connection.unregister("given__")


def _texts(texts: list[str]) -> Any:
    return np.array([*texts, ""], dtype=object)[:-1]  # keeps the shape and type of an empty list


def _read_listed(
    connection: duckdb.DuckDBPyConnection, checked: Checked, book: Codebook, name: str, texts: list[str]
) -> tuple[set[bool], bool]:
    """Make ``k_<name>`` (raw → code) and ``v_<name>`` (code → value).

    Whether its values are of invented places, and whether any text gave no value.
    """
    read = [book.read(name, text) for text in texts]
    values = sorted({value for value in read if value is not None and not isinstance(value, Say)}, key=str)
    code = {value: number for number, value in enumerate(values)}
    codes = [-2 if v is None else _BAD if isinstance(v, Say) else code[v] for v in read]
    flags = [_is_invented(checked.dataset, name, value) for value in values]
    _table(
        connection,
        f"CREATE OR REPLACE TABLE k_{name} AS SELECT CAST(raw AS VARCHAR) AS raw, "  # noqa: S608
        "CAST(nullif(code, -2) AS INTEGER) AS code, CASE WHEN code >= 0 THEN invented END AS invented FROM given__",
        {
            "raw": _texts(texts),
            "code": np.array(codes, np.int32),
            "invented": np.array([flags[c] if c >= 0 else False for c in codes], bool),
        },
    )
    kind = checked.dataset.columns[name].type
    target = {"month": "INTEGER", "date": "DATE"}.get(kind, "VARCHAR")
    shown = [str(value) for value in values]
    months = [
        int(value) if kind == "month" else int(value[:4] + value[5:7]) if kind == "date" else 0 for value in shown
    ]
    _table(
        connection,
        f"CREATE OR REPLACE TABLE v_{name} AS SELECT CAST(code AS INTEGER) AS code, "  # noqa: S608
        f"CAST(CAST(value AS VARCHAR) AS {target}) AS value, CAST(month AS INTEGER) AS month, invented FROM given__",
        {
            "code": np.arange(len(shown), dtype=np.int32),
            "value": _texts(shown),
            "month": np.array(months, np.int32),
            "invented": np.array(flags, bool),
        },
    )
    checked.values[name] = len(values)
    reasons = [(text, say) for text, say in zip(texts, read, strict=True) if isinstance(say, Say)]
    _explain(connection, name, reasons)
    return set(flags), any(code < 0 for code in codes)


def _explain(connection: duckdb.DuckDBPyConnection, name: str, reasons: list[tuple[str, Say]]) -> None:
    if reasons:
        _table(
            connection,
            "INSERT INTO why__ SELECT name, raw, zh, en FROM given__",
            {
                "name": _texts([name] * len(reasons)),
                "raw": _texts([text for text, _ in reasons]),
                "zh": _texts([say.zh for _, say in reasons]),
                "en": _texts([say.en for _, say in reasons]),
            },
        )


def _read_numbers(connection: duckdb.DuckDBPyConnection, book: Codebook, name: str, texts: list[str]) -> None:
    """Make ``n_<name>``: doubtful text → count of the last digit, where there is one."""
    read = [book.number(name, text) for text in texts]
    known = [(t, v) for t, v in zip(texts, read, strict=True) if isinstance(v, int)]
    _table(
        connection,
        f"CREATE OR REPLACE TABLE n_{name} AS SELECT CAST(raw AS VARCHAR) AS raw, value FROM given__",  # noqa: S608
        {"raw": _texts([t for t, _ in known]), "value": np.array([v for _, v in known], np.int64)},
    )
    _explain(connection, name, [(t, v) for t, v in zip(texts, read, strict=True) if isinstance(v, Say)])


def _is_invented(dataset: RecordDataset, name: str, value: object) -> bool:
    if dataset.columns[name].type == "uscc":
        return str(value).startswith(uscc.SYNTHETIC)
    return dataset.columns[name].type == "region" and str(value).startswith("99")


def _mixed(dataset: RecordDataset, invented: Mapping[str, set[bool]]) -> bool:
    """Whether a line may join an invented firm and a real place, or the other way round."""
    flags = [invented[name] for name in (dataset.firm, dataset.place) if name and invented.get(name)]
    return len(flags) == 2 and len(flags[0] | flags[1]) == 2


def _select_good(
    connection: duckdb.DuckDBPyConnection, checked: Checked, doubtful: Mapping[str, tuple[bool, list[str]]], mixed: bool,
    possible: set[str],
) -> None:  # fmt: skip
    """Make ``good__``; remember in ``checked`` how a bad line is told.

    Only faults of the fields in ``possible`` can be among the lines; a number that is lacking or too small is looked
    for afterwards, in what was read, so that no number is read twice.
    """
    joins: list[str] = []
    late: list[str] = []
    values: list[str] = []
    faults: dict[str, str] = {}
    for name, f in checked.fields.items():
        required = f.column.required
        if f.listed:
            joins.append(f"LEFT JOIN k_{name} ON k_{name}.raw = {f.raw}")
            values.append(f"k_{name}.code AS {name_literal(name)}")
            own = f"k_{name}.code"
            faults[name] = f"coalesce({own}, {_BAD}) = {_BAD}" if required else f"coalesce({own}, 0) = {_BAD}"
        elif f.summed:
            number = _number(f, *doubtful[name])
            if doubtful[name][1]:
                joins.append(f"LEFT JOIN n_{name} ON n_{name}.raw = {f.raw}")
            values.append(f"{number} AS {name_literal(name)}")
            empty = f"{number} IS NULL" if required else f"({number} IS NULL AND NOT {f.blank})"
            low = "" if f.column.min is None else f" OR coalesce({number} < {f.column.min}, false)"
            faults[name] = f"({empty}{low})"
            if name not in possible:
                own = name_literal(name)
                late += [f"{own} IS NULL"] * required
                late += [] if f.column.min is None else [f"{own} < {f.column.min}"]
        else:
            values.append(f"nullif(trim({f.raw}), '') AS {name_literal(name)}")
            if required:
                faults[name] = f.blank
    if mixed:
        sql = f"coalesce(k_{checked.dataset.firm}.invented <> k_{checked.dataset.place}.invented, false)"
        faults["mixed__"] = faults["mixed_place__"] = sql  # either of the two may be the wrong one
    if checked.staged.numbered:
        faults["extra__"] = "coalesce(s.extra__, '') <> ''"
    rows = checked.staged.relation
    if checked.dataset.key:
        rows = with_lines(checked.staged)
        values += ["line__", "sheet__"]
    checked.joins, checked.faults = " ".join(joins), faults
    sure = {name for name, f in checked.fields.items() if (f.listed or f.summed) and name not in possible}
    where = " OR ".join(sql for name, sql in faults.items() if name not in sure) or "false"
    connection.execute(
        f"CREATE OR REPLACE TABLE good__ AS SELECT {', '.join(values)} FROM {rows} s {checked.joins} "  # noqa: S608
        f"WHERE {filled(checked)} AND NOT ({where})"
    )
    if late:
        worst = " OR ".join(late)
        if connection.execute(f"SELECT 1 FROM good__ WHERE {worst} LIMIT 1").fetchall():  # noqa: S608
            connection.execute(f"DELETE FROM good__ WHERE {worst}")  # noqa: S608 - declared names


def with_lines(staged: Staged) -> str:
    """The staged relation with ``line__``, the row as people count it."""
    return f"(SELECT *, {staged.row_sql} AS line__ FROM {staged.relation})"  # noqa: S608 - put together by this package


def _number(f: Field, grouped: bool, texts: list[str]) -> str:
    """SQL: the field's number; only as much care as the first scan found to be needed."""
    if not grouped and not texts and f.type == "VARCHAR":
        kind = "BIGINT" if f.column.type == "integer" else f"DECIMAL(18,{f.column.scale})"
        return f"TRY_CAST({f.raw} AS {kind})"
    pieces = [f.plainly()]
    if grouped:
        pieces.append(f.grouped())
    if texts:
        own = f"n_{f.name}.value"
        if f.column.type == "decimal":
            scale = f"CAST('{10.0**-f.column.scale:.6f}' AS DECIMAL(7,6))"
            own = f"CAST(CAST({own} AS DECIMAL(18,0)) * {scale} AS DECIMAL(18,{f.column.scale}))"
        pieces.append(own)
    return pieces[0] if len(pieces) == 1 else f"coalesce({', '.join(pieces)})"


def _find_repeated_keys(connection: duckdb.DuckDBPyConnection, checked: Checked) -> None:
    """Move lines whose key stands in the file before to ``repeated__``."""
    key = ", ".join(name_literal(name) for name in checked.dataset.key if name in checked.fields)
    connection.execute(
        "CREATE OR REPLACE TABLE repeated__ AS SELECT sheet__, line__ FROM good__ "  # noqa: S608 - declared names
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY sheet__, line__) > 1"
    )
    connection.execute(
        "DELETE FROM good__ USING repeated__ r WHERE good__.sheet__ = r.sheet__ AND good__.line__ = r.line__"
    )


def _synthetic(connection: duckdb.DuckDBPyConnection, checked: Checked) -> bool:
    """Whether the good lines are of invented places or firms; :class:`UserError` where a file has both."""
    found: set[bool] = set()
    for name in (checked.dataset.place, checked.dataset.firm):
        if name and name in checked.fields:
            rows = connection.execute(
                f"SELECT DISTINCT v.invented FROM good__ g JOIN v_{name} v ON v.code = g.{name_literal(name)}"  # noqa: S608
            ).fetchall()
            found |= {bool(row[0]) for row in rows}
    if len(found) == 2:
        raise UserError(
            "records.mixed",
            "文件里既有虚构的示例市（99 开头的地区）的明细，又有真实地区的明细；两者不能混在一起，请拆成两个文件。没有写入任何数据。",
            "The file holds lines of the invented city (regions that begin with 99) and lines of real places; they never mix. "
            "Split it into two files. Nothing was written.",
        )
    return True in found

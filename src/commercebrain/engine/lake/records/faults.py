"""The quarantine of a checked file: every fault of every bad line, with its place, its text and the reason."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from commercebrain.engine.lake.cells import Say
from commercebrain.engine.lake.records.checking import Checked, filled, with_lines
from commercebrain.engine.lake.records.layout import PACKING, text_literal
from commercebrain.engine.lake.records.reading import Field
from commercebrain.engine.lake.records.schema import RecordDataset

_EMPTY = Say("没有填写", "is empty")
_UNREADABLE = Say("不是数", "is not a number")
_MIXED = Say(
    "企业与地区一个是虚构的、一个是真实的；两者不能混在一起",
    "joins an invented firm and a real place, or the other way round; the two never mix",
)
_EXTRA = Say(
    "这一行比表头多出内容，分不清各列；请核对分隔符或引号",
    "has more cells than the headings; check separators and quotation marks",
)
_REPEATED = Say(
    "文件里前面（或当月已收下的明细里）已有主键相同的一行",
    "has the same key as an earlier row of the file or as a line already taken in for its month",
)


def field_of(dataset: RecordDataset, fault: str) -> str:
    """The field that a fault stands in, where its correction goes; a fault of two fields is told once for each."""
    special = {"mixed__": dataset.firm, "mixed_place__": dataset.place}
    if fault == "repeated__":
        return dataset.key[0] if dataset.key else ""
    return special.get(fault) or fault


def write_quarantine(
    connection: duckdb.DuckDBPyConnection, checked: Checked, batch: str, file: str, path: Path,
    only: Collection[tuple[str, int]] | None = None,
) -> int:  # fmt: skip
    """Write every fault of the bad lines (of those whose sheet and row are among ``only``) as a file of the quarantine.

    The number of faults written. ``bad__`` is left with a row for each bad line.
    """
    _collect(connection, checked)
    pieces = [_rows(checked, number, name, batch, file) for number, name in enumerate(checked.faults)]
    where = ""
    if only is not None:
        among = ", ".join(f"({text_literal(sheet)}, {row})" for sheet, row in sorted(only))
        where = f"WHERE (sheet, row) IN ({among})" if among else "WHERE false"
    written = connection.execute(
        f"COPY (SELECT * EXCLUDE (order__) FROM ({' UNION ALL '.join(pieces)}) {where} ORDER BY order__) "  # noqa: S608
        f"TO {text_literal(str(path))} ({PACKING})"
    ).fetchall()
    return int(written[0][0])


def _collect(connection: duckdb.DuckDBPyConnection, checked: Checked) -> None:
    """Make ``bad__``: number, sheet, row and texts of each bad line, and a flag ``x<n>`` for each fault."""
    texts = [f"{f.raw} AS r_{name}" for name, f in checked.fields.items()]
    flags = [f"({sql}) AS x{n}" for n, sql in enumerate(checked.faults.values())]
    extra = ["s.extra__ AS r_extra__"] if "extra__" in checked.faults else []
    where = " OR ".join(f"({sql})" for sql in checked.faults.values())
    connection.execute(
        "CREATE OR REPLACE TABLE bad__ AS SELECT row_number() OVER () AS count__, * FROM ("  # noqa: S608
        f"SELECT s.sheet__ AS sheet__, s.line__ AS line__, {', '.join([*texts, *extra, *flags])} "
        f"FROM {with_lines(checked.staged)} s {checked.joins} WHERE {filled(checked)} AND ({where}) ORDER BY 1, 2)"
    )


def _rows(checked: Checked, number: int, name: str, batch: str, file: str) -> str:
    """SQL: the quarantine's rows for one kind of fault."""
    field = field_of(checked.dataset, name)
    f = checked.fields.get(str(field))
    value = "b.r_extra__" if name == "extra__" else f"b.r_{field}" if f is not None else "''"
    cells = ", ".join(f"'{n}', b.r_{n}" for n in checked.fields)
    zh, en, join = _reason(name, f)
    pieces = [
        f"{text_literal(batch)} AS batch",
        f"{text_literal(batch[:12])} || '-' || b.count__ || '-{name}' AS id",
        f"{text_literal(batch[:12])} || '-' || b.count__ AS record",
        f"{text_literal(file)} AS file",
        f"{_by_sheet(checked, [s.name for s in checked.staged.sheets])} AS sheet",
        "CAST(b.line__ AS BIGINT) AS row",
        f"'{name}' AS field",
        f"{_by_sheet(checked, [_place(checked, n, str(field)) for n in range(len(checked.staged.sheets))])} AS column",
        f"coalesce({value}, '') AS value",
        f"{zh} AS reason_zh",
        f"{en} AS reason_en",
        f"CAST(json_object({cells}) AS VARCHAR) AS cells",
        f"(b.count__, {number}) AS order__",
    ]
    return f"SELECT {', '.join(pieces)} FROM bad__ b {join} WHERE b.x{number}"  # noqa: S608


def _reason(name: str, f: Field | None) -> tuple[str, str, str]:
    """SQL of the reason in Chinese and English, and the join that it needs."""
    fixed = {"mixed__": _MIXED, "mixed_place__": _MIXED, "extra__": _EXTRA, "repeated__": _REPEATED}.get(name)
    if fixed is not None or f is None:
        say = fixed or _EMPTY
        return text_literal(say.zh), text_literal(say.en), ""
    blank = f"(b.r_{name} IS NULL OR trim(b.r_{name}) = '')"
    low = f.column.min
    other = _UNREADABLE if low is None else Say(f"小于 {low}", f"is less than {low}")

    def sql(empty: str, told: str, rest: str) -> str:
        return f"CASE WHEN {blank} THEN {text_literal(empty)} ELSE coalesce({told}, {text_literal(rest)}) END"

    join = f"LEFT JOIN why__ w ON w.field = '{name}' AND w.raw = b.r_{name}"
    return sql(_EMPTY.zh, "w.zh", other.zh), sql(_EMPTY.en, "w.en", other.en), join


def _place(checked: Checked, sheet: int, field: str) -> str:
    headings = checked.staged.sheets[sheet].headings
    return "" if headings is None else headings.names.get(field, "")


def _by_sheet(checked: Checked, texts: list[str]) -> str:
    if len(texts) == 1:
        return text_literal(texts[0])
    cases = " ".join(f"WHEN {n} THEN {text_literal(text)}" for n, text in enumerate(texts))
    return f"CASE b.sheet__ {cases} ELSE '' END"

"""Seasonal adjustment by the user's own X-13ARIMA-SEATS, with the Chinese calendar as regressors.

The program of the U.S. Census Bureau is not part of the product: ``CBRAIN_X13`` names its file, else ``x13as`` is looked
for on the PATH. Each series is a run of its own in a folder that is removed afterwards: a specification with automatic
model, outliers and level shifts, Spring Festival's windows as user holidays, the working days as a user trading-day
regressor; X-11 (table D 11) or SEATS (table S 11).
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight.calendar import WINDOWS, terms
from commercebrain.engine.foresight.decompose import LEAST_MONTHS
from commercebrain.engine.foresight.hostile import checked
from commercebrain.engine.foresight.months import check_first, shift
from commercebrain.engine.foresight.result import Floats

#: Names under which the program is looked for on the PATH.
NAMES: Final = ("x13as", "x13as_ascii", "x13as_html")
#: Seconds that one series may take.
TIMEOUT: Final = 60.0
_AHEAD: Final = 36  # months of regressors beyond the series, for the program's own forecasts
_MISSING: Final = -99999.0
_TABLES: Final = {"x11": "d11", "seats": "s11"}
_LEADS: Final = {"x11": 12, "seats": _AHEAD}


def program() -> Path | None:
    """The user's X-13 program; None where there is none."""
    told = os.environ.get("CBRAIN_X13", "").strip()
    found = told or next(filter(None, map(shutil.which, NAMES)), "")
    return Path(found) if found else None


def adjust_with_x13(
    values: Floats | Sequence[Any],
    first: int,
    *,
    method: Literal["x11", "seats"] = "x11",
    timeout: float = TIMEOUT,
) -> Floats:
    """The seasonally adjusted values of ``S`` series of consecutive months from ``first``, S × T.

    NaN or None where missing; a missing month stays missing, and a series with fewer than 36 known months is NaN
    throughout. Raises ``UserError``: as ``decompose`` does, ``x13.missing`` (no program), ``x13.cannot_run``,
    ``x13.timeout``, ``x13.failed`` (the program's own first complaint is quoted).
    """
    table = checked(values)
    check_first(first)
    where = program()
    if where is None:
        raise UserError(
            "x13.missing",
            "没有找到 X-13ARIMA-SEATS 程序。请从美国普查局网站下载后，用环境变量 CBRAIN_X13 指明程序文件，"
            "或把 x13as 放到 PATH 里；也可以不选 X-13，用本系统自带的季节调整。",
            "X-13ARIMA-SEATS was not found. Get it from the U.S. Census Bureau and name its file in CBRAIN_X13, or put "
            "x13as on the PATH; or leave X-13 out and use the seasonal adjustment of this product.",
        )
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        one = partial(_adjusted, where.absolute(), first=first, method=method, timeout=timeout)
        rows = list(pool.map(lambda numbered: one(*numbered), enumerate(table)))
    return np.array(rows, dtype=np.float64).reshape(table.shape)


def _adjusted(where: Path, number: int, row: Floats, *, first: int, method: str, timeout: float) -> Floats:
    known = np.flatnonzero(np.isfinite(row))
    found = np.full(len(row), np.nan)
    if len(known) < LEAST_MONTHS:
        return found
    begin, end = int(known[0]), int(known[-1]) + 1
    start = shift(first, begin)
    with tempfile.TemporaryDirectory(prefix="x13-") as folder:
        here = Path(folder)
        _write(here, row[begin:end], start, method)
        said = _run(where, here, number, timeout)
        numbers = _read(here, _TABLES[method], start, end - begin, number, said)
        found[begin:end] = numbers / _scale(row[begin:end])
    found[~np.isfinite(row)] = np.nan
    return found


def _write(here: Path, x: Floats, start: int, method: str) -> None:
    """The specification and the regressors. Figures are scaled so that the largest is a number of four digits."""
    shares, days = terms(start, len(x) + _AHEAD)
    columns = {**dict(zip(WINDOWS, shares.T, strict=True)), "days": days}
    # A column that does not move (years without a known festival) would make the regression singular.
    used = {name: column for name, column in columns.items() if np.ptp(column[: len(x)]) > 1e-9}
    (here / "calendar.dat").write_text(
        "\n".join(" ".join(f"{number:.8f}" for number in line) for line in zip(*used.values(), strict=True)) + "\n",
        encoding="ascii",
    )
    scaled = np.where(np.isfinite(x), x * _scale(x), _MISSING)
    logs = "log" if np.nanmin(x) > 0 else "none"
    began = f"{start // 100}.{start % 100}"
    kinds = " ".join("td" if name == "days" else "holiday" for name in used)
    regression = (
        f'regression{{ user=({" ".join(used)}) usertype=({kinds}) file="calendar.dat" start={began} }}' if used else ""
    )
    lines = [
        f"series{{ start={began} period=12 missingcode={_MISSING} data=(",
        *(f"{value:.10g}" for value in scaled),
        ") }",
        f"transform{{ function={logs} }}",
        regression,
        "automdl{}",
        "outlier{ types=(ao ls) }",
        f"forecast{{ maxlead={_LEADS[method]} }}",
        # SEATS: a model that cannot be taken apart is replaced by the nearest that can.
        f"{method}{{ save=({_TABLES[method]}){' noadmiss=yes' if method == 'seats' else ''} }}",
    ]
    (here / "series.spc").write_text("\n".join(lines) + "\n", encoding="ascii")


def _scale(x: Floats) -> float:
    largest = float(np.nanmax(np.abs(x)))
    return float(10.0 ** (3 - np.floor(np.log10(largest)))) if largest > 0 else 1.0


def _run(where: Path, here: Path, number: int, timeout: float) -> str:
    """Run the program on ``series.spc``; what it said."""
    try:
        done = subprocess.run(  # the program that the administrator named, without a shell
            [str(where), "series"],
            cwd=here,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError(
            "x13.timeout",
            f"X-13 处理第{number + 1}个序列超过{timeout:g}秒，已停止。请缩短序列，或用本系统自带的季节调整。",
            f"X-13 took more than {timeout:g} seconds for series {number + 1} and was stopped. Shorten the series, or use "
            "the seasonal adjustment of this product.",
        ) from None
    except OSError as error:
        raise UserError(
            "x13.cannot_run",
            f"无法运行 CBRAIN_X13 或 PATH 指明的 X-13 程序（{error.strerror}）。请检查文件是否存在、是否可执行。",
            f"The X-13 program that CBRAIN_X13 or the PATH names cannot be run ({error.strerror}). Check that the file "
            "exists and may be executed.",
        ) from None
    return done.stdout.decode("utf-8", "replace")


def _read(here: Path, table: str, start: int, count: int, number: int, said: str) -> Floats:
    """The saved table: two heading lines, then ``yyyymm value`` for each month, all of them."""
    path = here / f"series.{table}"
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    found = re.findall(r"^\s*(\d{6})\s+([-+]?[\d.]+(?:[eEdD][-+]?\d+)?)\s*$", text, re.MULTILINE)
    expected = [str(shift(start, n)) for n in range(count)]
    if [month for month, _ in found] != expected:
        raise UserError(
            "x13.failed",
            f"X-13 没有给出第{number + 1}个序列的结果：{_complaint(here, said)}。请检查序列，或用本系统自带的季节调整。",
            f"X-13 gave no result for series {number + 1}: {_complaint(here, said)}. Look at the series, or use the "
            "seasonal adjustment of this product.",
        )
    return np.array([float(value.upper().replace("D", "E")) for _, value in found])


def _complaint(here: Path, said: str) -> str:
    """The program's first error, else its first warning, else its last line, else that it said nothing."""
    told = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(here.glob("series*err*"))]
    plain = html.unescape(re.sub(r"<[^>]*>", " ", "\n".join([*told, said])))
    found = (
        re.search(rf"\b{kind}: *(.+?)(?:\n\s*\n|\Z)", plain, re.DOTALL) for kind in ("ERROR", "WARNING", "Warning")
    )
    first = next(filter(None, found), None)
    spoken = [line for line in plain.splitlines() if line.strip()]
    text = first.group(1) if first else spoken[-1] if spoken else "no message"
    return " ".join(text.split())[:300].rstrip(".")

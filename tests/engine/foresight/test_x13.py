"""The user's own X-13: asked with the calendar as regressors, its answer read whole or refused in a sentence."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from commercebrain.engine.errors import UserError
from commercebrain.engine.foresight import x13
from commercebrain.engine.foresight.calendar import festival_shares
from commercebrain.engine.foresight.decompose import decompose
from commercebrain.engine.foresight.months import months_from
from commercebrain.engine.foresight.x13 import adjust_with_x13

REAL = x13.program()
Fake = Callable[[str], Path]

#: Answers like x13as: reads series.spc, saves the table that it asks for, here the figures themselves.
ANSWER = """
    import re
    spec = open("series.spc").read()
    assert "outlier{" in spec
    start, = re.findall(r"series{ start=([0-9]+[.][0-9]+) period=12", spec)
    data = [float(x) for x in spec.split("data=(")[1].split(")")[0].split()]
    table, = re.findall(r"save=[(](d11|s11)[)]", spec)
    user = re.findall(r"user=[(](.*?)[)]", spec)
    if user:
        lines = open("calendar.dat").read().splitlines()
        assert len(lines) >= len(data) + 12 and all(len(line.split()) == len(user[0].split()) for line in lines)
    print("regressors:", *user)
    year, month = map(int, start.split("."))
    with open("series." + table, "w") as out:
        print("date\\tseries." + table, "------\\t-----------", sep="\\n", file=out)
        for value in data:
            print(f"{year}{month:02}\\t{value * 2:+.15E}", file=out)
            year, month = (year + month // 12, month % 12 + 1)
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    def made(body: str) -> Path:
        path = tmp_path / "x13as"
        path.write_text(f"#!{sys.executable}\nimport sys, time\n{textwrap.dedent(body)}", encoding="utf-8")
        path.chmod(0o755)
        monkeypatch.setenv("CBRAIN_X13", str(path))
        return path

    return made


def series(months: int = 60) -> np.ndarray:
    at = np.arange(months)
    term = festival_shares(months_from(201801, months)) @ np.array([0.0, -0.3, 0.0])
    noise = 0.02 * np.random.default_rng(4).standard_normal(months)
    return np.asarray(3e9 * np.exp(0.005 * at + 0.1 * np.sin(at * np.pi / 6) + term + noise))


def refused(code: str, values: np.ndarray | None = None, **options: float) -> UserError:
    with pytest.raises(UserError) as told:
        adjust_with_x13(series()[None, :] if values is None else values, 201801, **options)  # type: ignore[arg-type]
    assert told.value.code == code
    return told.value


@pytest.mark.parametrize("method", ["x11", "seats"])
def test_the_programs_table_comes_back_in_the_series_unit_with_its_gaps(fake: Fake, method: str) -> None:
    fake(ANSWER)
    whole, gap, short = series(), series(), np.full(60, np.nan)
    gap[:5], gap[30:32], short[:20] = np.nan, np.nan, 1.0
    found = adjust_with_x13([whole, gap, short], 201801, method=method)  # type: ignore[arg-type]
    assert found[0] == pytest.approx(2 * whole)
    assert np.array_equal(np.isnan(found[1]), np.isnan(gap))
    assert found[1][5:30] == pytest.approx(2 * gap[5:30])
    assert np.isnan(found[2]).all()


def test_figures_outside_the_festivals_years_are_adjusted_without_it(fake: Fake) -> None:
    fake(ANSWER + '    assert not user, "a regressor that never moves"')
    assert adjust_with_x13(series()[None, :], 195001)[0] == pytest.approx(2 * series())


def test_without_the_program_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CBRAIN_X13", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    told = refused("x13.missing")
    assert "CBRAIN_X13" in told.zh and "CBRAIN_X13" in told.en


def test_a_file_that_cannot_be_run_is_named_as_that(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CBRAIN_X13", str(tmp_path / "nothing"))
    refused("x13.cannot_run")
    (tmp_path / "text").write_text("no program")
    monkeypatch.setenv("CBRAIN_X13", str(tmp_path / "text"))
    refused("x13.cannot_run")


def test_a_program_that_hangs_is_stopped(fake: Fake) -> None:
    fake("time.sleep(60)")
    assert "0.3" in refused("x13.timeout", timeout=0.3).en


def test_the_programs_own_complaint_is_quoted(fake: Fake) -> None:
    fake(
        'open("series_err.html", "w").write("<p>x</p>\\n ERROR:&nbsp; All data are\\n   zero.\\n\\n more"); sys.exit(1)'
    )
    assert ": All data are zero. Look" in refused("x13.failed").en


@pytest.mark.parametrize(
    "body",
    [
        "",
        "sys.exit(3)",
        'open("series.d11", "w").write("date\\td11\\n------\\t---\\n201801\\t+0.1E+01\\n")',
        ANSWER.replace("year, month = map(int, start", "year, month = (1999, 1); map(int, start"),
        ANSWER.replace("value * 2:+.15E", "'NaN'"),
        'open("series.d11", "wb").write(bytes(range(256)))',
    ],
    ids=["silent", "fails", "too few months", "other months", "no numbers", "no text"],
)
def test_an_answer_that_is_not_whole_is_refused(fake: Fake, body: str) -> None:
    fake(body)
    assert "1" in refused("x13.failed").en


def test_nothing_of_a_run_is_left_behind(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(ANSWER)
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    adjust_with_x13(series()[None, :], 201801)
    assert list(room.iterdir()) == []


@pytest.mark.skipif(REAL is None, reason="no X-13 program (CBRAIN_X13, or x13as on the PATH)")
@pytest.mark.parametrize("method", ["x11", "seats"])
def test_the_real_program_and_the_own_decomposition_agree(method: str) -> None:
    values = np.stack([series(120), series(120) - 2.5e9])
    own, theirs = decompose(values, 201601).adjusted, adjust_with_x13(values, 201601, method=method)  # type: ignore[arg-type]
    assert np.abs(np.log(theirs[0] / own[0])).mean() < 0.03
    assert np.corrcoef(theirs[1], own[1])[0, 1] > 0.95

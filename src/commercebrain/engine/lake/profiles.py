"""A file of somebody else's into a declared dataset, as its profile says: rewritten row by row, then taken in as any file."""

from __future__ import annotations

import csv
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from commercebrain.engine.catalogue.profiles import Profile, Series
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.lake import Lake
from commercebrain.engine.lake.records.intake import take_in
from commercebrain.engine.lake.records.schema import record_dataset, record_datasets
from commercebrain.engine.lake.records.table import RecordTable
from commercebrain.engine.lake.reports import IntakeReport

#: How often progress is told, in rows of the file.
_TELL = 10_000


@dataclass(slots=True)
class Prepared:
    """What became of a file: rows read, rows written, rows left out by reason, exact repetitions, rows not yet due."""

    read: int = 0
    written: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    later: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """A profile carried out: what was prepared, and the report of its intake (None where nothing was left to take in)."""

    profile: Profile
    prepared: Prepared
    report: IntakeReport | None


def take_in_profile(
    profile: Profile,
    folder: Path,
    root: Path,
    *,
    taken_in: date,
    progress: Callable[[int, int], None] | None = None,
) -> Taken:
    """Take the profile's file, which lies in ``folder``, into the lake at ``root``, and bring its roll-ups up to date.

    Figures published after ``taken_in`` are not known yet: they are counted and left out. A second time changes nothing.
    Raises :class:`UserError` (``profile.no_file``, ``profile.column``, ``profile.word``, ``profile.contradiction``).
    """
    lake = Lake.create(root)
    with tempfile.TemporaryDirectory() as place:
        # The batch is known by the name and contents of what is taken in: the same file gives the same batch.
        path = Path(place) / Path(profile.file).name
        prepared = prepare(profile, folder / profile.file, path, taken_in=taken_in)
        if not prepared.written:
            return Taken(profile, prepared, None)
        if profile.dataset in record_datasets():
            day = profile.published if isinstance(profile.published, date) else taken_in
            report = take_in(
                RecordTable(root, record_dataset(profile.dataset)),
                path,
                taken_in=taken_in,
                published=day,
                source=profile.source,
                progress=progress,
            )
            from commercebrain.engine.working.store import refresh_dataset  # it stands above the lake

            refresh_dataset(root, profile.dataset)
        else:
            report = lake.intake(path, profile.dataset, taken_in=taken_in, progress=progress)
    return Taken(profile, prepared, report)


def prepare(profile: Profile, source: Path, target: Path, *, taken_in: date) -> Prepared:
    """Write the rows of ``source`` under the dataset's own column names to ``target`` (csv); constant memory but for
    the ``unique`` keys."""
    if not source.is_file():
        raise UserError(
            "profile.no_file",
            f"没有文件“{profile.file}”，装入方案“{profile.code}”需要它。",
            f"There is no file “{profile.file}”, which the profile “{profile.code}” needs.",
        )
    done = Prepared()
    seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    dated = profile.dataset == "observations"
    heads = [*profile.targets, *(("published", "source") if dated else ())]
    with source.open(encoding="utf-8-sig", newline="") as read, target.open("w", encoding="utf-8", newline="") as write:
        rows = csv.DictReader(read)
        _columns_are_there(profile, rows.fieldnames or ())
        out = csv.writer(write, lineterminator="\n")
        out.writerow(heads)
        for number, row in enumerate(rows, 2):
            done.read += 1
            if (left_out := _left_out(profile, row)) is not None:
                done.dropped[left_out] += 1
                continue
            for made in _made(profile, row, number):
                if dated:
                    published = _published(profile, made["period"])
                    if published > taken_in:
                        done.later += 1
                        continue
                    made |= {"published": published.isoformat(), "source": profile.source}
                cells = tuple(made.get(name, "") for name in heads)
                if profile.unique and _repeats(profile, made, cells, seen, number):
                    done.repeated += 1
                    continue
                out.writerow(cells)
                done.written += 1
    return done


def _columns_are_there(profile: Profile, headings: tuple[str, ...] | list[str] | object) -> None:
    there = set(headings) if isinstance(headings, list | tuple) else set()
    wanted = {*profile.columns.values(), *(one.column for one in profile.derive.values())}
    wanted |= {name for one in profile.series for name in one.columns.values()} | {one.column for one in profile.drop}
    if lacking := sorted(wanted - there):
        raise UserError(
            "profile.column",
            f"文件“{profile.file}”没有列“{'、'.join(lacking)}”，装入方案“{profile.code}”需要它；请核对文件版本。",
            f"“{profile.file}” has no column “{', '.join(lacking)}”, which the profile “{profile.code}” needs; check which "
            "edition of the file it is.",
        )


def _left_out(profile: Profile, row: Mapping[str, str]) -> str | None:
    for one in profile.drop:
        if row[one.column] in one.values:
            return one.because.zh
    return None


def _made(profile: Profile, row: Mapping[str, str], number: int) -> Iterator[dict[str, str]]:
    """The rows of the dataset that one row of the file makes; a series without value and growth makes none."""
    for one in profile.series or (Series(columns={}),):
        taken = {**profile.columns, **one.columns}
        made = {name: row[column] or "" for name, column in taken.items()}
        if profile.series and not any(made[name].strip() for name in one.columns):
            continue
        for name, derived in profile.derive.items():
            made[name] = _word(profile, derived.to, row[derived.column], derived.column, number)
        for name, words in profile.values.items():
            made[name] = _word(profile, words, made[name], taken.get(name, name), number)
        for name, ways in profile.rewrite.items():
            made[name] = next(
                (re.sub(w.match, w.to, made[name]) for w in ways if re.fullmatch(w.match, made[name])), made[name]
            )
        yield {**made, **one.set, **profile.constants}


def _word(profile: Profile, words: Mapping[str, str], word: str, column: str, number: int) -> str:
    if word not in words:
        raise UserError(
            "profile.word",
            f"文件“{profile.file}”第{number}行“{column}”列的“{word}”，装入方案“{profile.code}”没有说明是什么；没有写入任何数据。",
            f"“{profile.file}”, row {number}, column “{column}”: the profile “{profile.code}” does not say what “{word}” is; "
            "nothing was written.",
        )
    return words[word]


def _published(profile: Profile, period: str) -> date:
    """The day on which the figure of ``period`` was known, by the profile's rule (from the period's last month on)."""
    from commercebrain.engine.periods import Period

    if isinstance(profile.published, date):
        return profile.published
    year, month = Period.parse(period).last
    months = year * 12 + month - 1 + profile.published.months
    return date(months // 12, months % 12 + 1, profile.published.day)


def _repeats(
    profile: Profile,
    made: Mapping[str, str],
    cells: tuple[str, ...],
    seen: dict[tuple[str, ...], tuple[str, ...]],
    number: int,
) -> bool:
    """Whether the row repeats an earlier one exactly; a contradiction stops the file."""
    key = tuple(made[name] for name in profile.unique)
    before = seen.setdefault(key, cells)
    if before is cells:
        return False
    if before != cells:
        raise UserError(
            "profile.contradiction",
            f"文件“{profile.file}”第{number}行与前面同一项（{'、'.join(key)}）的数不同；请核对来源，没有写入任何数据。",
            f"“{profile.file}”, row {number} contradicts an earlier row of the same thing ({', '.join(key)}); check the "
            "source. Nothing was written.",
        )
    return True

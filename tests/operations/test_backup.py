"""A backup holds everything that people entered, made while they work; a restore puts all of it back, or nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from commercebrain.engine.errors import UserError
from commercebrain.operations.backup import restore
from tests.operations.installations import cbrain, counts, environment, inside, lake_counts

# Works as the desk does: first the records, then the row that names them; tells every round on its output.
WRITER = """
import pathlib, sys
from datetime import date
from commercebrain.operations.setup_django import ready
ready()
from django.conf import settings
from commercebrain.desk.core.events import record
from commercebrain.engine.lake import Lake
lake = Lake(settings.LAKE_ROOT)
uploads = pathlib.Path(settings.MEDIA_ROOT) / "intake"
uploads.mkdir(parents=True, exist_ok=True)
for number in range(100_000):
    file = uploads / f"{number}.csv"
    lines = [f"export_value,330200,{2000 + n}-05,{n + number}.5,亿元,2025-07-01,writer {number},A" for n in range(20)]
    file.write_text("\\n".join(["indicator,region,period,value,unit,published,source,grade", *lines]))
    report = lake.intake(file, taken_in=date(2025, 7, 21))
    record("figures.taken_in", ("lake.batch", report.batch[:60]), None, file=file.name,
           accepted=report.accepted, quarantined=report.quarantined)
    print(number, flush=True)
"""
# Every batch whole, every batch that an event names there, every file of a batch of ours among the uploads.
WHOLE = """
from collections import Counter
from pathlib import Path
from django.conf import settings
from commercebrain.desk.core.models import Event
from commercebrain.engine.lake import Lake
from commercebrain.engine.lake.store import Store
lake = Lake(settings.LAKE_ROOT)
held = Counter(row["batch"] for row in Store(lake.root).query("observations"))
batches = lake.batches()
named = set(Event.objects.filter(verb="figures.taken_in").values_list("subject_id", flat=True))
answer = {
    "torn": [b.batch for b in batches if b.dataset == "observations" and held[b.batch] != b.accepted],
    "unknown": sorted(named - {b.batch[:60] for b in batches}),
    "written": len([b for b in batches if b.file[:-4].isdigit()]),
    "uploads": len(list((Path(settings.MEDIA_ROOT) / "intake").glob("*.csv"))),
}
"""


def rows(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the SQLite database in ``home``."""
    connection = sqlite3.connect(home / "db.sqlite3")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"'))) for name in names}
    connection.close()
    return found


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that is not an operating mark; of a lake the working store, which is made again."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and path.relative_to(folder).parts[0] != "working"
    }


@pytest.fixture(scope="module")
def packed(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration that only this file's backup reads."""
    home = tmp_path_factory.mktemp("packed") / "home"
    shutil.copytree(demo_home, home)
    return home


@pytest.fixture(scope="module")
def archive(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound backup of it."""
    target = tmp_path_factory.mktemp("archive") / "b.tar.gz"
    cbrain(packed, "backup", target)
    return target


def held(rows_of: dict[str, list[tuple[object, ...]]]) -> dict[str, int]:
    """How many rows of each model an installation's tables hold."""
    models = [model._meta for model in apps.get_models() if not model._meta.label.startswith("sessions.")]
    return {model.label: len(rows_of[model.db_table]) for model in models if model.db_table in rows_of}


def test_a_restored_backup_has_the_same_rows_records_and_uploads(packed: Path, archive: Path, tmp_path: Path) -> None:
    home = packed
    assert len(list((home / "uploads").rglob("*.txt"))) == 6, (
        "the five plans and the invented one are among the uploads"
    )
    before = rows(home), files(home / "lake"), files(home / "uploads")
    assert any(name.startswith("foresight/forecasts/") for name in before[1]), "kept forecasts are no working files"
    fresh = tmp_path / "fresh"
    cbrain(fresh, "restore", archive)
    assert (rows(fresh), files(fresh / "lake"), files(fresh / "uploads")) == before
    assert {**counts(fresh), "unattended": 0} == {**held(before[0]), **lake_counts(home / "lake"), "unattended": 0}
    made_again = fresh / "lake" / "working" / "declaration_lines" / "manifest.json"
    assert made_again.exists(), "the roll-ups are made of the records that were put back"
    assert (
        not (fresh / "secret_key").exists() or (fresh / "secret_key").read_text() != (home / "secret_key").read_text()
    )


@pytest.mark.slow
def test_a_backup_made_while_others_write_is_whole(home: Path, tmp_path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER], env=environment(home), stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "0\n"
        cbrain(home, "backup", tmp_path / "b.tar.gz")
    finally:
        writer.kill()
        rest = writer.communicate()[0]
    assert len(rest.splitlines()) > 2, "the writer went on while the backup ran"
    fresh = tmp_path / "fresh"
    cbrain(fresh, "restore", tmp_path / "b.tar.gz")
    assert inside(fresh, AUDIT)["sound"]
    told = inside(fresh, WHOLE)
    assert told["torn"] == [] and told["unknown"] == []
    assert told["uploads"] >= told["written"] >= 1
    assert rows(fresh)


AUDIT = """
from commercebrain.desk.core.models import Event, SealedEvent
from commercebrain.desk.core.trail.sealing import seal_events
from commercebrain.desk.core.trail.state import verify_and_keep
seal_events(sweep=True)
verdict = verify_and_keep()
answer = {"sound": verdict.sound, "faults": [f.en for f in verdict.findings], "sealed": SealedEvent.objects.count(),
          "events": Event.objects.count(), "anchors": verdict.anchors}
"""


@pytest.mark.slow  # a whole demonstration is packed and unpacked
def test_the_chain_of_events_holds_after_a_restore_and_goes_on(home: Path, tmp_path: Path) -> None:
    anchors = tmp_path / "other-disk" / "anchors.txt"
    place = {"CBRAIN_AUDIT_ANCHORS": str(anchors)}
    cbrain(home, "audit", "seal", **place)
    cbrain(home, "backup", tmp_path / "b.tar.gz", **place)
    cbrain(home, "tick", **place)  # events and their seals (at least one) that the backup does not hold
    seals = [line.split()[1] for line in anchors.read_text().splitlines()]
    assert len(seals) >= 2 and set(seals) == {"seal"}
    told = cbrain(home, "audit", "verify", **place)
    assert "Sound" in told.stdout and f"{len(seals)} anchors" in told.stdout
    cbrain(home, "restore", tmp_path / "b.tar.gz", "--force", **place)
    assert [line.split()[1] for line in anchors.read_text().splitlines()] == [*seals, "restored"]
    cbrain(home, "tick", "--to", "2025-08-01", **place)
    told = inside(home, AUDIT, **place)
    assert told["sound"], told["faults"]
    assert told["sealed"] == told["events"] and told["anchors"] >= 2
    # Whoever puts an older database in place behind the program's back is found out.
    anchors.write_text("\n".join(line for line in anchors.read_text().splitlines() if "restored" not in line) + "\n")
    told = cbrain(home, "audit", "verify", fails=True, **place)
    assert told.returncode == 1 and "differs from its anchor" in told.stdout


def damage(archive: Path, name: str) -> None:
    """Changes one byte of one file inside the archive, leaving the archive readable."""
    folder = archive.with_suffix(".unpacked")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    victim = next(path for path in sorted(folder.rglob(name)) if path.is_file())
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    archive.unlink()
    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
        for part in sorted(folder.iterdir()):
            packed.add(part, arcname=part.name)


@pytest.fixture
def fresh(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of an installation that is not there yet, in this process: what is refused needs none of its own."""
    home = tmp_path / "fresh"
    settings.HOME, settings.LAKE_ROOT, settings.MEDIA_ROOT = home, home / "lake", home / "uploads"
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", home / "db.sqlite3")
    return home


@pytest.mark.parametrize(
    "name", ["*.parquet", *(pytest.param(one, marks=pytest.mark.slow) for one in ("db.sqlite3", "*.txt"))]
)
def test_a_backup_with_one_changed_byte_restores_nothing_and_names_the_file(
    archive: Path, fresh: Path, tmp_path: Path, name: str
) -> None:
    bad = tmp_path / "bad.tar.gz"
    shutil.copy(archive, bad)
    damage(bad, name)
    with pytest.raises(UserError) as told:
        restore(bad)
    assert told.value.code == "restore.damaged" and name.lstrip("*") in told.value.zh and "is damaged" in told.value.en
    assert not any((fresh / part).exists() for part in ("db.sqlite3", "lake", "uploads"))


@pytest.mark.parametrize("kept", [5_000, *(pytest.param(few, marks=pytest.mark.slow) for few in (0, 10))])
def test_a_backup_cut_short_restores_nothing(archive: Path, fresh: Path, tmp_path: Path, kept: int) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[:kept])
    with pytest.raises(UserError) as told:
        restore(cut)
    assert told.value.code == "restore.unreadable"
    assert not any((fresh / part).exists() for part in ("db.sqlite3", "lake", "uploads"))


@pytest.mark.slow
def test_an_archive_of_something_else_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("hello")
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "letter.txt", arcname="letter.txt")
    told = cbrain(tmp_path / "fresh", "restore", tmp_path / "other.tar.gz", fails=True)
    assert told.returncode == 2 and "not a backup of this product" in told.stderr and "Traceback" not in told.stderr


@pytest.mark.slow  # a whole demonstration is packed and unpacked
def test_an_installation_with_data_is_left_alone_unless_forced_and_then_moved_aside(
    home: Path, archive: Path, tmp_path: Path
) -> None:
    connection = sqlite3.connect(home / "db.sqlite3")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("INSERT INTO core_setting (key, value) VALUES ('written_last', 'x')")
    connection.commit()
    for ending in ("", "-wal", "-shm"):  # as a killed server leaves it: the last rows stand in the log only
        shutil.copy(f"{home / 'db.sqlite3'}{ending}", f"{tmp_path / 'crashed'}{ending}")
    connection.close()
    for ending in ("", "-wal", "-shm"):
        shutil.move(f"{tmp_path / 'crashed'}{ending}", f"{home / 'db.sqlite3'}{ending}")
    lake = files(home / "lake")
    told = cbrain(home, "restore", archive, fails=True)
    assert told.returncode == 2 and "--force" in told.stderr
    assert files(home / "lake") == lake
    cbrain(home, "restore", archive, "--force")
    aside = sqlite3.connect(home / "db.sqlite3.before-restore")
    assert aside.execute("SELECT value FROM core_setting WHERE key = 'written_last'").fetchone() == ("x",)
    aside.close()
    assert files(home / "lake.before-restore") == lake
    assert "written_last" not in "".join(rows(home)["core_setting"])
    cbrain(home, "restore", archive, "--force")  # a second time, over what the first moved aside


@pytest.mark.slow
def test_a_backup_never_overwrites_a_file(demo_home: Path, tmp_path: Path) -> None:
    taken = tmp_path / "b.tar.gz"
    taken.write_text("mine")
    told = cbrain(demo_home, "backup", taken, fails=True)
    assert told.returncode == 2 and "exists already" in told.stderr
    assert taken.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [taken]


@pytest.fixture
def two_databases() -> Iterator[tuple[str, str]]:
    """The addresses of two empty PostgreSQL databases."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        pytest.skip("needs PostgreSQL: run python -m tests.on_postgres")
    if shutil.which("pg_dump") is None:
        pytest.skip("needs pg_dump: apt install postgresql-client")
    import psycopg

    names = [f"backup_{uuid.uuid4().hex[:8]}" for _ in range(2)]
    with psycopg.connect(address, autocommit=True) as connection:
        for name in names:
            connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield tuple(f"{address.rsplit('/', 1)[0]}/{name}" for name in names)  # type: ignore[misc]
        finally:
            for name in names:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.slow
@pytest.mark.database
def test_a_postgresql_backup_made_while_others_write_is_whole(two_databases: tuple[str, str], tmp_path: Path) -> None:
    first, second = ({"DATABASE_URL": address} for address in two_databases)
    home, fresh = tmp_path / "home", tmp_path / "fresh"
    cbrain(home, "install", **first)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER], env=environment(home, **first), stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "0\n"
        cbrain(home, "audit", "seal", **first)
        cbrain(home, "backup", tmp_path / "b.tar.gz", **first)
    finally:
        writer.kill()
        rest = writer.communicate()[0]
    assert len(rest.splitlines()) > 2, "the writer went on while the backup ran"
    cbrain(fresh, "restore", tmp_path / "b.tar.gz", **second)
    told = inside(fresh, WHOLE, **second)
    assert told["torn"] == [] and told["unknown"] == []
    assert told["uploads"] >= told["written"] >= 1
    told = inside(fresh, AUDIT, **second)
    assert told["sound"] and told["sealed"] == told["events"] >= 2


@pytest.mark.database
def test_a_postgresql_installation_comes_back_from_its_backup(two_databases: tuple[str, str], tmp_path: Path) -> None:
    first, second = two_databases
    home, fresh = tmp_path / "home", tmp_path / "fresh"
    cbrain(home, "install", DATABASE_URL=first)
    cbrain(home, "tick", "--to", "2025-07-22", DATABASE_URL=first)
    before = counts(home, DATABASE_URL=first)
    cbrain(home, "backup", tmp_path / "b.tar.gz", DATABASE_URL=first)
    cbrain(fresh, "restore", tmp_path / "b.tar.gz", DATABASE_URL=second)
    assert counts(fresh, DATABASE_URL=second) == before
    assert before["registry.Region"] > 100 and before["core.Event"] >= 1
    told = cbrain(fresh, "restore", tmp_path / "b.tar.gz", fails=True, DATABASE_URL=second)
    assert "--force" in told.stderr
    cbrain(fresh, "restore", tmp_path / "b.tar.gz", "--force", DATABASE_URL=second)
    assert counts(fresh, DATABASE_URL=second) == before
    told = cbrain(tmp_path / "lite", "restore", tmp_path / "b.tar.gz", fails=True)
    assert "postgresql" in told.stderr and "DATABASE_URL" in told.stderr

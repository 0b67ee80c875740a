"""Backup and restore: the database first, then the records that it may name, in one archive with checksums."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commercebrain import __version__
from commercebrain.engine.errors import UserError
from commercebrain.operations.setup_django import ready

MANIFEST = "manifest.json"
PARTS = ("database", "lake", "uploads")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _dump_database(folder: Path) -> str:
    """Writes a consistent copy of the database into ``folder``; returns the engine's name."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    folder.mkdir(parents=True)
    if database["ENGINE"].endswith("sqlite3"):
        source = sqlite3.connect(f"file:{database['NAME']}?mode=ro", uri=True)
        target = sqlite3.connect(folder / "db.sqlite3")
        with source, target:
            source.backup(target)  # SQLite's own online backup: consistent while others write
        source.close()
        target.close()
        return "sqlite"
    if shutil.which("pg_dump") is None:
        raise UserError(
            "backup.no_pg_dump",
            "备份 PostgreSQL 需要 pg_dump，请先安装：apt install postgresql-client。",
            "Backing up PostgreSQL needs pg_dump; install it first: apt install postgresql-client.",
        )
    subprocess.run(
        ["pg_dump", "--format=custom", "--file", str(folder / "db.dump"), *_pg_options(database)],
        check=True,
        env={**os.environ, "PGPASSWORD": database["PASSWORD"]},
    )
    return "postgresql"


def _pg_options(database: dict[str, Any]) -> list[str]:
    options = ["--dbname", str(database["NAME"]), "--username", str(database["USER"])]
    if database["HOST"]:
        options += ["--host", str(database["HOST"])]
    if database["PORT"]:
        options += ["--port", str(database["PORT"])]
    return options


def backup(target: Path) -> dict[str, Any]:
    """Writes everything that people entered into ``target`` (.tar.gz) and returns the manifest.

    Order matters: records are only ever added, so a database copied first never names a record that the lake copied
    after it lacks. The lake is copied while no intake can write: its tables belong together; the working store is left
    out, since it is made again from the records. The archive appears under
    its name only when it is complete. The secret key stays behind: a restored installation makes a new one.
    """
    ready()
    from django.conf import settings

    from commercebrain.engine.lake.store import Store

    if target.exists():
        raise UserError(
            "backup.exists",
            f"{target} 已存在，请换一个文件名。",
            f"{target} exists already; give another name.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as scratch:
        folder = Path(scratch)
        head = _audit_head()
        engine = _dump_database(folder / "database")
        for part, source in (("lake", Path(settings.LAKE_ROOT)), ("uploads", Path(settings.MEDIA_ROOT))):
            if source.exists():
                with Store(source).writing() if part == "lake" else nullcontext():
                    shutil.copytree(source, folder / part, ignore=_left_out(source))
        manifest = {
            "product": "commercebrain",
            "version": __version__,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": engine,
            "audit_head": head,
            "files": {str(path.relative_to(folder)): _sha256(path) for path in _files(folder)},
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1))
        unfinished = folder.with_suffix(".tar.gz")
        try:
            with tarfile.open(unfinished, "w:gz", compresslevel=5) as archive:
                for name in (MANIFEST, *PARTS):
                    if (folder / name).exists():
                        archive.add(folder / name, arcname=name)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    return manifest


def _left_out(source: Path) -> Callable[[str, list[str]], set[str]]:
    """Hidden files, and the working store: roll-ups that a refresh makes again from the records."""
    hidden = shutil.ignore_patterns(".*")

    def skipped(folder: str, names: list[str]) -> set[str]:
        return hidden(folder, names) | ({"working"} & set(names) if Path(folder) == source else set())

    return skipped


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _check(folder: Path, source: Path) -> dict[str, Any]:
    """The manifest, after every file was found with its own checksum."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise UserError(
            "restore.not_a_backup",
            f"{source} 不是本产品的备份（缺少 {MANIFEST}）。",
            f"{source} is not a backup of this product ({MANIFEST} is missing).",
        ) from None
    found = {str(path.relative_to(folder)): _sha256(path) for path in _files(folder) if path != folder / MANIFEST}
    for name in sorted(set(manifest["files"]) | set(found)):
        if manifest["files"].get(name) != found.get(name):
            raise UserError(
                "restore.damaged",
                f"备份 {source} 已损坏：文件 {name} 与清单不符，没有恢复任何内容。",
                f"The backup {source} is damaged: {name} does not match its manifest; nothing was restored.",
            )
    return manifest


def restore(source: Path, *, force: bool = False) -> dict[str, Any]:
    """Puts a backup back. Everything is checked before the first byte of the installation changes.

    An installation that already holds a database is left alone unless ``force``; its parts are then moved aside to
    ``*.before-restore``, not deleted.
    """
    ready()
    from django.conf import settings
    from django.db import connection

    from commercebrain.engine.disclosure.standing import bring_up

    database = settings.DATABASES["default"]
    is_sqlite = database["ENGINE"].endswith("sqlite3")
    places = {"lake": Path(settings.LAKE_ROOT), "uploads": Path(settings.MEDIA_ROOT)}
    if is_sqlite:
        places["database"] = Path(database["NAME"])
    taken = [str(place) for place in places.values() if place.exists() and (place.is_file() or any(place.iterdir()))]
    if not is_sqlite and connection.introspection.table_names():
        taken.append(f"PostgreSQL {database['NAME']}")
    if taken and not force:
        raise UserError(
            "restore.not_empty",
            f"这里已有数据（{'、'.join(taken)}），没有恢复。确要覆盖请加 --force，原有内容会移到一旁。",
            f"There is data here already ({', '.join(taken)}); nothing was restored. To replace it give --force; "
            "what is here is moved aside.",
        )
    home = Path(settings.HOME)
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as scratch:
        folder = Path(scratch)
        try:
            with tarfile.open(source, "r:gz") as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, OSError, EOFError) as fault:
            raise UserError(
                "restore.unreadable",
                f"读不了备份 {source}：{fault}。",
                f"Cannot read the backup {source}: {fault}.",
            ) from None
        manifest = _check(folder, source)
        if (manifest["database"] == "sqlite") != is_sqlite:
            raise UserError(
                "restore.other_database",
                f"备份来自 {manifest['database']}，而这里配置的不是它；请改 DATABASE_URL。",
                f"The backup is from {manifest['database']}, which is not what is configured here; change DATABASE_URL.",
            )
        connection.close()
        if not is_sqlite:  # first, and whole or not at all: when it fails, lake and uploads are still as they were
            subprocess.run(
                ["pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", *_pg_options(database),
                 str(folder / "database" / "db.dump")],
                check=True,
                env={**os.environ, "PGPASSWORD": database["PASSWORD"]},
            )  # fmt: skip
        for part, place in places.items():
            _move_aside(place)
            new = folder / part / "db.sqlite3" if part == "database" else folder / part
            if new.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(new, place)
    _note_in_anchors()
    bring_up(Path(settings.LAKE_ROOT))  # the working store is no part of a backup: it is made of the records
    return manifest


def _audit_head() -> str:
    """The anchor of the event log's newest seal, for the manifest; empty while nothing is sealed."""
    from django.db import connection

    from commercebrain.desk.core.trail import anchors

    if "core_seal" not in connection.introspection.table_names():
        return ""
    head = anchors.head()
    return str(head) if head else ""


def _note_in_anchors() -> None:
    """Tells the anchors which head was put back, so that those made after the backup are not taken for a cut tail.

    The log itself stays as it was at the backup. A backup of an earlier version has no seals yet.
    """
    from django.db import connection

    from commercebrain.desk.core.trail import anchors

    sealed = "core_seal" in connection.introspection.table_names()
    anchors.note_restore(anchors.head() if sealed else None)


def _move_aside(place: Path) -> None:
    """Renames what is at ``place`` to ``*.before-restore``; what lay there from an earlier restore goes."""
    aside = place.with_name(place.name + ".before-restore")
    # SQLite's log holds rows that are not in the file yet: it stays beside its file under the same name.
    for ending in ("", "-wal", "-shm"):
        old, kept = Path(f"{place}{ending}"), Path(f"{aside}{ending}")
        if kept.is_dir():
            shutil.rmtree(kept)
        else:
            kept.unlink(missing_ok=True)
        if old.exists():
            old.rename(kept)

"""A PostgreSQL of the tests' own: a fresh cluster in a temporary folder on a free loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class NoPostgresError(Exception):
    """The programs are not on this machine."""


def programs() -> Path:
    """The folder of initdb and pg_ctl; the newest version that Debian has installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    for folder in reversed(folders):
        if (folder / "initdb").exists():
            return folder
    raise NoPostgresError("PostgreSQL is not installed; the database tests need it: apt install postgresql")


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def cluster() -> Iterator[str]:
    """Starts PostgreSQL and yields its DATABASE_URL; stops it and removes everything afterwards."""
    bin_ = programs()
    # PostgreSQL refuses to run as root: then everything is done as the user that Debian's package made.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        try:
            account = pwd.getpwnam(user)
        except KeyError:
            raise NoPostgresError("there is no user postgres to run it as: apt install postgresql") from None
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="cbrain-pg-"))
    try:
        if as_user:
            shutil.chown(folder, user)
        data, port = folder / "data", free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        # It does not outlive the tests: nothing need reach the disk.
        options += (
            " -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0"
        )
        # Tables of a few rows are not worth tidying up or compiling queries for.
        options += " -c autovacuum=off -c jit=off"

        def run(*command: str | Path) -> None:
            subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user)

        run(bin_ / "initdb", "-D", data, "-U", user, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        run(bin_ / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        try:
            yield f"postgres://{user}@127.0.0.1:{port}/postgres"
        finally:
            run(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

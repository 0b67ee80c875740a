"""Installations of the product for benchmarks: filled, served as ``cbrain serve`` serves, asked by a load generator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.postgres import NoPostgresError, cluster, free_port

from bench.harness import ROOT, log
from commercebrain.operations.serve import Processes, server_command, wait_until_answering, worker_command

TODAY = "2025-07-21"
FOREIGN = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "CBRAIN_LAKE", "CBRAIN_HOSTS", "CBRAIN_HTTPS", "CBRAIN_DEBUG")


@dataclass
class Installation:
    """One installation: its database's name, its home, its environment."""

    database: str
    home: Path
    environment: dict[str, str]

    def cbrain(self, *words: str) -> str:
        """Runs a verb; what it said."""
        command = [sys.executable, "-m", "commercebrain.cli", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, cwd=self.home)
        if done.returncode:
            raise RuntimeError(f"cbrain {' '.join(words)}: {done.stdout}\n{done.stderr}")
        return done.stdout

    def inside(self, code: str) -> Any:
        """Runs ``code`` in the installation with Django ready; gives what it put into ``answer``."""
        program = (
            "from commercebrain.operations.setup_django import ready\nready()\nanswer = None\n"
            f"{code}\nimport json\nprint('\\n' + json.dumps(answer))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    @contextmanager
    def served(self, *, worker: bool = False) -> Iterator[int]:
        """The real server (two processes, as ``cbrain serve`` starts it) on a loopback port, with the worker or not."""
        port = free_port()
        commands = [server_command("127.0.0.1", port), *([worker_command()] if worker else [])]
        processes = Processes.start(commands, self.environment)
        try:
            wait_until_answering(f"http://127.0.0.1:{port}", processes)
            yield port
        finally:
            processes.stop()


@contextmanager
def installations() -> Iterator[Iterator[Installation]]:
    """An installation on SQLite and, where PostgreSQL is there (fsync on, its own defaults), one on PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="cbrain-bench-"))
    try:
        yield _each(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _each(folder: Path) -> Iterator[Installation]:
    yield _installed("sqlite", folder, {})
    try:
        with cluster() as url:
            yield _installed("postgresql", folder, {"DATABASE_URL": url})
    except NoPostgresError as reason:
        log(f"only SQLite is measured: {reason}")


def _installed(name: str, folder: Path, more: dict[str, str]) -> Installation:
    home = folder / name
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    environment = {**kept, "CBRAIN_HOME": str(home), "CBRAIN_TODAY": TODAY, "CBRAIN_LANGUAGE": "en", "PYTHONUTF8": "1"}
    made = Installation(name, home, {**environment, **more})
    log(f"{name}: installing")
    made.cbrain("install")
    return made


def load(spec: dict[str, Any]) -> dict[str, Any]:
    """Runs the load generator in a process of its own; its answer, with the generator's share of one processor."""
    done = subprocess.run(
        [sys.executable, "-m", "bench._load"], input=json.dumps(spec), capture_output=True, text=True, check=False,
        cwd=ROOT,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


SESSIONS = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from commercebrain.desk.access.session_store import SessionStore
def cookie(person):
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"
"""

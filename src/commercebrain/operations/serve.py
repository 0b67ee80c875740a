"""The web server and the worker as child processes that start and stop together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from commercebrain.engine.errors import UserError


def check_port(host: str, port: int) -> None:
    """Raises a sentence when something else listens on the port already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise UserError(
                "serve.port_taken",
                f"端口 {port} 已被占用，请换一个：make demo PORT={port + 1}（或 cbrain serve --port {port + 1}）。",
                f"Port {port} is taken; choose another: make demo PORT={port + 1} (or cbrain serve --port {port + 1}).",
            ) from None


def server_command(host: str, port: int, workers: int = 2) -> list[str]:
    """The granian command line: WSGI, a few threads a process so that SQLite and memory stay calm."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
        "commercebrain.web.wsgi:application",
    ]  # fmt: skip


def worker_command() -> list[str]:
    """The command line of one worker."""
    return [sys.executable, "-m", "commercebrain.cli", "worker"]


@dataclass
class Processes:
    """Children that live and die together."""

    children: list[subprocess.Popen[bytes]]

    @classmethod
    def start(cls, commands: Sequence[Sequence[str]], environment: dict[str, str]) -> Processes:
        """Starts each command in a session of its own, so that Ctrl-C reaches them once, from us."""
        env = {**os.environ, **environment}
        return cls([subprocess.Popen(list(command), env=env, start_new_session=True) for command in commands])

    def ended(self) -> int | None:
        """The exit code of the first child that ended, or None while all run."""
        for child in self.children:
            if (code := child.poll()) is not None:
                return code
        return None

    def stop(self, grace: float = 8.0) -> None:
        """Asks all to end, waits, then insists; nothing is left behind."""
        for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 2.0)):
            for child in self.children:
                if child.poll() is None:
                    try:
                        os.killpg(child.pid, number)
                    except ProcessLookupError:
                        continue
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and any(child.poll() is None for child in self.children):
                time.sleep(0.05)


def wait_until_answering(address: str, processes: Processes, seconds: float = 60.0) -> None:
    """Returns when the server answers; raises a sentence when a child ended or time ran out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if processes.ended() is not None:
            break
        try:
            with urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 - our own loopback address
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise UserError(
        "serve.no_answer",
        f"服务器没有在 {address} 应答，请看上面的日志，或运行 cbrain doctor。",
        f"The server does not answer at {address}; see the log above or run cbrain doctor.",
    )


def run_until_stopped(processes: Processes) -> int:
    """Waits for Ctrl-C, SIGTERM or the end of a child, stops the rest, and returns the exit code."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)  # a shell may have started us with it ignored
    try:
        while (code := processes.ended()) is None:
            time.sleep(0.3)
        return code or 1
    except KeyboardInterrupt:
        return 0
    finally:
        processes.stop()


def static_is_collected(root: Path) -> bool:
    """Whether ``collectstatic`` has run for this installation."""
    return (root / "staticfiles.json").exists()

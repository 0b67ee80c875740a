"""A Spark standalone cluster of a master and two workers on the loopback, from the pip package, for the long tests."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 600.0


def absent() -> str:
    """Why no cluster can be started here, "" where one can."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return "pyspark is not installed (requirements-all.txt)"
    return "" if os.environ.get("JAVA_HOME") or shutil.which("java") else "there is no java (openjdk-17-jre-headless)"


def _port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextmanager
def spark_cluster(folder: Path) -> Iterator[str]:
    """The address of a cluster whose two workers have registered; everything it started ends with it."""
    import pyspark

    run = Path(pyspark.__file__).parent / "bin" / "spark-class"
    port, page = _port(), _port()
    master = f"spark://127.0.0.1:{port}"
    settings = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_PUBLIC_DNS": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *words: str) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            command = [str(run), f"org.apache.spark.deploy.{words[0]}", *words[1:]]
            started.append(subprocess.Popen(command, env=settings, stdout=log, stderr=log, start_new_session=True))

    try:
        start("master", "master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
        for number in (1, 2):
            start(f"worker{number}", "worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g",
                  "--webui-port", str(_port()), "--work-dir", str(folder / f"work{number}"), master)  # fmt: skip
        _wait(page)
        yield master
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(page: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{page}/json/", timeout=60) as answer:
                if json.load(answer).get("aliveworkers") == 2:
                    return
        except OSError:
            pass
        time.sleep(0.5)
    raise TimeoutError("the cluster's workers did not register")

"""The server starts, answers, and leaves nothing behind when it is stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from commercebrain.engine.errors import UserError
from commercebrain.operations.serve import Processes, check_port, run_until_stopped, wait_until_answering
from tests.operations.installations import cbrain, command, environment
from tests.postgres import free_port

PATIENCE = 300.0


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether something came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def below(pid: int) -> set[int]:
    """A process's children, theirs, and so on."""
    found: set[int] = set()
    fresh = {pid}
    while fresh:
        children: set[int] = set()
        for parent in fresh:
            for task in Path(f"/proc/{parent}/task").glob("*/children"):
                try:
                    children |= {int(word) for word in task.read_text().split()}
                except OSError:
                    continue
        fresh = children - found
        found |= fresh
    return found


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def deaf(pid: int) -> bool:
    """Whether a process takes no notice of being asked to end."""
    told = re.search(r"^SigIgn:\s+(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.M)
    return told is not None and bool(int(told[1], 16) >> (signal.SIGTERM - 1) & 1)


def answers(port: int) -> bool:
    """Whether something listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM])
def test_the_server_answers_and_a_signal_ends_it_with_all_its_children(home: Path, number: signal.Signals) -> None:
    port = free_port()
    server = subprocess.Popen(
        command("serve", "--port", str(port), "--workers", "1"), env=environment(home), stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert until(lambda: answers(port) or server.poll() is not None)
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=120) as answer:
            told = json.loads(answer.read())
        assert told["database"] == "ok" and told["lake"] == "ok"
        family = below(server.pid)
        assert family
        os.kill(server.pid, number)
        assert server.wait(timeout=PATIENCE) == 0
        assert until(lambda: not any(alive(pid) for pid in family)), "children are still running"
        assert not answers(port)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)


def test_a_port_that_is_taken_is_told_with_another_one_to_try(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = cbrain(home, "serve", "--port", str(port), fails=True)
        assert told.returncode == 2
        assert f"Port {port} is taken" in told.stderr and str(port + 1) in told.stderr
        with pytest.raises(UserError, match=str(port)):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", free_port())


SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]  # fmt: skip


@pytest.fixture
def undisturbed() -> object:
    """The signal handlers as they were."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    yield
    for number, handler in before:
        signal.signal(number, handler)


def test_when_one_child_ends_the_others_are_stopped_and_its_code_is_given(undisturbed: object) -> None:
    processes = Processes.start([SLEEP, [sys.executable, "-c", "raise SystemExit(3)"]], {})
    assert run_until_stopped(processes) == 3
    assert all(child.poll() is not None for child in processes.children)


def test_a_child_that_does_not_listen_is_ended_all_the_same() -> None:
    processes = Processes.start([DEAF], {})
    assert until(lambda: deaf(processes.children[0].pid)), "it never began"
    processes.stop(grace=0.5)
    assert processes.children[0].poll() == -signal.SIGKILL


def test_a_server_that_never_answers_is_told_in_a_sentence() -> None:
    processes = Processes.start([[sys.executable, "-c", "pass"]], {})
    with pytest.raises(UserError) as told:
        wait_until_answering(f"http://127.0.0.1:{free_port()}", processes, seconds=5)
    assert told.value.code == "serve.no_answer" and "cbrain doctor" in told.value.en

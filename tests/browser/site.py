"""A running demonstration and a browser to look at it with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from tests.operations.installations import command, environment
from tests.postgres import free_port

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-gpu", "--force-color-profile=srgb",
]  # fmt: skip
#: Seconds after which a server that has not begun to answer hangs; beside other work its first answers take long.
PATIENCE = 300.0


@dataclass(frozen=True)
class Site:
    """A running installation: its address, its folder, the password of its accounts."""

    address: str
    home: Path
    password: str
    addresses: dict[str, list[str]] = field(default_factory=dict)  # view → account, address; see prepared.py

    def sign_in(self, page: Page, username: str) -> None:
        """Signs an account in through the form."""
        page.goto(f"{self.address}/accounts/sign-in/")
        page.fill("#id_username", username)
        page.fill("#id_password", self.password)
        page.click("#sign-in-button")
        page.wait_for_selector("body[data-ready]")


@contextmanager
def running(home: Path) -> Iterator[Site]:
    """Serves the installation in ``home`` with its worker on a free port, and stops both."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    children = [
        subprocess.Popen(
            words, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        for words in (command("serve", "--port", str(port), "--workers", "1"), command("worker"))
    ]
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urlopen(f"{address}/healthz", timeout=60).close()
                break
            except (URLError, OSError):
                assert time.monotonic() < deadline, "the server did not answer"
                time.sleep(0.1)
        accounts = json.loads((home / "demo_accounts.json").read_text(encoding="utf-8"))
        yield Site(address, home, accounts[0]["password"])
    finally:
        for child in children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
        for child in children:
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium as Debian ships it."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def have_chromium() -> bool:
    """Whether the browser is on this machine."""
    return Path(CHROMIUM).exists() or shutil.which("chromium") is not None

"""A house, something that happens in it, and a program that listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from tests.house import House

from commercebrain.desk.core.events import record
from commercebrain.desk.core.models import Event
from commercebrain.desk.notices.dispatch import dispatch


@pytest.fixture
def begun(house: House) -> House:
    """The house, with the reading of the log begun: what happens from now on is told."""
    assert dispatch() == 0
    return house


def happened(house: House, verb: str = "plan.read", unit: str = "ningbo", by: Any = None) -> Event:
    """One event in a unit."""
    data = {"name": "示例规划", "count": 3, "reason": "重复", "new": 1, "gone": 0, "check": "A01", "answer": "已改", "answer_en": "mended",
            "quote": "…", "file": "a.xlsx", "accepted": 1, "quarantined": 0, "day": "2025-07-01"}  # fmt: skip
    return record(verb, ("plans.document", "1"), by, unit=getattr(house.units, unit), **data)


@dataclass
class Listener:
    """What a receiving program got, and what it answers next (200 when nothing is said)."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    """A program on this machine; the installation is told that it may be called."""
    settings.WEBHOOKS_ARE_ON = True
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    told = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = told.answers.pop(0) if told.answers else 200
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{told.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()

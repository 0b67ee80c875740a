"""The load generator: so many clients over kept connections, with or without time to think.

Runs in a process of its own (``python -m bench._load``), takes a specification as JSON on standard input and answers
with one JSON object: for every kind of page the milliseconds of each request, and every answer that was not as expected.
It speaks to loopback addresses only, and is bounded in time.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


@dataclass
class Measured:
    """What came back."""

    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def note(self, kind: str, seconds: float) -> None:
        """One answer as expected."""
        self.milliseconds.setdefault(kind, []).append(seconds * 1000)


class Connection:
    """One kept connection; opened again where the server closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, head: str, body: bytes = b"") -> tuple[int, bytes, dict[str, str]]:
        """Sends one request and reads the whole answer: status, body, headers."""
        for fresh in (False, True):
            if fresh or self.writer is None:
                self.close()
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            assert self.reader is not None and self.writer is not None
            try:
                self.writer.write(head.encode() + body)
                await self.writer.drain()
                return await self._answer()
            except (asyncio.IncompleteReadError, ConnectionError):
                if fresh:
                    raise
        raise ConnectionError

    async def _answer(self) -> tuple[int, bytes, dict[str, str]]:
        assert self.reader is not None
        raw = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(raw.split(" ", 2)[1])
        headers = {}
        for line in raw.split("\r\n")[1:]:
            name, _colon, value = line.partition(":")
            name = name.strip().lower()
            headers[name] = f"{headers[name]}; {value.strip()}" if name in headers else value.strip()
        if "content-length" in headers:
            return status, await self.reader.readexactly(int(headers["content-length"])), headers
        body = b""
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readline(), 16):
                body += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readline()
        return status, body, headers

    def close(self) -> None:
        """Lets the connection go."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


def head(method: str, path: str, cookie: str, length: int = 0, more: str = "") -> str:
    """The lines of a request before its body."""
    size = f"Content-Length: {length}\r\n" if method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nAccept-Encoding: identity\r\n{size}{more}\r\n"


async def reader(spec: dict[str, Any], number: int, until: float, measured: Measured) -> None:
    """One client that reads pages in turn, each drawn from its kind's addresses."""
    rng = random.Random(spec["seed"] * 1000 + number)
    connection = Connection(spec["port"])
    person = spec["readers"][number % len(spec["readers"])]
    cookie = person["cookie"]
    kinds = list(spec["pages"])
    think = spec["think_seconds"]
    if think:
        await asyncio.sleep(rng.uniform(0, think))  # people do not start together
    turn = number
    while time.perf_counter() < until:
        kind = kinds[turn % len(kinds)]
        turn += 1
        page = rng.choice(person.get(kind) or spec["pages"][kind]["paths"])
        begun = time.perf_counter()
        status, body, _headers = await connection.ask(head("GET", page, cookie))
        took = time.perf_counter() - begun
        if status == 200 and spec["pages"][kind]["marker"].encode() in body:
            measured.note(kind, took)
        else:
            measured.faults.append(f"{page}: {status}")
        if think:
            await asyncio.sleep(max(0.0, rng.expovariate(1 / think) if spec.get("spread") else think))
    connection.close()


async def writer(spec: dict[str, Any], number: int, start: asyncio.Event, measured: Measured) -> None:
    """One person who fetches the form beforehand and saves at the same moment as all others."""
    write = spec["writes"][number]
    connection = Connection(spec["port"])
    gate: asyncio.Semaphore = spec["gate"]
    async with gate:  # the forms are fetched a few at a time; only the saving is measured
        status, page, headers = await connection.ask(head("GET", write["form"], write["cookie"]))
    token = headers.get("set-cookie", "").partition("csrftoken=")[2].partition(";")[0]
    if status != 200 or not token:
        measured.faults.append(f"{write['form']}: {status}, token {bool(token)}")
    spec["ready"].append(number)
    await start.wait()
    ticket = re.search(rb'name="_ticket" value="([^"]*)"', page)
    body = (write["body"] + (f"&_ticket={quote(ticket.group(1).decode())}" if ticket else "")).encode()
    cookie = f"{write['cookie']}; csrftoken={token}"
    more = f"Content-Type: application/x-www-form-urlencoded\r\nX-CSRFToken: {token}\r\n"
    begun = time.perf_counter()
    try:
        status, _answer, _headers = await connection.ask(head("POST", write["path"], cookie, len(body), more), body)
    except (OSError, asyncio.IncompleteReadError) as fault:
        measured.faults.append(f"{write['path']}: {type(fault).__name__}")
        return
    took = time.perf_counter() - begun
    if status in (201, 302, 303):
        measured.note("write", took)
    else:
        measured.faults.append(f"{write['path']}: {status}")
    connection.close()


async def run(spec: dict[str, Any]) -> Measured:
    """All clients together."""
    measured = Measured()
    if "writes" in spec:
        start = asyncio.Event()
        spec |= {"gate": asyncio.Semaphore(4), "ready": []}
        tasks = [asyncio.create_task(writer(spec, n, start, measured)) for n in range(len(spec["writes"]))]
        while len(spec["ready"]) < len(tasks):
            await asyncio.sleep(0.05)
        start.set()
        await asyncio.gather(*tasks)
        return measured
    until = time.perf_counter() + spec["seconds"]
    await asyncio.gather(*(reader(spec, n, until, measured) for n in range(spec["clients"])))
    return measured


def main() -> None:
    """Reads the specification, runs, answers."""
    spec = json.loads(sys.stdin.read())
    began = time.process_time()
    measured = asyncio.run(run(spec))
    print(
        json.dumps(
            {
                "milliseconds": measured.milliseconds,
                "faults": measured.faults[:20],
                "fault_count": len(measured.faults),
                "own_cpu_seconds": time.process_time() - began,
            }
        )
    )


if __name__ == "__main__":
    main()

"""What an answer of the site holds, whether it comes in one piece or as a stream."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any


def body(answer: Any) -> bytes:
    """All of it; the file that it was streamed from is closed."""
    try:
        return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)
    finally:
        let_go(answer)


def let_go(answer: Any) -> None:
    """Closes what an answer holds open. Its own ``close`` would end the request, and the test's connection with it."""
    for close in answer._resource_closers:
        close()


def text_of(answer: Any) -> str:
    """What it says as a reader's program would read it: office files unpacked, the escapes of JSON and HTML resolved."""
    found = body(answer)
    if found[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(found)) as files:
            return "\n".join(files.read(name).decode("utf-8", "replace") for name in files.namelist())
    return re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), found.decode("utf-8", "replace"))

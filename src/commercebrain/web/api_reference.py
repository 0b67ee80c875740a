"""Writes ``docs/reference/api.md`` from the schema of the API: ``python -m commercebrain.web.api_reference``.

A test compares the file with what this module would write, so the page cannot fall behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "api.md"
HEAD = """# 接口 · API

Written from the schema (`python -m commercebrain.web.api_reference`), which stands at `/api/openapi.json` (OpenAPI 3.1);
`/api/docs/` shows the same. How to sign in and call: [Connect through the API](../how-to/connect-through-the-api.md).

Every list takes `limit` (at most 500) and `offset` and answers `{"items": […], "count": n}`. Every write takes an
`Idempotency-Key`; where two people may edit it takes the `version` that was read and answers 409 when somebody was quicker.
Every refusal is `application/problem+json` (RFC 9457): `type`, `title`, `status`, `detail`, `instance`, `code`, `errors`.
"""
EVERYWHERE = {"limit", "offset", "Idempotency-Key"}


def _one(method: str, address: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### `{method.upper()} {address}`\n"
    yield " ".join(operation.get("description", "").split()) + "\n"
    told = [
        f"| `{one['name']}` | {one['in']} | {'yes' if one.get('required') else ''} | {_meaning(one)} |"
        for one in operation.get("parameters", [])
        if one["name"] not in EVERYWHERE and one["in"] != "path"
    ]
    if told:
        yield "| parameter | in | needed | meaning |\n| --- | --- | --- | --- |\n" + "\n".join(told) + "\n"
    for content_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            yield f"```json\n{json.dumps(content['example'], ensure_ascii=False)}\n```\n"
        else:
            fields = ", ".join(f"`{name}`" for name in content["schema"].get("properties", {}))
            yield f"`{content_type}`{': ' + fields if fields else ''}\n"


def _meaning(parameter: dict[str, Any]) -> str:
    schema = parameter["schema"]
    choices = ", ".join(f"`{value}`" for value in schema.get("enum", []))
    return "; ".join(filter(None, [schema.get("description", "").replace("|", "\\|"), choices]))


def page() -> str:
    """The whole page."""
    from commercebrain.web.api import api

    by_tag: dict[str, list[str]] = {}
    for address, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).extend(_one(method, address, operation))
    parts = [HEAD]
    for tag in sorted(by_tag):
        parts += [f"## {tag}\n", *by_tag[tag]]
    return "\n".join(parts)


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commercebrain.web.settings")
    django.setup()
    PAGE.write_text(page(), encoding="utf-8")

"""Examples of bodies and answers, made from what the schemas themselves give as examples of their fields."""

from __future__ import annotations

from typing import Any

FORMATS = {"date": "2025-07-21", "date-time": "2025-07-21T09:30:00+08:00", "binary": "…"}
KINDS: dict[str, Any] = {"string": "", "integer": 1, "number": 1.5, "boolean": False, "null": None}


def example_of(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    """A value that fits ``schema``: its own example, else one put together from those of its parts."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components)
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return example_of(schema[key][0], components)
    if "properties" in schema:
        return {name: example_of(part, components) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example_of(schema.get("items", {}), components)]
    if schema.get("type") == "object":
        return {}
    return FORMATS.get(schema.get("format", ""), KINDS.get(schema.get("type", "")))


def add_examples(schema: dict[str, Any]) -> None:
    """Puts an example into every body and every successful answer of an OpenAPI document."""
    components = schema["components"]["schemas"]
    for methods in schema["paths"].values():
        for operation in methods.values():
            told = [operation.get("requestBody", {})]
            told += [answer for status, answer in operation["responses"].items() if int(status) < 400]
            for one in told:
                for content_type, content in one.get("content", {}).items():
                    if content_type == "application/json" and "schema" in content:
                        content["example"] = example_of(content["schema"], components)

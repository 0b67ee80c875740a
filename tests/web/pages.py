"""Every address of the product, walked from the resolver, with real arguments where it takes some."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Address:
    """A view's full name and the pattern of its address."""

    name: str
    pattern: str

    def fill(self, values: dict[str, Any]) -> str:
        """The address with its arguments: ``values`` by "name:argument", else by the argument alone, else 1."""

        def one(match: re.Match[str]) -> str:
            argument = match[2]
            return str(values.get(f"{self.name}:{argument}", values.get(argument, "1")))

        return "/" + re.sub(r"<(?:(\w+):)?(\w+)>", one, self.pattern)


def walk(patterns: Any = None, prefix: str = "", space: str = "") -> Iterator[Address]:
    """All addresses of the resolver, in order."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, route, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield Address(f"{space}{entry.name or route}", route)


def arguments(house: Any) -> dict[str, Any]:
    """What the addresses of this house take."""
    return {
        "people:unit:pk": house.units.ningbo.pk,
        "people:person:pk": house.people.clerk.pk,
        "registry:region:code": "330200",
        "code": "330200",
        "indicator": "trade_value",
        "region": "330200",
        "web:system:number": "S001",
        "web:indicator:code": "trade_value",
    }


def html_pages(house: Any) -> list[str]:
    """The addresses of all pages that a reader may ask for."""
    return [address.fill(arguments(house)) for address in walk() if not address.pattern.startswith("api/")]

"""The addresses of one folder, passed over at once where none of them begins as the asked one does.

Django tries every address of every folder until one fits: some two hundred for a page of a folder that stands late, the
dearest step of a short request. The first word of an address (``filing`` in ``/filing/7/``) tells most folders apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, include
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RoutePattern
from django.utils.functional import cached_property


class Area(URLResolver):
    """A folder's addresses, as ``path("", include(…))`` has them: found, reversed and refused in the same way."""

    @cached_property
    def words(self) -> frozenset[str] | None:
        """How its addresses begin; none where that cannot be told."""
        words = set(_words(self.url_patterns))
        return None if None in words else frozenset(word for word in words if word is not None)

    def resolve(self, path: str) -> Any:
        """The view of a path; raises ``Resolver404`` where there is none."""
        if self.words is not None and str(path).partition("/")[0] not in self.words:
            raise Resolver404({"tried": [], "path": path})
        return super().resolve(path)


def _words(patterns: list[URLPattern | URLResolver]) -> Iterator[str | None]:
    """The first word of each; none for one that a path is not compared with word by word."""
    for one in patterns:
        route = one.pattern._route if isinstance(one.pattern, RoutePattern) else None
        if isinstance(one, URLResolver) and route == "":
            yield from _words(one.url_patterns)
            continue
        word, slash, _rest = str(route).partition("/")
        whole = isinstance(one, URLPattern) or slash  # a prefix without a slash may end within a word
        yield word if route is not None and whole and "<" not in word else None


def area(name: str) -> Area:
    """The addresses of the module ``name``."""
    module, app, namespace = include(name)
    return Area(RoutePattern("", is_endpoint=False), module, {}, app_name=app, namespace=namespace)

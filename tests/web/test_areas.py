"""A folder's addresses are passed over by their first word: the same view is found as by trying every one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RegexPattern, RoutePattern

from commercebrain.web import urls
from commercebrain.web.areas import Area

SAMPLES = {"int": "7", "str": "a7", "slug": "a-b", "path": "a/b", "uuid": "0d8f2b54-7c3e-4f7e-8a53-0f5f0a1d7d11"}


def _plain() -> URLResolver:
    """All addresses as Django tries them itself."""
    tried = [
        URLResolver(one.pattern, one.urlconf_name, {}, one.app_name, one.namespace) if isinstance(one, Area) else one
        for one in urls.urlpatterns
    ]
    return URLResolver(RegexPattern(r"^/"), tried)


def _addresses(patterns: list, before: str = "") -> Iterator[str]:
    """One address for each view, as its route is written."""
    for one in patterns:
        if not isinstance(one.pattern, RoutePattern):
            continue
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _addresses(one.url_patterns, here)
            continue
        for name, converter in one.pattern.converters.items():
            kind = next((k for k in SAMPLES if f"<{k}:{name}>" in here), "str")
            here = here.replace(f"<{kind}:{name}>", SAMPLES[kind]).replace(f"<{name}>", SAMPLES["str"])
            assert converter.regex
        yield f"/{here}"


def _found(resolver: URLResolver, address: str) -> object:
    try:
        match = resolver.resolve(address)
    except Resolver404:
        return None
    return (match.func, match.args, match.kwargs, match.view_name, match.route, match.app_names, match.namespaces)


def test_every_address_leads_where_trying_all_of_them_leads():
    here, plain = get_resolver("commercebrain.web.urls"), _plain()
    addresses = list(_addresses(urls.urlpatterns))
    assert len(addresses) > 150
    found = 0
    for address in addresses:
        for tried in (address, address.rstrip("/"), f"{address}nothing/", address.replace("7", "none", 1)):
            wanted = _found(plain, tried)
            assert _found(here, tried) == wanted, tried
            found += wanted is not None
    assert found > 150


def test_most_folders_are_told_apart_by_the_first_word():
    areas = [one for one in urls.urlpatterns if isinstance(one, Area)]
    passed = [one for one in areas if one.words is not None and "filing" not in one.words]
    assert len(passed) > len(areas) / 2


def test_an_address_of_no_folder_is_not_found():
    with pytest.raises(Resolver404):
        get_resolver("commercebrain.web.urls").resolve("/no-such-folder/7/")


@pytest.mark.parametrize("route", ["<str:code>/", "page<int:n>/"])
def test_a_folder_whose_addresses_begin_with_a_value_is_always_looked_through(route: str):
    one = Area(RoutePattern("", is_endpoint=False), [path(route, lambda request, **_kw: None)], {})
    assert one.words is None
    assert isinstance(one.url_patterns[0], URLPattern)


def test_a_prefix_without_a_slash_may_end_within_a_word():
    inner = [path("s/", lambda request: None)]
    one = Area(RoutePattern("", is_endpoint=False), [path("list", (inner, "lists", "lists"))], {})
    assert one.words is None
    assert one.resolve("lists/").route == "lists/"

"""The pages of notices: settings, places that are followed, receiving programs."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from tests.house import House

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_readers_own_pages_open_in_both_languages(house: House, client: Any, language: str) -> None:
    client.force_login(house.people.clerk)
    for name in ("notices", "settings", "add_place"):
        assert client.get(reverse(f"notices:{name}"), headers={"Accept-Language": language}).status_code == 200


def test_one_place_is_followed_and_both_or_none_are_asked_again(house: House, client: Any) -> None:
    client.force_login(house.people.clerk)
    address, given = reverse("notices:add_place"), {"kind": "plans", "mail": "off"}
    region, unit = house.regions["330203"].pk, house.units.haishu.pk
    assert client.post(address, given).status_code == 422
    assert client.post(address, {**given, "region": region, "unit": unit}).status_code == 422
    assert client.post(address, {**given, "region": region}).status_code == 302
    assert "海曙区" in client.get(reverse("notices:settings")).content.decode()


def test_a_way_of_mail_that_there_is_not_saves_nothing(house: House, client: Any) -> None:
    client.force_login(house.people.clerk)
    told = {"mail-account": "daily", "mail-plans": "by-pigeon"}
    assert client.post(reverse("notices:settings"), told).status_code == 400
    assert not house.people.clerk.subscriptions.exists()

"""What is put back from a tape is what the actions would have made."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.db import transaction

from tests.house import PASSWORD, make_house
from tests.taped import once


def held() -> dict[str, int]:
    """How many rows each table holds."""
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


@pytest.mark.django_db
def test_a_house_put_back_has_the_rows_and_the_people_of_one_that_is_made() -> None:
    told = []
    for make in (make_house, lambda: once(make_house), lambda: once(make_house)):
        point = transaction.savepoint()
        house = make()
        clerk = house.people.clerk
        clerk.refresh_from_db()
        assert check_password(PASSWORD, clerk.password)
        assert house.units.ningbo.region is house.regions["330200"]
        told.append((held(), clerk.pk, [row.role.code for row in clerk.memberships.all()]))
        transaction.savepoint_rollback(point)
    assert told[0] == told[1] == told[2]
    assert told[0][0]["people.Person"] > 10

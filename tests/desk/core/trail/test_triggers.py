"""The database itself refuses to change or remove what is in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from tests.desk.core.trail.log import START, at, events

from commercebrain.desk.core.models import Event
from commercebrain.desk.core.trail import triggers
from commercebrain.desk.core.trail.sealing import seal_events
from commercebrain.desk.core.trail.verifying import verify

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def sealed(settings, tmp_path):
    settings.AUDIT_ANCHORS = tmp_path / "anchors.txt"
    events(3, 1, START)
    with at(START + timedelta(minutes=1)):
        seal_events()


@pytest.mark.parametrize("table", triggers.TABLES)
@pytest.mark.parametrize("statement", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_sql_that_changes_or_removes_rows_of_the_log_is_refused(table, statement):
    column = {"core_event": "verb", "core_seal": "root", "core_sealedevent": "digest"}[table]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table, column=column))
    assert Event.objects.count() == 3


def test_a_missing_trigger_is_found_and_set_again_by_the_next_migration():
    triggers.remove(connection)
    assert {finding.code for finding in verify().findings} == {"trigger"}
    call_command("migrate", verbosity=0, interactive=False)
    assert triggers.missing(connection) == [] and verify().sound

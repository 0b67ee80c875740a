"""What a check of one row cannot say: a synthetic firm stands in an invented region, a real one in a real region.

A trigger of the database holds that line for every way of writing, bulk writes and updates included. It is put in
place after every migration and taken away before, since SQLite cannot rebuild a table that a trigger speaks of.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

SAID = "a synthetic enterprise stands in an invented region, a real one in a real region"
NAMES = ("enterprise_region_insert", "enterprise_region_update")

_SQLITE = """
CREATE TRIGGER {name} BEFORE {event} ON registry_enterprise
WHEN NEW.synthetic <> (SELECT synthetic FROM registry_region WHERE id = NEW.region_id)
BEGIN SELECT RAISE(ABORT, '{said}'); END
"""
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION registry_enterprise_region() RETURNS trigger AS $$
BEGIN
  IF NEW.synthetic <> (SELECT synthetic FROM registry_region WHERE id = NEW.region_id) THEN
    RAISE EXCEPTION '{said}' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$ LANGUAGE plpgsql
"""
_POSTGRES = """
CREATE TRIGGER {name} BEFORE {event} ON registry_enterprise
FOR EACH ROW EXECUTE FUNCTION registry_enterprise_region()
"""
_EVENTS = {"enterprise_region_insert": "INSERT", "enterprise_region_update": "UPDATE OF synthetic, region_id"}


def remove(using: str = "default", **_signal: Any) -> None:
    """Takes the triggers away, where they are."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if "registry_enterprise" not in connection.introspection.table_names(cursor):
            return
        for name in NAMES:
            table = " ON registry_enterprise" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def install(using: str = "default", **_signal: Any) -> None:
    """Puts the triggers in place; a second time changes nothing."""
    remove(using)
    connection = connections[using]
    with connection.cursor() as cursor:
        if "registry_enterprise" not in connection.introspection.table_names(cursor):
            return
        postgres = connection.vendor == "postgresql"
        if postgres:
            cursor.execute(_POSTGRES_FUNCTION.format(said=SAID))
        for name in NAMES:
            statement = _POSTGRES if postgres else _SQLITE
            cursor.execute(statement.format(name=name, event=_EVENTS[name], said=SAID))

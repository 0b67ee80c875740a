"""What rows can be found by, with the index of its pieces."""

from django.db import migrations, models

POSTGRES = [
    "CREATE INDEX core_searchentry_grams ON core_searchentry USING gin (string_to_array(grams, ' '))",
]
# The virtual table holds no text of its own; the triggers keep it in step, whoever writes the entries.
SQLITE = [
    "CREATE VIRTUAL TABLE core_searchgrams USING fts5"
    "(grams, content='core_searchentry', content_rowid='id', detail='none', tokenize='ascii')",
    "CREATE TRIGGER core_searchentry_in AFTER INSERT ON core_searchentry BEGIN "
    "INSERT INTO core_searchgrams(rowid, grams) VALUES (new.id, new.grams); END",
    "CREATE TRIGGER core_searchentry_out AFTER DELETE ON core_searchentry BEGIN "
    "INSERT INTO core_searchgrams(core_searchgrams, rowid, grams) VALUES ('delete', old.id, old.grams); END",
    "CREATE TRIGGER core_searchentry_anew AFTER UPDATE ON core_searchentry BEGIN "
    "INSERT INTO core_searchgrams(core_searchgrams, rowid, grams) VALUES ('delete', old.id, old.grams); "
    "INSERT INTO core_searchgrams(rowid, grams) VALUES (new.id, new.grams); END",
]


def make(apps, schema_editor):
    """The index of pieces, as each database has it."""
    for command in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(command)


def drop(apps, schema_editor):
    """Its end; PostgreSQL drops the index with the table, SQLite the triggers."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE core_searchgrams")


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_trail"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_type", models.CharField(max_length=60)),
                ("subject_id", models.BigIntegerField()),
                ("text", models.TextField()),
                ("grams", models.TextField()),
            ],
            options={
                "verbose_name": "search entry",
                "verbose_name_plural": "search entries",
                "constraints": [
                    models.UniqueConstraint(fields=("subject_type", "subject_id"), name="search_entry_once")
                ],
            },
        ),
        migrations.RunPython(make, drop),
    ]

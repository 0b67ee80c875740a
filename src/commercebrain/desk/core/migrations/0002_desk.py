"""Keyed requests, the trail with its seals, jobs, search entries, views, files, documents, drafts and imports."""

import django.db.models.deletion
from django.conf import settings
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
        ("core", "0001_initial"),
        ("people", "0002_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyedRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("operation", models.CharField(max_length=300)),
                ("body", models.CharField(help_text="SHA-256 of the request's body", max_length=64)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(blank=True)),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "key"), name="keyed_request_once")],
            },
        ),
        migrations.CreateModel(
            name="JobLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("zh", models.CharField(max_length=500)),
                ("en", models.CharField(max_length=500)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ScheduledRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SlugField(max_length=60)),
                ("slot", models.DateTimeField(help_text="business date and time of day that it was due")),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-slot"],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("total", models.PositiveBigIntegerField(help_text="events sealed so far, this batch included")),
                ("first_event", models.BigIntegerField()),
                ("last_event", models.BigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "seal",
                "verbose_name_plural": "seals",
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="SealedEvent",
            fields=[
                ("event_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("digest", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "verbose_name": "worker",
                "verbose_name_plural": "workers",
                "ordering": ["-seen_at"],
            },
        ),
        migrations.RemoveIndex(
            model_name="event",
            name="core_event_subject_3e9ca1_idx",
        ),
        migrations.AddField(
            model_name="job",
            name="attempt",
            field=models.PositiveSmallIntegerField(default=0, help_text="how often it was begun"),
        ),
        migrations.AddField(
            model_name="job",
            name="key",
            field=models.CharField(
                blank=True, help_text="the same key starts no second job of the kind", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="progress_at",
            field=models.DateTimeField(help_text="when it last told of progress", null=True),
        ),
        migrations.AddField(
            model_name="job",
            name="retry_at",
            field=models.DateTimeField(help_text="not begun again before", null=True),
        ),
        migrations.AddField(
            model_name="job",
            name="task",
            field=models.CharField(blank=True, help_text="its row in the queue", max_length=40),
        ),
        migrations.AddField(
            model_name="job",
            name="worker",
            field=models.CharField(blank=True, help_text="the worker that runs it", max_length=80),
        ),
        migrations.AlterField(
            model_name="event",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="people.unit",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="verb",
            field=models.CharField(max_length=60),
        ),
        migrations.AlterField(
            model_name="job",
            name="log",
            field=models.TextField(blank=True, help_text="technical log for the administrator"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["subject_type", "subject_id", "at", "id"], name="event_by_subject"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["verb", "id"], name="event_by_verb"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["person", "id"], name="event_by_person"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["unit", "id"], name="event_by_unit"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["business_date", "id"], name="event_by_day"),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("key", ""), _negated=True), ("state__in", ["queued", "running", "done"])),
                fields=("kind", "key"),
                name="job_once_per_key",
            ),
        ),
        migrations.AddField(
            model_name="jobline",
            name="job",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="core.job"),
        ),
        migrations.AddField(
            model_name="scheduledrun",
            name="job",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.job"
            ),
        ),
        migrations.AddField(
            model_name="sealedevent",
            name="seal",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="members", to="core.seal"
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledrun",
            constraint=models.UniqueConstraint(fields=("kind", "slot"), name="scheduled_run_once"),
        ),
        migrations.AddIndex(
            model_name="sealedevent",
            index=models.Index(fields=["seal", "event_id"], name="sealed_event_in_seal"),
        ),
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
        migrations.CreateModel(
            name="ExportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.CharField(help_text="path below the uploads", max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("rows", models.PositiveIntegerField()),
                ("size", models.PositiveBigIntegerField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("expires_on", models.DateField(db_index=True)),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="exports", to="core.job"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "exported file",
                "verbose_name_plural": "exported files",
                "ordering": ["-made_at"],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=200)),
                ("list_title", models.CharField(max_length=120)),
                ("name", models.CharField(max_length=80)),
                ("query", models.TextField(blank=True)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shared_with",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shared_views",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "saved view",
                "verbose_name_plural": "saved views",
                "ordering": ["address", "name", "id"],
            },
        ),
        migrations.CreateModel(
            name="DefaultView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=200)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="defaults", to="core.savedview"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_type", models.CharField(max_length=60)),
                ("subject_id", models.CharField(max_length=60)),
                ("file", models.FileField(max_length=200, upload_to="attachments/%Y/%m/")),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "ordering": ["-at", "-id"],
                "indexes": [models.Index(fields=["subject_type", "subject_id"], name="attachment_subject")],
            },
        ),
        migrations.AddIndex(
            model_name="savedview",
            index=models.Index(fields=["address", "shared_with"], name="saved_view_shared"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("person", "address", "name"), name="saved_view_name_once"),
        ),
        migrations.AddConstraint(
            model_name="defaultview",
            constraint=models.UniqueConstraint(fields=("person", "address"), name="default_view_once"),
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("importer", models.CharField(max_length=80)),
                (
                    "target",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="which register, where one importer serves several",
                        max_length=80,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("file", models.FileField(upload_to="imports/%Y/")),
                ("sha256", models.CharField(db_index=True, max_length=64)),
                ("sheet", models.CharField(blank=True, max_length=100)),
                (
                    "header_rows",
                    models.JSONField(default=list, help_text="first and last row of the headings, as Excel counts"),
                ),
                ("headings", models.JSONField(default=list, help_text="the headings of the columns, in order")),
                (
                    "mapping",
                    models.JSONField(default=list, help_text="for each column the key of its field, empty: not read"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "columns to be confirmed"),
                            ("ready", "ready to apply"),
                            ("applied", "applied"),
                            ("undone", "undone"),
                        ],
                        db_index=True,
                        default="mapping",
                        max_length=10,
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("fault", models.JSONField(help_text="why the last step failed: code, zh, en", null=True)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("business_date", models.DateField()),
                ("applied_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.job"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="imports", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="imports", to="people.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=400)),
                ("values", models.JSONField()),
                ("opened", models.JSONField(default=dict)),
                ("seen", models.PositiveIntegerField(null=True)),
                ("kept_at", models.DateTimeField(auto_now=True, db_index=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "draft",
                "verbose_name_plural": "drafts",
                "ordering": ["-kept_at"],
                "constraints": [models.UniqueConstraint(fields=("person", "address"), name="draft_once_per_page")],
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("importer", models.CharField(max_length=160)),
                ("signature", models.CharField(help_text="hash of the headings", max_length=64)),
                ("mapping", models.JSONField()),
                ("used_at", models.DateTimeField(auto_now=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "importer", "signature"), name="import_mapping_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sheet", models.CharField(blank=True, max_length=100)),
                ("row", models.PositiveIntegerField()),
                ("key", models.CharField(blank=True, help_text="as people read it", max_length=200)),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new row"),
                            ("changed", "changed"),
                            ("refused", "refused"),
                            ("skipped", "changed by somebody meanwhile"),
                            ("added", "added"),
                            ("written", "written"),
                            ("undone", "undone"),
                            ("kept", "not undone"),
                        ],
                        max_length=10,
                    ),
                ),
                ("values", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                ("object_id", models.CharField(blank=True, max_length=60)),
                ("seen", models.PositiveIntegerField(null=True)),
                ("column", models.CharField(blank=True, help_text="heading of the column at fault", max_length=120)),
                ("value", models.CharField(blank=True, help_text="what stands in it", max_length=200)),
                ("why_zh", models.CharField(blank=True, max_length=500)),
                ("why_en", models.CharField(blank=True, max_length=500)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="core.importrun"
                    ),
                ),
                ("keys", models.JSONField(default=list, help_text="the values of the key columns")),
            ],
            options={
                "verbose_name": "row of an import",
                "verbose_name_plural": "rows of an import",
                "ordering": ["run", "id"],
                "indexes": [models.Index(fields=["run", "state", "id"], name="import_row_by_state")],
            },
        ),
        migrations.RunPython(make, drop),
    ]

"""Entries of declared registers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0002_desk"),
        ("registry", "0002_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("register", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=300)),
                ("title", models.CharField(max_length=300)),
                ("data", models.JSONField(default=dict)),
                (
                    "explanation",
                    models.TextField(blank=True, help_text="why it may differ from what the register's rules expect"),
                ),
                (
                    "classification",
                    models.CharField(
                        choices=[("public", "公开"), ("internal", "内部"), ("confidential", "保密")],
                        default="internal",
                        editable=False,
                        max_length=20,
                    ),
                ),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("withdrawn", models.BooleanField(default=False, editable=False)),
                ("synthetic", models.BooleanField(default=False, editable=False)),
                (
                    "source",
                    models.CharField(blank=True, help_text="document and clause that names the row", max_length=300),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.region",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        help_text="the unit in charge",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="register_entries",
                        to="people.unit",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "register entry",
                "verbose_name_plural": "register entries",
                "ordering": ["register", "title", "pk"],
            },
        ),
        migrations.CreateModel(
            name="EntryState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("data", models.JSONField()),
                ("explanation", models.TextField(blank=True)),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                ("withdrawn", models.BooleanField(default=False)),
                ("until", models.DateTimeField(auto_now_add=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="states", to="registers.entry"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "earlier state of an entry",
                "verbose_name_plural": "earlier states of entries",
                "ordering": ["entry", "-version"],
            },
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["register", "withdrawn", "title", "id"], name="register_entry_by_title"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                fields=["register", "withdrawn", "unit", "classification"], name="register_entry_by_unit"
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["updated_at", "id"], name="register_entry_feed"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("register", "key"), name="register_entry_key"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_from", None), ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="register_entry_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="entrystate",
            constraint=models.UniqueConstraint(fields=("entry", "version"), name="register_entry_state_once"),
        ),
        migrations.RemoveIndex(
            model_name="entry",
            name="register_entry_by_title",
        ),
        migrations.RemoveIndex(
            model_name="entry",
            name="register_entry_by_unit",
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("withdrawn", False)),
                fields=["register", "title", "id"],
                name="register_entry_titles",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("withdrawn", False)),
                fields=["register", "unit", "classification"],
                name="register_entry_units",
            ),
        ),
    ]

"""Scopes and rights of roles, dated memberships and delegations, the units' history, remarks."""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def begin(apps: Any, editor: Any) -> None:
    """One open state for every unit that has none."""
    unit, state = apps.get_model("people", "Unit"), apps.get_model("people", "UnitState")
    known = set(state.objects.values_list("unit", flat=True))
    state.objects.bulk_create(
        state(
            unit_id=row.pk,
            name_zh=row.name_zh,
            name_en=row.name_en,
            parent_id=row.parent_id,
            region_id=row.region_id,
            path=row.path,
        )
        for row in unit.objects.exclude(pk__in=known)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("registry", "0002_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="Annotation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("subject_kind", models.CharField(max_length=60)),
                ("subject_id", models.CharField(max_length=120)),
                ("text", models.TextField(verbose_name="remark")),
                ("business_date", models.DateField()),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_on", models.DateField(null=True)),
                ("withdrawn_why", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "annotation",
                "verbose_name_plural": "annotations",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="AnnotationWording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("until", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "earlier wording",
                "verbose_name_plural": "earlier wordings",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Delegation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("enter", models.BooleanField(default=True)),
                ("see", models.BooleanField(default=True)),
                ("find", models.BooleanField(default=True)),
                ("starts", models.DateField()),
                ("ends", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "verbose_name": "delegation",
                "verbose_name_plural": "delegations",
                "ordering": ["-starts", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="UnitState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_zh", models.CharField(max_length=80)),
                ("name_en", models.CharField(max_length=120)),
                ("path", models.CharField(db_index=True, max_length=200)),
                ("closed", models.BooleanField(default=False)),
                ("starts", models.DateField(null=True)),
                ("ends", models.DateField(null=True)),
            ],
            options={
                "verbose_name": "unit in the past",
                "verbose_name_plural": "units in the past",
                "ordering": ["unit", "starts"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="membership",
            name="membership_once",
        ),
        migrations.AddField(
            model_name="membership",
            name="firm",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="registry.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="home",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="people.unit",
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="must_change_password",
            field=models.BooleanField(default=False, help_text="the password was given out and works once"),
        ),
        migrations.AddField(
            model_name="person",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="role",
            name="annotates",
            field=models.BooleanField(default=False, help_text="a third party that writes remarks and enters nothing"),
        ),
        migrations.AddField(
            model_name="role",
            name="clearance",
            field=models.BooleanField(default=False, help_text="sees confidential figures of the own regions"),
        ),
        migrations.AddField(
            model_name="role",
            name="for_firms",
            field=models.BooleanField(default=False, help_text="held by the user of a firm"),
        ),
        migrations.AddField(
            model_name="role",
            name="manage",
            field=models.CharField(
                blank=True,
                choices=[
                    ("all", "everything"),
                    ("chosen", "chosen units"),
                    ("below", "own unit and below"),
                    ("own", "own unit"),
                    ("self", "own entries only"),
                ],
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="unit",
            name="closed_on",
            field=models.DateField(blank=True, help_text="the first day on which it no longer works", null=True),
        ),
        migrations.AddField(
            model_name="unit",
            name="successor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="absorbed",
                to="people.unit",
            ),
        ),
        migrations.AddField(
            model_name="unit",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("firm", None)), fields=("person", "unit", "role", "starts"), name="membership_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("firm__isnull", False)),
                fields=("person", "role", "firm", "starts"),
                name="membership_once_per_firm",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("successor", None), ("closed_on__isnull", False), _connector="OR"),
                name="unit_successor_only_when_closed",
            ),
        ),
        migrations.AddField(
            model_name="annotation",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="annotations", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="annotationwording",
            name="annotation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="wordings", to="people.annotation"
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="membership",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="delegations", to="people.membership"
            ),
        ),
        migrations.AddField(
            model_name="delegation",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="acting_for", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="unitstate",
            name="parent",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
            ),
        ),
        migrations.AddField(
            model_name="unitstate",
            name="region",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.region"
            ),
        ),
        migrations.AddField(
            model_name="unitstate",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="states", to="people.unit"
            ),
        ),
        migrations.AddIndex(
            model_name="annotation",
            index=models.Index(fields=["subject_kind", "subject_id"], name="people_anno_subject_373a52_idx"),
        ),
        migrations.AddConstraint(
            model_name="delegation",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gte", models.F("starts"))), name="delegation_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="unitstate",
            constraint=models.UniqueConstraint(fields=("unit", "starts"), name="unit_state_once_a_day"),
        ),
        migrations.AddField(
            model_name="role",
            name="does_en",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="role",
            name="does_zh",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]

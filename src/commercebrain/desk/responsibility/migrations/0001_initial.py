import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import commercebrain.desk.responsibility.models.updates


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0002_desk"),
        ("plans", "0002_desk"),
        ("registry", "0002_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("written_on", models.DateField()),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="plans.task"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "remark of a unit",
                "verbose_name_plural": "remarks of units",
                "ordering": ["task", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("withdrawn", "withdrawn"),
                            ("declined", "declined"),
                            ("approved", "approved by the organ"),
                        ],
                        db_index=True,
                        default="proposed",
                        max_length=10,
                    ),
                ),
                (
                    "old",
                    models.JSONField(help_text="value, upper end, year and schedule in force when it was proposed"),
                ),
                ("new_value", models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ("new_value_high", models.DecimalField(decimal_places=6, max_digits=24, null=True)),
                ("new_year", models.PositiveSmallIntegerField(null=True)),
                (
                    "new_schedule",
                    models.JSONField(help_text="year to value; empty takes the agreed schedule away", null=True),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                ("evidence", models.TextField(blank=True, verbose_name="evidence")),
                ("asked_of", models.CharField(max_length=80, verbose_name="issuing organ")),
                ("proposed_on", models.DateField()),
                ("approval_number", models.CharField(blank=True, max_length=60, verbose_name="approval number")),
                ("approved_on", models.DateField(null=True, verbose_name="approved on")),
                ("effective_on", models.DateField(null=True, verbose_name="in force from")),
                (
                    "document",
                    models.FileField(blank=True, upload_to="adjustments/%Y/", verbose_name="approving document"),
                ),
                ("document_name", models.CharField(blank=True, max_length=200)),
                ("closed_on", models.DateField(null=True)),
                ("closing_note", models.TextField(blank=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="adjustments", to="plans.target"
                    ),
                ),
            ],
            options={
                "verbose_name": "adjustment",
                "verbose_name_plural": "adjustments",
                "ordering": ["-proposed_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(
                                models.Q(("approval_number", ""), _negated=True),
                                models.Q(("document", ""), _negated=True),
                                ("approved_on__isnull", False),
                                ("effective_on__gte", models.F("approved_on")),
                            ),
                            _connector="OR",
                        ),
                        name="adjustment_live_only_with_approval",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "declined"]), _negated=True),
                            models.Q(("closed_by", models.F("proposed_by")), _negated=True),
                            ("closed_by", None),
                            _connector="OR",
                        ),
                        name="adjustment_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="adjustment_has_reason"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("target",),
                        name="adjustment_one_open_per_target",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("value", models.DecimalField(decimal_places=6, max_digits=24, verbose_name="value")),
                ("unit_text", models.CharField(blank=True, max_length=20, verbose_name="unit")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("entered_on", models.DateField()),
                (
                    "entered_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="registry.region"
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="plans.target"
                    ),
                ),
            ],
            options={
                "verbose_name": "part of a target",
                "verbose_name_plural": "parts of targets",
                "ordering": ["target", "region__code", "year"],
                "constraints": [models.UniqueConstraint(fields=("target", "region", "year"), name="allocation_once")],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("role", models.CharField(choices=[("lead", "lead unit"), ("joining", "joining unit")], max_length=8)),
                ("text", models.CharField(max_length=100, verbose_name="as printed")),
                ("by_hand", models.BooleanField(default=False)),
                ("since", models.DateField()),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assignments", to="plans.task"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "assignment",
                "verbose_name_plural": "assignments",
                "ordering": ["task", "-role", "pk"],
                "constraints": [models.UniqueConstraint(fields=("task", "role", "text"), name="assignment_once")],
            },
        ),
        migrations.CreateModel(
            name="DeadlineRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "asked"),
                            ("granted", "granted"),
                            ("refused", "not granted"),
                            ("withdrawn", "withdrawn"),
                        ],
                        db_index=True,
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("old_due", models.DateField(null=True)),
                ("new_due", models.DateField(verbose_name="new deadline")),
                ("reason", models.TextField(verbose_name="reason")),
                ("asked_on", models.DateField()),
                ("decided_on", models.DateField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="plans.task"
                    ),
                ),
            ],
            options={
                "verbose_name": "deadline request",
                "verbose_name_plural": "deadline requests",
                "ordering": ["-asked_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="deadline_request_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["granted", "refused"]), _negated=True),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            ("decided_by", None),
                            _connector="OR",
                        ),
                        name="deadline_request_four_eyes",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")),
                        fields=("task",),
                        name="deadline_request_one_open_per_task",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Need",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(verbose_name="what is needed")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "to be answered"), ("answered", "answered with words")],
                        db_index=True,
                        default="open",
                        max_length=10,
                    ),
                ),
                ("asked_on", models.DateField()),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("answered_on", models.DateField(null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "from_unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="plans.task"
                    ),
                ),
                (
                    "to_unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="needs", to="people.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "request to a unit",
                "verbose_name_plural": "requests to units",
                "ordering": ["-asked_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="need_has_text"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "answered"), _negated=True),
                            models.Q(("answer", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="need_answered_with_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reopening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("reason", models.TextField(verbose_name="reason")),
                ("until", models.DateField()),
                ("opened_on", models.DateField()),
                (
                    "opened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="plans.task"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
            ],
            options={
                "verbose_name": "reopened month",
                "verbose_name_plural": "reopened months",
                "ordering": ["-opened_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="reopening_has_reason"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SubTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("due_on", models.DateField(null=True, verbose_name="due")),
                ("done_on", models.DateField(null=True, verbose_name="done")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="responsibility.subtask",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="plans.task"
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
                "verbose_name": "sub-task",
                "verbose_name_plural": "sub-tasks",
                "ordering": ["task", "due_on", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="subtask_has_title"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("parent", None), models.Q(("parent", models.F("id")), _negated=True), _connector="OR"
                        ),
                        name="subtask_not_its_own_parent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Update",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("month", models.DateField()),
                (
                    "light",
                    models.CharField(choices=[("green", "green"), ("yellow", "yellow"), ("red", "red")], max_length=6),
                ),
                ("done", models.TextField(verbose_name="what was done")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("entered_on", models.DateField()),
                (
                    "entered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="plans.task"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="updates", to="people.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "monthly update",
                "verbose_name_plural": "monthly updates",
                "ordering": ["-month", "unit"],
                "constraints": [
                    models.UniqueConstraint(fields=("task", "unit", "month"), name="update_once_a_month"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("light", "green"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="update_reason_unless_green",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("light__in", ["green", "yellow", "red"])), name="update_light_known"
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            commercebrain.desk.responsibility.models.updates.DayOfMonth("month"), 1
                        ),
                        name="update_month_is_its_first_day",
                    ),
                ],
            },
        ),
    ]

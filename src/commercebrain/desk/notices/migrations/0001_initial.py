import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import commercebrain.desk.notices.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0002_desk"),
        ("people", "0002_desk"),
        ("registry", "0002_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("url", models.URLField(max_length=500, verbose_name="address")),
                ("kinds", models.JSONField(default=commercebrain.desk.notices.models._kinds, verbose_name="kinds")),
                ("secret", models.CharField(max_length=200)),
                ("earlier_secret", models.CharField(blank=True, max_length=200)),
                ("earlier_until", models.DateTimeField(null=True)),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("paused_because", models.CharField(blank=True, max_length=300)),
                (
                    "failures",
                    models.PositiveIntegerField(
                        default=0, help_text="refused or unanswered calls since the last success"
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
            ],
            options={
                "verbose_name": "receiving program",
                "verbose_name_plural": "receiving programs",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="MailAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(max_length=254, verbose_name="mail address")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_address",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "mail address",
                "verbose_name_plural": "mail addresses",
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("done", "received"), ("failed", "given up")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("next_at", models.DateTimeField(null=True)),
                ("last_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, help_text="status or fault of the last try", max_length=200)),
                (
                    "event",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.event"),
                ),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="notices.endpoint"
                    ),
                ),
            ],
            options={
                "verbose_name": "call",
                "verbose_name_plural": "calls",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["next_at"], name="call_waiting")
                ],
                "constraints": [models.UniqueConstraint(fields=("endpoint", "event"), name="call_once")],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SlugField(max_length=40)),
                ("in_app", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "mail",
                    models.CharField(
                        blank=True,
                        choices=[("", "not by mail"), ("waiting", "waiting"), ("sent", "sent"), ("failed", "given up")],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "mail_when",
                    models.CharField(
                        choices=[
                            ("off", "not by mail"),
                            ("at_once", "at once"),
                            ("daily", "once on every working day"),
                        ],
                        default="off",
                        max_length=10,
                    ),
                ),
                ("mail_tries", models.PositiveSmallIntegerField(default=0)),
                ("mail_next_at", models.DateTimeField(null=True)),
                ("mail_sent_at", models.DateTimeField(null=True)),
                (
                    "event",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.event"),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("in_app", True), ("read_at", None)), fields=["person"], name="notice_unread"
                    ),
                    models.Index(
                        condition=models.Q(("mail", "waiting")), fields=["mail_next_at"], name="notice_mail_waiting"
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("person", "event"), name="notice_once")],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SlugField(max_length=40)),
                ("in_app", models.BooleanField(default=True, verbose_name="in the product")),
                (
                    "mail",
                    models.CharField(
                        choices=[
                            ("off", "not by mail"),
                            ("at_once", "at once"),
                            ("daily", "once on every working day"),
                        ],
                        default="off",
                        max_length=10,
                        verbose_name="by mail",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "subscription",
                "verbose_name_plural": "subscriptions",
                "ordering": ["person", "kind", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("person"),
                        models.F("kind"),
                        django.db.models.functions.comparison.Coalesce("region", 0),
                        django.db.models.functions.comparison.Coalesce("unit", 0),
                        name="subscription_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("region", None), ("unit", None), _connector="OR"),
                        name="subscription_one_place",
                    ),
                ],
            },
        ),
    ]
